"""An activity as sections of a paper: what was recorded, by stage and step, in the language of the paper.

Labels come from the declaration of the service, so that one declared tomorrow prints as well. Facts and
impressions never stand in one section.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import dates, field_values, impressions
from webapp.domain.permissions import Permission
from webapp.domain.procedure import Field, Procedure, Stage, Step
from webapp.domain.procedures import PROCEDURES
from webapp.domain.words import COMMITMENT_STATES, GOAL_STATES
from webapp.models.activities import Activity, ActivityStep, Execution
from webapp.models.cases import Case
from webapp.reports.paper import Fact, Grid, Section
from webapp.reports.wording import wording
from webapp.services import (
    access,
    activities,
    activity_behaviours,
    activity_entries,
    activity_fields,
    activity_promises,
    audit,
)
from webapp.services.activity_behaviours import BehaviourView
from webapp.services.activity_entries import EntryView
from webapp.services.activity_promises import PromiseView
from webapp.tenancy import Actor

IMPRESSION = "impression"


@dataclass(frozen=True)
class Record:
    """All that was recorded in one activity; `t` are the words of the paper, in `locale`."""

    activity: Activity
    case: Case
    procedure: Procedure
    steps: dict[str, ActivityStep]
    fields: activity_fields.Fields
    entries: dict[str, list[EntryView]]
    promises: tuple[PromiseView, ...]
    behaviours: tuple[BehaviourView, ...]
    executed_on: tuple[date, ...]
    locale: str
    time_zone: str
    made_on: date
    t: dict[str, str]

    def values(self, path: str) -> dict[str, str]:
        """Stored values of a step's form."""
        return activity_fields.values_of(self.fields, path)

    def shown(self, path: str, key: str) -> str:
        """One value of a step's form as people read it; empty where nothing was written."""
        value = self.values(path).get(key, "")
        return field_values.shown(self.procedure.step(path).field(key), value, self.locale)

    def rows(self, path: str) -> list[dict[str, str]]:
        """Entries of a step as people read them, by the field's key."""
        fields = self.procedure.step(path).entry_fields
        return [self._row(fields, entry) for entry in self.entries.get(path, ())]

    def _row(self, fields: Iterable[Field], entry: EntryView) -> dict[str, str]:
        return {
            field.key: field_values.shown(field, entry.values.get(field.key, ""), self.locale)
            for field in fields
        }


def read(actor: Actor, activity_id: int, *, paper: str, locale: str) -> Record:
    """Read an activity for a paper; asked of its case's team, and the reading is recorded."""
    activity = access.get(actor, Activity, activity_id)
    case = access.get_case(actor, activity.case_id, need=Permission.REPORT_MAKE)
    audit.record(actor, "activity.read", activity, purpose=paper)
    executed_on = tenancy.session.scalars(
        select(Execution.held_on)
        .where(
            Execution.school_id == actor.school_id,
            Execution.activity_id == activity.id,
            Execution.taken_back_at.is_(None),
        )
        .order_by(Execution.held_on)
    )
    return Record(
        activity=activity,
        case=case,
        procedure=PROCEDURES[activity.procedure],
        steps=activities.recorded(actor, activity.id),
        fields=activity_fields.read(actor, activity.id),
        entries=activity_entries.read(actor, activity.id),
        promises=tuple(activity_promises.of_activity(actor, activity.id)),
        behaviours=tuple(activity_behaviours.of_activity(actor, activity.id)),
        executed_on=tuple(executed_on),
        locale=locale,
        time_zone=actor.time_zone,
        made_on=actor.today,
        t=wording(paper, locale),
    )


def by_stage(record: Record, *, dated: bool = False) -> tuple[Section, ...]:
    """Every stage that the activity goes through with every step of it; facts and impressions follow the
    stage in which they were found, in sections of their own. `dated`: each step says when it was recorded."""
    found: list[Section] = []
    for stage in record.procedure.chosen(record.activity.tracks):
        plain = [path for step, path in _steps(stage) if not step.natures]
        if plain:
            parts = tuple(step_section(record, path, dated=dated) for path in plain)
            found.append(Section(stage.term.label(record.locale), parts=parts))
        if any(step.natures for step in stage.steps):
            found += [facts_section(record, stage), impressions_section(record, stage)]
    return tuple(found)


def step_section(record: Record, path: str, *, dated: bool = False) -> Section:
    """One step with its form, its entries and its promises; what was left empty is left out, and a step
    without a word says whether it was recorded. `dated`: the day stands beside the heading."""
    step = record.procedure.step(path)
    texts, facts = _form(record, step, path)
    row = record.steps.get(path)
    note = ""
    if dated and row is not None:
        note = dates.format_date(dates.local_date(row.done_at, record.time_zone), record.locale)
    if step.records == "document":
        day = dates.format_date(record.made_on, record.locale)
        facts.append(Fact(record.t["documents"], record.t["this_document"].replace("{day}", day)))
    grid = _entries(record, step, path) if step.entry_fields else None
    if step.records == "promises":
        grid = promises_grid(record)
        facts += _behaviours(record)
    if not (facts or texts or (grid is not None and grid.rows)):
        texts = [record.t["not_recorded" if row is None else "without_words"]]
    return Section(step.term.label(record.locale), tuple(facts), tuple(texts), grid, note=note)


