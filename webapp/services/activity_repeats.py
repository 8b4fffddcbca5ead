"""A run that repeats an earlier one starts from it: what was said last time, and what of it is taken over."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from webapp import tenancy
from webapp.domain import dates, repeats
from webapp.domain.errors import N_, Conflict
from webapp.domain.procedure import Procedure, Stage
from webapp.domain.vocabulary import Term
from webapp.models.activities import Activity, ActivityField
from webapp.services import activity_fields, activity_runs, audit
from webapp.tenancy import Actor

_NOTHING = N_("Nothing is left to take over: what was said last time is written here already.")


Said = dict[str, dict[str, str]]
"""Values of an earlier run's forms, by the step's path and the field's key."""


@dataclass(frozen=True)
class Offer:
    """What one button takes over: a group of a step's fields, or the texts of a stage. `values` as stored, by
    path of the field."""

    group: str
    term: Term
    values: dict[str, str]


@dataclass(frozen=True)
class EarlierRun:
    """The run that this one repeats; `number`: the how manieth of its kind. `values` by path of the field."""

    number: int
    begun_on: date
    values: dict[str, str]
    offers: tuple[Offer, ...]


def of_stage(
    actor: Actor, activity: Activity, stage: Stage, fields: activity_fields.Fields
) -> EarlierRun | None:
    """What the repeated run says in this stage, and what of it can be taken over; None where there is none.

    The caller has asked for the case's team; `fields` are those of the activity itself.
    """
    if activity.follows_id is None or not any(step.repeats for step in stage.steps):
        return None
    earlier = _read(actor, activity.follows_id)
    if earlier is None:
        return None
    values = {
        f"{path}.{key}": value
        for step, path in zip(stage.steps, stage.paths(), strict=True)
        if step.repeats
        for key, value in earlier.said.get(path, {}).items()
    }
    return EarlierRun(earlier.number, earlier.begun_on, values, _offers(stage, earlier.said, fields))


def take_over(actor: Actor, activity_id: int, stage_key: str, *, group: str = "") -> int:
    """Write what the repeated run says where nothing is written yet: the texts of a stage's steps, or one
    group of fields; how many values. Asked of the case's team; the trail says out of which run.

    Conflict where nothing is left to take over, and where a gate stands before the step.
    """
    activity, procedure = activity_runs.hold(actor, activity_id)
    stage = _stage(procedure, stage_key)
    if activity.follows_id is None or stage is None:
        raise Conflict(_NOTHING)
    earlier = _read(actor, activity.follows_id)
    if earlier is None:
        raise Conflict(_NOTHING)
    fields = activity_fields.read(actor, activity.id)
    taken = 0
    for step, path in zip(stage.steps, stage.paths(), strict=True):
        here = fields.get(path, {})
        values = repeats.offered(
            step,
            earlier.said.get(path, {}),
            activity_fields.values_of(fields, path),
            group=group,
        )
        if values:
            versions = {key: stored.version for key, stored in here.items()}
            activity_fields.save(actor, activity.id, path, values, versions, copied_from=activity.follows_id)
            taken += len(values)
    if not taken:
        raise Conflict(_NOTHING)
    audit.record(
        actor,
        "activity.taken_over",
        activity,
        stage=stage_key,
        group=group,
        count=taken,
        copied_from=activity.follows_id,
        number=earlier.number,
    )
    return taken


# --- inside ---------------------------------------------------------------------------------------


def _stage(procedure: Procedure, key: str) -> Stage | None:
    return next((stage for stage in procedure.stages if stage.key == key), None)


def _offers(stage: Stage, said: Said, fields: activity_fields.Fields) -> tuple[Offer, ...]:
    offers: dict[str, Offer] = {}
    for step, path in zip(stage.steps, stage.paths(), strict=True):
        written = activity_fields.values_of(fields, path)
        groups = {field.group.key: field.group for field in step.fields if field.group is not None}
        for key, term in {"": stage.term, **groups}.items():
            found = repeats.offered(step, said.get(path, {}), written, group=key)
            if found:
                offer = offers.setdefault(key, Offer(key, term, {}))
                offer.values.update({f"{path}.{field}": value for field, value in found.items()})
    return tuple(offers.values())


@dataclass(frozen=True)
class _Read:
    number: int
    begun_on: date
    said: Said


def _read(actor: Actor, activity_id: int) -> _Read | None:
    """What a run says, all at once; None where nothing was written, or for those beyond the case's team."""
    of_its_kind = aliased(Activity)
    how_manieth = (
        select(func.count())
        .where(
            of_its_kind.school_id == Activity.school_id,
            of_its_kind.case_id == Activity.case_id,
            of_its_kind.procedure == Activity.procedure,
            of_its_kind.id <= Activity.id,
        )
        .correlate(Activity)
        .scalar_subquery()
    )
    rows = tenancy.session.execute(
        select(ActivityField, Activity.created_at, how_manieth)
        .join(
            Activity,
            (Activity.school_id == ActivityField.school_id) & (Activity.id == ActivityField.activity_id),
        )
        .where(ActivityField.school_id == actor.school_id, ActivityField.activity_id == activity_id)
    ).all()
    said: Said = defaultdict(dict)
    for row, _, _ in rows:
        if row.value:
            said[row.step][row.field] = row.value
    if not rows:
        return None
    _, begun_at, number = rows[0]
    return _Read(number, dates.local_date(begun_at, actor.time_zone), said)
