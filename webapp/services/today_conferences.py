"""Conferences as they concern one person: what they ask of the person now, and when they meet this week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, Text, and_, case, cast, func, null, or_, select
from sqlalchemy.orm import aliased

from webapp import tenancy
from webapp.domain.commitments import OPEN_STATES, due_class, end_of_week
from webapp.domain.dates import local_date
from webapp.models.cases import Case, CaseMember
from webapp.models.commitments import Commitment
from webapp.models.conferences import Conference, ConferenceRequest, Participant
from webapp.models.content import MinutesAddendum, SignOff
from webapp.services import absences
from webapp.tenancy import Actor

ALIVE = ("requested", "returned", "approved", "invited", "open", "concluded")
AHEAD = ("approved", "invited", "open")


@dataclass(frozen=True)
class Need:
    """One thing that waits: its kind (a key of NEEDS), its page behind /s/<school>/, its day and case; who
    has to do it, or is to be phoned because a mail did not arrive; and how many, where one line stands for
    several."""

    kind: str
    path: str
    on: date | None = None
    case_number: str | None = None
    who: str | None = None
    phone: str | None = None
    number: int | None = None


@dataclass(frozen=True)
class Meeting:
    """A conference with the reader's own part in it; `case_number` for those who may know of the case."""

    id: int
    state: str
    starts_at: datetime | None
    ends_at: datetime | None
    place: str | None
    requested_at: datetime | None
    concluded_at: datetime | None
    case_number: str | None
    asked: int
    coming: int
    is_team: bool
    is_approver: bool
    is_requester: bool
    takes_part: bool
    answer: str | None
    has_signed: bool
    was_present: bool
    opinion: str | None
    counsellor_signed: bool
    refused: int
    disowned: int
    missed: int

    @property
    def path(self) -> str:
        return f"conferences/{self.id}/"


def load(actor: Actor) -> list[Meeting]:
    """Conferences that are not over, in which the actor has a part; a principal's are the whole school's."""
    own = aliased(Participant)
    everyone = [
        Participant.school_id == Conference.school_id,
        Participant.conference_id == Conference.id,
        Participant.removed_at.is_(None),
    ]
    asked = select(func.count()).where(*everyone).correlate(Conference).scalar_subquery()
    coming = (
        select(func.count())
        .where(*everyone, Participant.answer == "yes")
        .correlate(Conference)
        .scalar_subquery()
    )
    undecided = absences.is_undecided(actor)

    def missing(*why):
        found = select(func.count()).where(*everyone, undecided, *why)
        return found.correlate(Conference).scalar_subquery()

    refused = missing(Participant.pledge_refused_at.is_not(None))
    disowned = missing(Participant.pledge_refused_at.is_(None), Participant.disowned_at.is_not(None))
    missed = missing(Participant.pledge_refused_at.is_(None), Participant.disowned_at.is_(None))
    on_team = (
        select(CaseMember.id)
        .where(
            CaseMember.school_id == Conference.school_id,
            CaseMember.case_id == Conference.case_id,
            CaseMember.user_id == actor.person_id,
            CaseMember.removed_at.is_(None),
        )
        .correlate(Conference)
        .exists()
    )
    counsellor_signed = (
        select(SignOff.id)
        .where(
            SignOff.school_id == Conference.school_id,
            SignOff.conference_id == Conference.id,
            SignOff.part == "counsellor",
        )
        .correlate(Conference)
        .exists()
    )
    has_part = [
        on_team,
        Conference.approver_id == actor.person_id,
        and_(own.id.is_not(None), Conference.approved_at.is_not(None)),
    ]
    if actor.has_role("principal"):
        has_part.append(Conference.state != "returned")
    rows = tenancy.session.execute(
        select(
            Conference, Case.number, own, asked, coming, on_team, counsellor_signed, refused, disowned, missed
        )
        .outerjoin(Case, and_(Case.school_id == Conference.school_id, Case.id == Conference.case_id))
        .outerjoin(
            own,
            and_(
                own.school_id == Conference.school_id,
                own.conference_id == Conference.id,
                own.user_id == actor.person_id,
                own.removed_at.is_(None),
            ),
        )
        .where(Conference.school_id == actor.school_id, Conference.state.in_(ALIVE), or_(*has_part))
        .order_by(Conference.starts_at, Conference.id)
    )
    return [_meeting(actor, *row) for row in rows]


def _meeting(
    actor: Actor,
    row: Conference,
    number: str | None,
    own: Participant | None,
    asked: int,
    coming: int,
    on_team: bool,
    counsellor_signed: bool,
    refused: int,
    disowned: int,
    missed: int,
) -> Meeting:
    is_approver = row.approver_id == actor.person_id or (
        row.approver_id is None and actor.has_role("principal")
    )
    return Meeting(
        id=row.id,
        state=row.state,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=row.place,
        requested_at=row.requested_at,
        concluded_at=row.concluded_at,
        case_number=number,
        asked=asked,
        coming=coming,
        is_team=on_team,
        is_approver=is_approver,
        is_requester=row.requester_id == actor.person_id,
        takes_part=own is not None,
        answer=None if own is None else own.answer,
        has_signed=own is not None and own.signed_at is not None,
        was_present=own is not None and own.attendance == "present",
        opinion=None if own is None else own.opinion,
        counsellor_signed=counsellor_signed,
        refused=refused,
        disowned=disowned,
        missed=missed,
    )


