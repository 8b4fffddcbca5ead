"""Planning ahead: reminders and digests as rows that fall due, once per recipient and period.

Whoever changes what a reminder stands on (a request, an answer, a promise) plans again in the same
transaction; planning twice leaves the same rows. A digest's reader has one waiting row, and handling it
plans the next. Check-ins plan no mail of their own: they stand in the daily digest. What becomes of a row
when its moment has come, `dues_sweep` decides from the facts as they are then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, and_, delete, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from webapp import tenancy
from webapp.domain import schedules
from webapp.domain.commitments import OPEN_STATES
from webapp.domain.digests import DIGEST_KINDS, Period, next_digest
from webapp.domain.school_clock import SchoolClock
from webapp.models.background import Due
from webapp.models.base import new_id
from webapp.models.commitments import Commitment
from webapp.models.conferences import Conference, Participant
from webapp.models.identity import DistrictMembership, Membership, User
from webapp.models.schools import School
from webapp.services import dues_facts
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

_TABLE = cast(Table, Due.__table__)

MEETING_KINDS = ("answer_reminder", "attendance_reminder")
COMMITMENT_KINDS = ("commitment_reminder", "commitment_escalation")
AWAITING = ("approved", "invited")
"""States of a conference in which those invited may still be reminded."""
REPLAN = "replan"
"""A row for the worker: the school's times or free days have changed."""

DIGEST_OF_ROLE = {
    "counsellor": "daily_digest",
    "class_teacher": "daily_digest",
    "principal": "weekly_digest",
    "district_admin": "monthly_digest",
    "district_officer": "monthly_digest",
}


# --- reminders ------------------------------------------------------------------------------------


def plan_approval(actor: Actor, conference: Conference) -> None:
    """Remind whoever decides of a request that waits; takes the reminders back when it waits no more."""
    plan_approval_by(actor, conference, dues_facts.school_clock(conference.school_id))


def plan_invitation(actor: Actor, conference: Conference, participant: Participant) -> None:
    """Remind a participant to answer, or, after a yes, to come; none after any other answer."""
    plan_invitation_by(actor, conference, participant, dues_facts.school_clock(conference.school_id))


def plan_commitment(actor: Actor, commitment: Commitment) -> None:
    """Remind whoever a promise is asked of before, on and after its day, while it is open; and tell
    counsellor and principal when it stays overdue."""
    plan_commitment_by(actor, commitment, dues_facts.school_clock(commitment.school_id))


def plan_notice(actor: Actor, kind: str, recipient: str, participant_id: int) -> None:
    """Tell a person of the school at once what a participant has just done.

    A row and not a mail: guests read no address of the staff. Whether it still holds is asked when it leaves.
    """
    row = schedules.Due(
        kind, recipient, participant_id, actor.at.isoformat(), actor.at, schedules.Reason("")
    )
    values = _values(actor.school_id or 0, row) | {"due_at": func.least(actor.at, func.now())}
    tenancy.session.execute(insert(_TABLE).values(values).on_conflict_do_nothing())
    tenancy.wake("sweeps")


def cancel(actor: Actor, *subject_ids: int) -> None:
    """Take back every reminder of these conferences, participants or promises that has not left yet."""
    tenancy.session.execute(
        delete(Due).where(
            Due.school_id == actor.school_id, Due.subject_id.in_(subject_ids), Due.state == "waiting"
        )
    )


def plan_approval_by(actor: Actor, conference: Conference, clock: SchoolClock) -> None:
    """The same by a clock that is at hand."""
    planned: list[schedules.Due] = []
    if conference.state == "requested":
        for facts in dues_facts.approvals(actor, conference):
            planned += _ahead(facts, clock, actor.at)
    _replace(conference.school_id, conference.id, ("approval_reminder",), planned)


def plan_invitation_by(
    actor: Actor, conference: Conference, participant: Participant, clock: SchoolClock
) -> None:
    """The same by a clock that is at hand."""
    planned: list[schedules.Due] = []
    takes_part = participant.pledge_refused_at is None
    if takes_part and conference.state in AWAITING and participant.answer in ("pending", "yes"):
        facts = dues_facts.invitation(actor, conference, participant)
        if facts is not None and facts.reachable:
            planned = _ahead(facts, clock, actor.at)
    _replace(conference.school_id, participant.id, MEETING_KINDS, planned)


