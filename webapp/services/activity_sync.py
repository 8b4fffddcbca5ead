"""What follows from a change in an activity: which steps count as recorded, which stages are open, what is on
the calendar, and what counts lesson hours. The callers have asked permission and hold the activity locked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime

from sqlalchemy import func, select, update

from webapp import tenancy
from webapp.domain import field_values
from webapp.domain import procedure_rules as rules
from webapp.domain.dates import zone
from webapp.domain.errors import N_, Invalid
from webapp.domain.procedure import Procedure, Step, Values
from webapp.models.activities import Activity, ActivityEntry, ActivityField, Appointment, Execution
from webapp.models.background import Report
from webapp.models.commitments import Commitment
from webapp.services import activities, audit, lesson_hours, visit_post
from webapp.tenancy import Actor


def after_fields(
    actor: Actor,
    activity: Activity,
    procedure: Procedure,
    path: str,
    rows: Iterable[ActivityField],
    sent: Collection[str],
) -> datetime | None:
    """A form was saved; `rows` are all fields of the activity, `sent` the keys of those that came.
    Returns the beginning in the plan, where it was another before."""
    rows = list(rows)
    step = procedure.step(path)
    values = {row.field: row.value or "" for row in rows if row.step == path}
    _open_stages(actor, activity, procedure, by_path(rows))
    moved_to = None
    if step.appointment is not None:
        if rules.ends_too_early(step, values) and set(step.appointment[1:]) <= set(sent):
            raise Invalid(N_("The end must come after the beginning."), field=step.appointment[2])
        moved_to = _set_appointment(actor, activity, path, step, values)
    recorded = sync_step(actor, activity, procedure, path, values)
    if step.counts and not step.entry_fields:
        source = next((row for row in rows if (row.step, row.field) == (path, step.counts)), None)
        if source is not None:
            held_on = field_values.read_date(values, step.counts) if recorded else None
            count(actor, activity, source.id, held_on)
    return moved_to


def sync_step(
    actor: Actor, activity: Activity, procedure: Procedure, path: str, values: Values | None = None
) -> bool:
    """Record a step, or take it back, by what stands in it now; whether it is recorded. One that is taken
    back leaves what was written in it, and its trail."""
    step = procedure.step(path)
    if values is None:
        values = _values(actor, activity.id, path)
    if rules.is_recorded(
        step,
        values,
        entries=entry_count(actor, activity.id, path) if step.entry_fields else 0,
        promises=_promises(actor, activity.id) if step.records == "promises" else 0,
        documents=_documents(actor, activity.id, step) if step.records == "document" else 0,
    ):
        activities.record_step(actor, activity, path)
        return True
    steps = activities.recorded(actor, activity.id)
    if path in steps:
        rules.check_can_take_back(procedure, path, steps)
        activities.undo_step(actor, activity, path)
    return False


def sync_steps_of(actor: Actor, activity: Activity, procedure: Procedure, records: str) -> None:
    """The same for every step that records promises, or a document, and whose turn it is."""
    for stage in procedure.chosen(activity.tracks):
        for step, path in zip(stage.steps, stage.paths(), strict=True):
            if step.records != records:
                continue
            recorded = activities.recorded(actor, activity.id)
            if rules.step_before(procedure, path, recorded, activity.tracks) is None:
                sync_step(actor, activity, procedure, path)


def hand_on(actor: Actor, source_id: int, new_source_id: int) -> None:
    """An entry was corrected: whose execution it is, and with which weight, stays."""
    tenancy.session.execute(
        update(Execution)
        .where(Execution.school_id == actor.school_id, Execution.source_id == source_id)
        .values(source_id=new_source_id)
    )


def count(
    actor: Actor, activity: Activity, source_id: int, held_on: date | None, *, by: int | None = None
) -> None:
    """Let an execution count with the weight of its day, or no longer (None). Counted once, its weight stays
    as long as its day does. `by`: whose it is, where that is not the actor."""
    row = tenancy.session.scalar(
        select(Execution).where(Execution.school_id == actor.school_id, Execution.source_id == source_id)
    )
    if held_on is None:
        if row is not None and row.taken_back_at is None:
            row.taken_back_at = actor.at
        return
    if row is None:
        tenancy.add(
            Execution(
                activity_id=activity.id,
                case_id=activity.case_id,
                procedure=activity.procedure,
                source_id=source_id,
                held_on=held_on,
                quarter_hours=lesson_hours.quarters_on(actor, activity.procedure, held_on),
                by_user_id=by or actor.person_id,
                recorded_at=actor.at,
            )
        )
        return
    if row.held_on != held_on:
        row.held_on = held_on
        row.quarter_hours = lesson_hours.quarters_on(actor, activity.procedure, held_on)
    row.taken_back_at = None


def by_path(rows: Iterable[ActivityField]) -> dict[str, str]:
    """Values of all forms of a run, by the field's path."""
    return {f"{row.step}.{row.field}": row.value or "" for row in rows}