def needs_of(actor: Actor, meetings: Iterable[Meeting]) -> list[Need]:
    """What these conferences ask of the actor now."""
    return [
        Need(kind, meeting.path, on, meeting.case_number)
        for meeting in meetings
        for kind, on in _asked(actor, meeting)
    ]


def _asked(actor: Actor, meeting: Meeting) -> list[tuple[str, date | None]]:
    meets_on = _day(actor, meeting.starts_at)
    is_ahead = meeting.starts_at is not None and meeting.starts_at > actor.at
    if meeting.state == "requested":
        return [("approve", _day(actor, meeting.requested_at))] if meeting.is_approver else []
    if meeting.state == "returned":
        return [("returned", None)] if meeting.is_requester else []
    if meeting.state == "concluded":
        return _asked_after(actor, meeting)
    found: list[tuple[str, date | None]] = []
    is_invited = meeting.state in ("approved", "invited")
    if meeting.is_team and is_invited and meets_on is not None and meets_on < actor.today:
        found.append(("meeting_overdue", meets_on))
    if meeting.is_team and is_invited and is_ahead:
        missing = {
            "pledge_refused": meeting.refused,
            "disowned": meeting.disowned,
            "key_missing": meeting.missed,
        }
        found += [(kind, meets_on) for kind, count in missing.items() if count]
    if meeting.takes_part and meeting.answer == "pending" and is_invited and is_ahead:
        found.append(("answer", meets_on))
    is_coming = meeting.takes_part and (meeting.answer == "yes" or meeting.was_present)
    if is_coming and not meeting.has_signed and (is_ahead or meeting.state == "open"):
        found.append(("pledge", meets_on))
    return found


def _asked_after(actor: Actor, meeting: Meeting) -> list[tuple[str, date | None]]:
    held_on = _day(actor, meeting.concluded_at)
    found: list[tuple[str, date | None]] = []
    if meeting.is_approver and meeting.counsellor_signed:
        found.append(("sign_off", held_on))
    if meeting.is_team and not meeting.counsellor_signed and held_on is not None and held_on < actor.today:
        found.append(("minutes_overdue", held_on))
    if meeting.was_present and meeting.has_signed and meeting.opinion is None:
        found.append(("opinion", held_on))
    return found


def addenda_waiting(actor: Actor) -> list[Need]:
    """Addenda to minutes that wait for the actor's signature beside the author's."""
    rows = tenancy.session.execute(
        select(MinutesAddendum.conference_id, MinutesAddendum.written_at, ConferenceRequest.case_number)
        .join(
            Conference,
            and_(
                Conference.school_id == MinutesAddendum.school_id,
                Conference.id == MinutesAddendum.conference_id,
            ),
        )
        .join(
            ConferenceRequest,
            and_(ConferenceRequest.school_id == Conference.school_id, ConferenceRequest.id == Conference.id),
        )
        .where(
            MinutesAddendum.school_id == actor.school_id,
            MinutesAddendum.countersigned_at.is_(None),
            MinutesAddendum.written_by != actor.person_id,
            Conference.approver_id == actor.person_id,
        )
    )
    return [
        Need("sign_addendum", f"conferences/{conference_id}/report#addenda", _day(actor, at), number)
        for conference_id, at, number in rows
    ]


def this_week(actor: Actor, meetings: Iterable[Meeting]) -> tuple[Meeting, ...]:
    """Meetings from today to Sunday, in order."""
    last = end_of_week(actor.today)
    return tuple(
        meeting
        for meeting in meetings
        if meeting.state in AHEAD
        and (on := _day(actor, meeting.starts_at)) is not None
        and actor.today <= on <= last
    )


def _day(actor: Actor, at: datetime | None) -> date | None:
    return None if at is None else local_date(at, actor.time_zone)


def own_tasks(actor: Actor) -> Select[Any]:
    """One's own open tasks by their day; those that are late or due are told apart when they are read."""
    kind = case((Commitment.state == "proposed", "own_task_proposed"), else_="own_task")
    return (
        select(kind, Participant.conference_id, Commitment.due_on, cast(null(), Text))
        .join(
            Participant,
            and_(Participant.school_id == Commitment.school_id, Participant.id == Commitment.participant_id),
        )
        .where(
            Commitment.school_id == actor.school_id,
            Participant.user_id == actor.person_id,
            Participant.removed_at.is_(None),
            Commitment.state.in_(OPEN_STATES),
        )
    )


def task_kind(kind: str, due_on: date, today: date) -> str | None:
    """The need that an own task is on a day; None for one that was taken on and is not due yet."""
    due = due_class(due_on, today)
    if due in ("overdue", "today"):
        return f"own_task_{due}"
    return "own_task_proposed" if kind == "own_task_proposed" else None
