"""Entries of a step: findings, people, executions. Each is a fact, an impression or neither; a correction
keeps the earlier wording, and what is removed stays in the trail with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import field_values
from webapp.domain import procedure_rules as rules
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.procedure import NATURES, Procedure, Step
from webapp.mail.clean import many_lines
from webapp.models.activities import Activity, ActivityEntry
from webapp.services import access, activities, activity_runs, activity_sync, audit
from webapp.tenancy import Actor

MOST_ENTRIES = 200
SENT_AGAIN_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class EntryView:
    """One entry as it stands; `earlier` are its wordings before, the newest first."""

    id: int
    step: str
    nature: str | None
    values: dict[str, str]
    created_at: datetime
    created_by: int
    earlier: tuple[dict[str, str], ...] = ()


def read(actor: Actor, activity_id: int) -> dict[str, list[EntryView]]:
    """Entries that stand, by step's path, in the order in which they were first written. The caller has asked
    permission, and the policies hide them from others."""
    rows = list(
        tenancy.session.scalars(
            select(ActivityEntry)
            .where(ActivityEntry.school_id == actor.school_id, ActivityEntry.activity_id == activity_id)
            .order_by(ActivityEntry.id)
        )
    )
    by_id = {row.id: row for row in rows}
    chains = [_chain(row, by_id) for row in rows if row.removed_at is None]
    found: dict[str, list[EntryView]] = defaultdict(list)
    for chain in sorted(chains, key=lambda chain: chain[-1].id):
        row = chain[0]
        found[row.step].append(
            EntryView(
                row.id,
                row.step,
                row.nature,
                row.body or {},
                row.created_at,
                row.created_by,
                tuple(earlier.body or {} for earlier in chain[1:]),
            )
        )
    return found


def add(
    actor: Actor, activity_id: int, path: str, typed: Mapping[str, str], *, nature: str | None = None
) -> ActivityEntry:
    """Add an entry to a step; asked of the case's team. nature: fact or impression, where the step tells them
    apart. Raises Invalid naming the field, Conflict where something stands before the step. The same entry
    sent again shortly afterwards, its answer having been lost on the way, is the one that stands."""
    activity, procedure = activity_runs.hold(actor, activity_id)
    step = _step(procedure, path)
    rules.check_step_allowed(procedure, path, activities.recorded(actor, activity.id), activity.tracks)
    sent = _sent_before(actor, activity, path, step, typed, nature)
    if sent is not None:
        return sent
    row = _write(actor, activity, path, step, typed, nature, corrects=None)
    audit.record(actor, "activity.entry_added", row, step=path)
    _after(actor, activity, procedure, path, row, None)
    return row


def correct(
    actor: Actor, activity_id: int, entry_id: int, typed: Mapping[str, str], *, nature: str | None = None
) -> ActivityEntry:
    """Write an entry anew; the earlier wording stays. Conflict where somebody changed it first. Saved as it
    stands, it stays the one that it is."""
    activity, procedure = activity_runs.hold(actor, activity_id)
    earlier = _standing(actor, activity, entry_id)
    step = _step(procedure, earlier.step)
    if (earlier.body, earlier.nature) == (_values(actor, step, typed), nature if step.natures else None):
        return earlier
    row = _write(actor, activity, earlier.step, step, typed, nature, corrects=earlier)
    earlier.removed_at, earlier.removed_by = actor.at, actor.person_id
    audit.record(actor, "activity.entry_corrected", row, step=earlier.step)
    _after(actor, activity, procedure, earlier.step, row, earlier)
    return row


def remove(actor: Actor, activity_id: int, entry_id: int, *, reason: str) -> None:
    """Take an entry out, with a reason; it stays in the trail."""
    activity, procedure = activity_runs.hold(actor, activity_id)
    row = _standing(actor, activity, entry_id)
    reason = many_lines(reason).strip()
    if not reason:
        raise Invalid(N_("Please give a reason."), field="reason")
    row.removed_at, row.removed_by, row.removed_because = actor.at, actor.person_id, reason
    audit.record(actor, "activity.entry_removed", row, step=row.step)
    _after(actor, activity, procedure, row.step, None, row)


# --- inside ---------------------------------------------------------------------------------------


def _step(procedure: Procedure, path: str) -> Step:
    try:
        step = procedure.step(path)
    except KeyError:
        raise NotFound() from None
    if not step.entry_fields:
        raise Invalid(N_("There is no such step."), field="step")
    return step


def _standing(actor: Actor, activity: Activity, entry_id: int) -> ActivityEntry:
    row = access.get(actor, ActivityEntry, entry_id)
    if row.activity_id != activity.id:
        raise NotFound()
    if row.removed_at is not None:
        raise Conflict(N_("Somebody else changed this entry meanwhile."))
    return row


def _sent_before(
    actor: Actor, activity: Activity, path: str, step: Step, typed: Mapping[str, str], nature: str | None
) -> ActivityEntry | None:
    rows = tenancy.session.scalars(
        select(ActivityEntry).where(
            ActivityEntry.school_id == actor.school_id,
            ActivityEntry.activity_id == activity.id,
            ActivityEntry.step == path,
            ActivityEntry.created_by == actor.person_id,
            ActivityEntry.created_at > actor.at - SENT_AGAIN_WITHIN,
            ActivityEntry.removed_at.is_(None),
        )
    )
    values = _values(actor, step, typed)
    nature = nature if step.natures else None
    return next((row for row in rows if (row.body, row.nature) == (values, nature)), None)


def _values(actor: Actor, step: Step, typed: Mapping[str, str]) -> dict[str, str]:
    words = {key: many_lines(text) for key, text in typed.items()}
    return field_values.clean_entry(step, words, today=actor.today)


def _write(
    actor: Actor,
    activity: Activity,
    path: str,
    step: Step,
    typed: Mapping[str, str],
    nature: str | None,
    *,
    corrects: ActivityEntry | None,
) -> ActivityEntry:
    if step.natures and nature not in NATURES:
        raise Invalid(N_("Say whether this is a fact or an impression."), field="nature")
    values = _values(actor, step, typed)
    if step.entry_check is not None:
        step.entry_check(values, activity_sync.values_of_run(actor, activity.id))
    if corrects is None and activity_sync.entry_count(actor, activity.id, path) >= MOST_ENTRIES:
        raise Conflict(N_("There are too many entries here already."))
    row = ActivityEntry(
        activity_id=activity.id,
        case_id=activity.case_id,
        step=path,
        nature=nature if step.natures else None,
        created_at=actor.at,
        created_by=actor.person_id,
        corrects_id=None if corrects is None else corrects.id,
    )
    row.body = values
    return tenancy.add(row)


def _after(
    actor: Actor,
    activity: Activity,
    procedure: Procedure,
    path: str,
    written: ActivityEntry | None,
    gone: ActivityEntry | None,
) -> None:
    tenancy.session.flush()
    step = procedure.step(path)
    activity_sync.sync_step(actor, activity, procedure, path)
    if step.counts and gone is not None and written is not None:
        activity_sync.hand_on(actor, gone.id, written.id)
    elif step.counts and gone is not None:
        activity_sync.count(actor, activity, gone.id, None)
    if step.counts and written is not None:
        activity_sync.count(actor, activity, written.id, field_values.read_date(written.body, step.counts))


def _chain(row: ActivityEntry, by_id: Mapping[int, ActivityEntry]) -> list[ActivityEntry]:
    """The entry and what it corrects, the newest first."""
    chain = [row]
    while chain[-1].corrects_id is not None:
        chain.append(by_id[chain[-1].corrects_id])
    return chain