def facts_section(record: Record, stage: Stage) -> Section:
    """What was found out in a stage; each of its steps stands here, also one that holds none."""
    parts = tuple(part for step, path in _steps(stage) for part in _natured(record, step, path, False))
    return Section(record.t["facts"], parts=parts)


def impressions_section(record: Record, stage: Stage) -> Section:
    """What the counsellor made of it: entries and fields that are marked as impressions."""
    parts = tuple(part for step, path in _steps(stage) for part in _natured(record, step, path, True))
    return Section(record.t["impressions"], parts=parts)


def promises_grid(record: Record) -> Grid:
    """Who promised what by when, and how it stands."""
    t, locale = record.t, record.locale
    return Grid(
        (t["who"], t["what"], t["due_on"], t["state"]),
        tuple(
            (
                "\n".join(part for part in (promise.who, promise.relation) if part),
                promise.what,
                dates.format_short(promise.due_on, locale),
                COMMITMENT_STATES[promise.state].label(locale),
            )
            for promise in record.promises
        ),
        (8, 12, 6, 6),
    )


# --- inside ---------------------------------------------------------------------------------------


def _steps(stage: Stage) -> Iterable[tuple[Step, str]]:
    return zip(stage.steps, stage.paths(), strict=True)


def _form(record: Record, step: Step, path: str) -> tuple[list[str], list[Fact]]:
    """The texts and the labelled values of a form; one that is all the form has needs no label."""
    filled = [
        (field, record.shown(path, field.key))
        for field in step.fields
        if record.values(path).get(field.key)
    ]
    if len(step.fields) == 1 and filled and step.fields[0].kind == "text":
        return [filled[0][1]], []
    return [], [Fact(field.term.label(record.locale), value) for field, value in filled]


def _behaviours(record: Record) -> list[Fact]:
    """Behaviours that are watched for, and how that stands."""
    return [
        Fact(record.t["behaviour"], f"{one.behaviour} ({GOAL_STATES[one.state].label(record.locale)})")
        for one in record.behaviours
    ]


def _entries(record: Record, step: Step, path: str) -> Grid:
    rows, locale = record.rows(path), record.locale
    # What is asked for in some cases only has no column where none of them was met.
    fields = [field for field in step.entry_fields if field.required or any(row[field.key] for row in rows)]
    return Grid(
        tuple(field.term.label(locale) for field in fields),
        tuple(
            tuple(_cell(field, entry.values.get(field.key, ""), row[field.key], locale) for field in fields)
            for entry, row in zip(record.entries.get(path, ()), rows, strict=True)
        ),
        tuple(_width(field) for field in fields),
    )


def _cell(field: Field, value: str, shown: str, locale: str) -> str:
    """A value in a column, where a day is short and never broken."""
    if field.kind == "date" and value:
        return dates.format_short(date.fromisoformat(value), locale)
    return shown


def _width(field: Field) -> int:
    return {"text": 12}.get(field.kind, 8)


def _natured(record: Record, step: Step, path: str, impressed: bool) -> Sequence[Section]:
    """A step's facts, or its impressions: entries first, then the fields of its form, group by group."""
    if not step.natures:
        return ()
    texts = tuple(
        "\n".join(value for value in row.values() if value)
        for entry, row in zip(record.entries.get(path, ()), record.rows(path), strict=True)
        if (entry.nature == IMPRESSION) is impressed
    )
    parts = _groups(record, step, path, impressed)
    if not texts and (impressed or parts):
        # The step's name still stands: in the heading of its first group.
        return parts
    return (Section(step.term.label(record.locale), texts=texts), *parts)


def _groups(record: Record, step: Step, path: str, impressed: bool) -> tuple[Section, ...]:
    values, marked = record.values(path), impressions.marked(step, record.values(path))
    groups: dict[str, list[Fact]] = {}
    for field in step.fields:
        of_kind = (field.key in marked) is impressed and not impressions.is_mark(field)
        if of_kind and values.get(field.key):
            group = step.term if field.group is None else field.group
            heading = f"{step.term.label(record.locale)}: {group.label(record.locale)}"
            fact = Fact(field.term.label(record.locale), record.shown(path, field.key))
            groups.setdefault(heading, []).append(fact)
    return tuple(Section(heading, tuple(facts)) for heading, facts in groups.items())
