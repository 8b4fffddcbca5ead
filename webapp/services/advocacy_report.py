"""The report of an advocacy: what was at stake, what was done and when, and what came of it; and its copy for
people beyond the case's team."""

from __future__ import annotations

from collections import Counter

from webapp.domain import dates, field_values
from webapp.models.background import Report
from webapp.reports.paper import Fact, Grid, Paper, Section, filled
from webapp.services import activity_sections as sections
from webapp.services import paper_parts, reports
from webapp.services.activity_sections import Record
from webapp.tenancy import Actor

KIND, COPY = "advocacy_report", "advocacy_report_copy"
_SITUATION, _OUTCOME = "basis.situation", "outcome.right_restored"
_EXECUTIONS = ("influence.carried_out", "accompany.accompanied")
_DONE = ("on", "form", "result")


def collect(actor: Actor, report: Report) -> Paper:
    """A summary for who must decide, then every step of the tracks with its day."""
    record = sections.read(actor, report.activity_id or 0, paper=KIND, locale=report.locale)
    t = record.t
    found = (
        Section(t["student"], facts=filled(paper_parts.student_facts(actor, record.case, t))),
        Section(t["summary"], facts=filled(_summary(record))),
        *sections.by_stage(record, dated=True),
    )
    return _paper(actor, record, found, closing="closing", confidential="confidential_report")


def collect_copy(actor: Actor, report: Report) -> Paper:
    """What people beyond the case's team are told: the right at stake, what was done, agreed and reached.

    Not who the parties are and what part they had, nor how a suspicion is handled, why a technique was
    chosen, or how the counsellor rates the student's confidence.
    """
    record = sections.read(actor, report.activity_id or 0, paper=KIND, locale=report.locale)
    t = record.t
    found = [
        Section(t["student"], facts=filled(paper_parts.student_facts(actor, record.case, t))),
        Section(t["summary"], facts=filled(_at_stake(record))),
        Section(t["done"], grid=_done(record)),
        Section(t["commitments"], grid=sections.promises_grid(record)),
    ]
    follow_up = record.shown(_OUTCOME, "text")
    if follow_up:
        found.append(Section(t["follow_up"], texts=(follow_up,)))
    return _paper(actor, record, tuple(found), closing="closing_copy", confidential="confidential_reader")


def executions(record: Record) -> str:
    """How often and on which days; of several days each once, with how often where it was more than once."""
    t, by_day = record.t, Counter(record.executed_on)
    if not by_day:
        return ""
    days = []
    for day, times in by_day.items():
        text = dates.format_date(day, record.locale)
        days.append(text if times == 1 or len(by_day) == 1 else t["of_day"].format(day=text, times=times))
    times = len(record.executed_on)
    return t["once" if times == 1 else "times"].format(times=times, days=", ".join(days))


reports.COLLECTORS[KIND] = collect
reports.COLLECTORS[COPY] = collect_copy


# --- inside ---------------------------------------------------------------------------------------


def _summary(record: Record) -> tuple[Fact, ...]:
    t, shown = record.t, record.shown
    tracks = [
        record.procedure.stage(key).term.label(record.locale)
        for key in record.procedure.tracks
        if key in record.activity.tracks
    ]
    parties = "\n".join(f"{row['name']} ({row['part']})" for row in record.rows(_SITUATION))
    return (
        Fact(t["side"], shown(_SITUATION, "side")),
        Fact(t["grounds"], shown(_SITUATION, "grounds")),
        Fact(t["right"], shown(_SITUATION, "right")),
        Fact(t["parties"], parties),
        Fact(t["stakeholders"], shown(_SITUATION, "stakeholders")),
        Fact(t["tracks"], ", ".join(tracks)),
        Fact(t["forms"], _forms(record)),
        Fact(t["carried_out"], executions(record)),
        Fact(t["goal"], shown("influence.behaviour_defined", "goal")),
        Fact(t["reached"], shown("influence.goal_evaluated", "reached")),
        Fact(t["restored"], shown(_OUTCOME, "restored")),
        Fact(t["confidence"], _confidence(record)),
    )


def _at_stake(record: Record) -> tuple[Fact, ...]:
    t, shown = record.t, record.shown
    return (
        Fact(t["side"], shown(_SITUATION, "side")),
        Fact(t["right"], shown(_SITUATION, "right")),
        Fact(t["forms"], _forms(record)),
        Fact(t["carried_out"], executions(record)),
        Fact(t["goal"], shown("influence.behaviour_defined", "goal")),
        Fact(t["reached"], shown("influence.goal_evaluated", "reached")),
        Fact(t["restored"], shown(_OUTCOME, "restored")),
    )


def _done(record: Record) -> Grid:
    fields = {field.key: field for field in record.procedure.step(_EXECUTIONS[0]).entry_fields}
    rows = [row for path in _EXECUTIONS for row in record.rows(path)]
    return Grid(
        tuple(fields[key].term.label(record.locale) for key in _DONE),
        tuple(tuple(row[key] for key in _DONE) for row in rows),
        (6, 6, 12),
    )


def _forms(record: Record) -> str:
    """Forms in which it was carried out, each once, in the order of the vocabulary."""
    used = {entry.values.get("form", "") for path in _EXECUTIONS for entry in record.entries.get(path, ())}
    field = next(f for f in record.procedure.step(_EXECUTIONS[0]).entry_fields if f.key == "form")
    assert field.choices is not None
    in_order = ",".join(key for key in field.choices.keys if key in used)
    return field_values.shown(field, in_order, record.locale)


def _confidence(record: Record) -> str:
    before, after = record.shown(_SITUATION, "confidence_before"), record.shown(_OUTCOME, "confidence_after")
    if not before and not after:
        return ""
    known = "before_after" if before and after else "before_only" if before else "after_only"
    return record.t[known].format(before=before, after=after)


def _paper(
    actor: Actor, record: Record, found: tuple[Section, ...], *, closing: str, confidential: str
) -> Paper:
    return paper_parts.paper(
        actor,
        sections=found,
        held_on=record.executed_on[-1] if record.executed_on else record.made_on,
        case_number=record.case.number,
        number=None,
        signers=paper_parts.signers(actor, record),
        closing=record.t[closing],
        confidential=record.t[confidential],
    )