def values_of_run(actor: Actor, activity_id: int) -> dict[str, str]:
    """The same, read from the database."""
    rows = tenancy.session.scalars(
        select(ActivityField).where(
            ActivityField.school_id == actor.school_id, ActivityField.activity_id == activity_id
        )
    )
    return by_path(rows)


def entries_of_run(actor: Actor, activity_id: int) -> dict[str, list[Values]]:
    """Entries of a run that stand, by their step's path."""
    rows = tenancy.session.scalars(
        select(ActivityEntry)
        .where(
            ActivityEntry.school_id == actor.school_id,
            ActivityEntry.activity_id == activity_id,
            ActivityEntry.removed_at.is_(None),
        )
        .order_by(ActivityEntry.id)
    )
    found: dict[str, list[Values]] = defaultdict(list)
    for row in rows:
        found[row.step].append(row.body or {})
    return found


def entry_count(actor: Actor, activity_id: int, path: str) -> int:
    """How many entries of a step stand."""
    return _count(
        ActivityEntry,
        ActivityEntry.school_id == actor.school_id,
        ActivityEntry.activity_id == activity_id,
        ActivityEntry.step == path,
        ActivityEntry.removed_at.is_(None),
    )


# --- inside ---------------------------------------------------------------------------------------


def _open_stages(
    actor: Actor, activity: Activity, procedure: Procedure, values: dict[str, str]
) -> None:
    # What opens a stage can be corrected: one that is opened no more is gone through no more, and what was
    # recorded in it stays.
    conditional = {stage.key for stage in procedure.stages if stage.opened_by is not None}
    wanted = rules.stages_opened(procedure, values) | {
        key for key in activity.tracks if key not in conditional
    }
    tracks = [stage.key for stage in procedure.stages if stage.key in wanted]
    if tracks != activity.tracks:
        activity.tracks = tracks
        audit.record(actor, "activity.stages_opened", activity, tracks=",".join(tracks))


def _set_appointment(
    actor: Actor, activity: Activity, path: str, step: Step, values: Values
) -> datetime | None:
    assert step.appointment is not None
    on_key, from_key, until_key = step.appointment
    on, from_time = field_values.read_date(values, on_key), field_values.read_time(values, from_key)
    row = tenancy.session.scalar(
        select(Appointment).where(
            Appointment.school_id == actor.school_id,
            Appointment.activity_id == activity.id,
            Appointment.step == path,
        )
    )
    if on is None or from_time is None:
        if row is not None and row.cancelled_at is None:
            row.cancelled_at, row.sequence = actor.at, row.sequence + 1
            visit_post.call_off(actor, activity)
        return None
    starts_at = _moment(datetime.combine(on, from_time), actor.time_zone)
    # While the beginning has been moved past the end, and the end not yet, the end is unknown.
    until = None if rules.ends_too_early(step, values) else field_values.read_time(values, until_key)
    ends_at = None if until is None else _moment(datetime.combine(on, until), actor.time_zone)
    if row is None:
        tenancy.add(
            Appointment(
                activity_id=activity.id,
                case_id=activity.case_id,
                step=path,
                starts_at=starts_at,
                ends_at=ends_at,
                set_at=actor.at,
                set_by=actor.person_id,
                sequence=0,
            )
        )
    elif (row.starts_at, row.ends_at, row.cancelled_at) != (starts_at, ends_at, None):
        moved_to = None if row.starts_at == starts_at else starts_at
        row.starts_at, row.ends_at, row.cancelled_at = starts_at, ends_at, None
        row.sequence, row.set_at, row.set_by = row.sequence + 1, actor.at, actor.person_id or 0
        return moved_to
    return None


def _moment(local: datetime, time_zone: str) -> datetime:
    # Indonesia has no summer time: every local time is one moment.
    return local.replace(tzinfo=zone(time_zone)).astimezone(UTC)


def _values(actor: Actor, activity_id: int, path: str) -> dict[str, str]:
    rows = tenancy.session.scalars(
        select(ActivityField).where(
            ActivityField.school_id == actor.school_id,
            ActivityField.activity_id == activity_id,
            ActivityField.step == path,
        )
    )
    return {row.field: row.value or "" for row in rows}


def _promises(actor: Actor, activity_id: int) -> int:
    return _count(
        Commitment,
        Commitment.school_id == actor.school_id,
        Commitment.activity_id == activity_id,
    )


def _documents(actor: Actor, activity_id: int, step: Step) -> int:
    return _count(
        Report,
        Report.school_id == actor.school_id,
        Report.activity_id == activity_id,
        Report.kind.in_(step.documents),
        Report.state != "failed",
    )


def _count(table, *conditions) -> int:
    # A count of its own query: autoflush first puts into the database what is counted.
    return tenancy.session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