def plan_commitment_by(actor: Actor, commitment: Commitment, clock: SchoolClock) -> None:
    """The same by a clock that is at hand."""
    planned: list[schedules.Due] = []
    if commitment.state in OPEN_STATES:
        # Whoever takes part in no conference is asked by the counsellor, who is told when it stays overdue.
        if commitment.participant_id is not None:
            recipient = f"participant:{commitment.participant_id}"
            facts = schedules.CommitmentDue(
                commitment.id, recipient, commitment.state, commitment.due_on, commitment.created_at
            )
            planned = _ahead(facts, clock, actor.at)
        for level in schedules.ESCALATION_LEVELS:
            planned += _ahead(dues_facts.escalation(commitment, level), clock, actor.at)
    _replace(commitment.school_id, commitment.id, COMMITMENT_KINDS, planned)


def _ahead(facts: schedules.ReminderFacts, clock: SchoolClock, at: datetime) -> list[schedules.Due]:
    """What still lies ahead, and what is due at this moment."""
    now = schedules.is_due(facts, clock, at)
    return [due for due in schedules.reminders(facts, clock) if due.due_at > at or due == now]


def _replace(school_id: int, subject_id: int, kinds: Sequence[str], planned: list[schedules.Due]) -> None:
    """Make the waiting rows of a subject exactly these; what was done stays done."""
    stale = delete(Due).where(
        Due.school_id == school_id, Due.subject_id == subject_id, Due.kind.in_(kinds), Due.state == "waiting"
    )
    if planned:
        keys = [(due.kind, due.recipient, due.period) for due in planned]
        stale = stale.where(tuple_(Due.kind, Due.recipient, Due.period).not_in(keys))
    tenancy.session.execute(stale)
    if planned:
        rows = insert(_TABLE).values([_values(school_id, due) for due in planned])
        tenancy.session.execute(
            rows.on_conflict_do_update(
                index_elements=["school_id", "kind", "recipient", "subject_id", "period"],
                set_={"due_at": rows.excluded.due_at},
                where=_TABLE.c.state == "waiting",
            )
        )


def _values(school_id: int, due: schedules.Due) -> dict[str, object]:
    return {
        "school_id": school_id,
        "id": new_id(),
        "kind": due.kind,
        "recipient": due.recipient,
        "subject_id": due.subject_id,
        "period": due.period,
        "due_at": due.due_at,
        "state": "waiting",
    }


# --- digests --------------------------------------------------------------------------------------


def plan_digests(actor: Actor, user_id: int, role: str, *, place_id: int | None = None) -> None:
    """Plan the first digest of somebody who has been given a role; nothing for a role that gets none.

    place_id: the school (or the district, for its roles); the actor's own where it is not given.
    """
    kind = DIGEST_OF_ROLE.get(role)
    if kind is None:
        return
    if kind == "monthly_digest":
        place = actor.district_id if place_id is None else place_id
        school_id, subject_id = PLATFORM_SCHOOL_ID, place or 0
        clock = dues_facts.district_clock(subject_id)
    else:
        place = actor.school_id if place_id is None else place_id
        school_id, subject_id = place or 0, 0
        clock = dues_facts.school_clock(school_id)
    add_digest(school_id, kind, f"user:{user_id}", subject_id, next_digest(kind, clock, actor.at))


def add_digest(school_id: int, kind: str, recipient: str, subject_id: int, period: Period) -> None:
    """Insert a digest's waiting row, unless that period has one; asks for no right to read."""
    due = schedules.Due(kind, recipient, subject_id, period.key, period.due_at, schedules.Reason(""))
    tenancy.session.execute(insert(_TABLE).values(_values(school_id, due)).on_conflict_do_nothing())


def plan_next_digest(done: Due, clock: SchoolClock, at: datetime) -> None:
    """After a digest is done: the next one of the same reader, unless one waits already."""
    if _waits(done):
        return
    period = next_digest(done.kind, clock, at)
    while is_known(done, period.key):
        period = next_digest(done.kind, clock, period.due_at)
    add_digest(done.school_id, done.kind, done.recipient, done.subject_id, period)


def _same_reader(row: Due):
    return and_(
        Due.school_id == row.school_id,
        Due.kind == row.kind,
        Due.recipient == row.recipient,
        Due.subject_id == row.subject_id,
    )


def _waits(row: Due) -> bool:
    waiting = select(Due.id).where(_same_reader(row), Due.state == "waiting").limit(1)
    return tenancy.session.scalar(waiting) is not None


def is_known(row: Due, period: str) -> bool:
    """Whether the reader of this digest has a row for that period, waiting or done."""
    return tenancy.session.scalar(select(Due.id).where(_same_reader(row), Due.period == period)) is not None


# --- everybody and everything -----------------------------------------------------------------------------


def replan_school(actor: Actor) -> None:
    """The school's times, zone or free days have changed: the worker plans everything again.

    A row and not the work itself: whoever keeps the settings may see neither conferences nor promises.
    """
    tenancy.session.execute(
        insert(_TABLE)
        .values(
            school_id=actor.school_id,
            id=new_id(),
            kind=REPLAN,
            recipient="school",
            subject_id=0,
            period=actor.at.isoformat(),
            due_at=func.least(actor.at, func.now()),
            state="waiting",
        )
        .on_conflict_do_nothing()
    )


def reconcile(at: datetime) -> int:
    """See to it that everyone who gets a digest has a waiting row; returns how many were missing.

    Runs outside any scope, nightly: staff whom a district or another installation brought in are found
    here at the latest. Running it again changes nothing.
    """
    with tenancy.work(tenancy.system(PLATFORM_SCHOOL_ID, at)) as session:
        added = _reconcile_districts(at)
        schools = session.execute(
            select(School.id, School.time_zone).where(School.active, School.id != PLATFORM_SCHOOL_ID)
        ).all()
    for school_id, zone in schools:
        with tenancy.work(tenancy.system(school_id, at, time_zone=zone)) as session:
            today = tenancy.current().actor.today
            readers = session.execute(
                select(Membership.user_id, Membership.role, User.digests_off)
                .join(User, User.id == Membership.user_id)
                .where(
                    Membership.school_id == school_id,
                    Membership.role.in_(DIGEST_OF_ROLE),
                    or_(Membership.ended_on.is_(None), Membership.ended_on >= today),
                    User.active,
                )
            )
            wanted = {
                (DIGEST_OF_ROLE[role], f"user:{user_id}", 0)
                for user_id, role, digests_off in readers
                if DIGEST_OF_ROLE[role] not in digests_off
            }
            added += _add_missing(school_id, wanted, at)
    return added


def _reconcile_districts(at: datetime) -> int:
    today = tenancy.current().actor.today
    readers = tenancy.session.execute(
        select(DistrictMembership.user_id, DistrictMembership.district_id, User.digests_off)
        .join(User, User.id == DistrictMembership.user_id)
        .where(
            or_(DistrictMembership.ended_on.is_(None), DistrictMembership.ended_on >= today),
            User.active,
        )
    )
    wanted = {
        ("monthly_digest", f"user:{user_id}", district_id)
        for user_id, district_id, digests_off in readers
        if "monthly_digest" not in digests_off
    }
    return _add_missing(PLATFORM_SCHOOL_ID, wanted, at)


def _add_missing(school_id: int, wanted: set[tuple[str, str, int]], at: datetime) -> int:
    waiting = tenancy.session.execute(
        select(Due.kind, Due.recipient, Due.subject_id).where(
            Due.school_id == school_id, Due.kind.in_(DIGEST_KINDS), Due.state == "waiting"
        )
    )
    missing = wanted - {(kind, recipient, subject_id) for kind, recipient, subject_id in waiting}
    if not missing:
        return 0
    school = None if school_id == PLATFORM_SCHOOL_ID else dues_facts.school_clock(school_id)
    for kind, recipient, subject_id in missing:
        clock = school or dues_facts.district_clock(subject_id)
        reader = Due(school_id=school_id, kind=kind, recipient=recipient, subject_id=subject_id)
        plan_next_digest(reader, clock, at)
    return len(missing)
