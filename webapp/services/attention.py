"""What wants attention in the open cases of whose team one is: for digests, Today and the monitoring page.

Everything is asked as the person who will read it, so the policies decide what can be found at all; the
queries name the team besides, because some of it (mails, conferences) is open to more readers than the team.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, Select, and_, case, cast, func, or_, select, union_all
from sqlalchemy.orm import aliased

from webapp import tenancy
from webapp.domain.commitments import OPEN_GOAL_STATES, OPEN_STATES, due_class
from webapp.models.background import OutboxMail
from webapp.models.cases import Case, CaseMember
from webapp.models.commitments import BehaviourGoal, CheckIn, Commitment, CommitmentReport
from webapp.models.conferences import Conference, Participant
from webapp.tenancy import Actor

_BEFORE_MEETING = ("invitation", "invitation_update", "answer_reminder", "attendance_reminder")
_TALKED_ABOUT = ("approved", "invited", "open", "concluded", "monitoring")


@dataclass(frozen=True)
class Matter:
    """One thing: in which section (a key of DUE_CLASSES, or unanswered, bounced, reported), what it is (a
    key of DIGEST_SUBJECTS), the row's id, its case and its date; conference and participant where it has."""

    section: str
    what: str
    subject_id: int
    case_id: int
    case_number: str
    on: date
    conference_id: int | None = None
    participant_id: int | None = None
    check_in_id: int | None = None

    @property
    def path(self) -> str:
        """The page that settles it, behind /s/<school>/."""
        if self.what in ("commitment", "goal"):
            return f"monitoring/?case={self.case_id}#{self.what}-{self.subject_id}"
        anchor = "" if self.participant_id is None else f"#person-{self.participant_id}"
        return f"conferences/{self.conference_id}/{anchor}"


def all_matters(actor: Actor, *, reported_since: datetime) -> list[Matter]:
    """Everything, by section, date and case."""
    found = [
        *promises(actor),
        *check_ins(actor),
        *conferences(actor),
        *unanswered(actor),
        *bounced(actor),
        *reported(actor, since=reported_since),
    ]
    return sorted(found, key=lambda matter: (matter.on, matter.case_number, matter.subject_id))


def promises(actor: Actor) -> list[Matter]:
    """Promises that are not kept yet, by their day."""
    rows = tenancy.session.execute(
        select(Commitment.id, Commitment.due_on, Commitment.participant_id, *_CASE)
        .join(Case, _of_case(Commitment))
        .where(*mine(actor), Commitment.state.in_(OPEN_STATES))
    )
    return [
        Matter(
            due_class(due_on, actor.today), "commitment", row_id, case_id, number, due_on,
            participant_id=participant_id,
        )
        for row_id, due_on, participant_id, case_id, number in rows
    ]  # fmt: skip


def check_ins(actor: Actor) -> list[Matter]:
    """Days set for looking at a promise or a behaviour, while that is still open."""
    rows = tenancy.session.execute(
        select(
            CheckIn.id,
            CheckIn.due_on,
            func.coalesce(CheckIn.commitment_id, CheckIn.goal_id),
            CheckIn.goal_id,
            Commitment.participant_id,
            *_CASE,
        )
        .join(Case, _of_case(CheckIn))
        .outerjoin(Commitment, _same(Commitment, CheckIn.school_id, CheckIn.commitment_id))
        .outerjoin(BehaviourGoal, _same(BehaviourGoal, CheckIn.school_id, CheckIn.goal_id))
        .where(
            *mine(actor),
            CheckIn.done_at.is_(None),
            or_(Commitment.state.in_(OPEN_STATES), BehaviourGoal.state.in_(OPEN_GOAL_STATES)),
        )
    )
    return [
        Matter(
            due_class(due_on, actor.today),
            "commitment" if goal_id is None else "goal",
            subject_id,
            case_id,
            number,
            due_on,
            participant_id=participant_id,
            check_in_id=check_in_id,
        )
        for check_in_id, due_on, subject_id, goal_id, participant_id, case_id, number in rows
    ]


def conferences(actor: Actor) -> list[Matter]:
    """Conferences by their day, until they are held; minutes not signed off the day after."""
    local = cast(func.timezone(actor.time_zone, Conference.starts_at), Date)
    concluded = cast(func.timezone(actor.time_zone, Conference.concluded_at), Date)
    rows = tenancy.session.execute(
        select(
            Conference.id,
            case((Conference.state == "concluded", "minutes"), else_="conference"),
            case((Conference.state == "concluded", concluded), else_=local).label("day"),
            *_CASE,
        )
        .join(Case, _of_case(Conference))
        .where(
            *mine(actor),
            or_(
                and_(Conference.state.in_(("approved", "invited")), Conference.starts_at.is_not(None)),
                and_(Conference.state == "concluded", concluded < actor.today),
            ),
        )
    )
    return [
        Matter(due_class(on, actor.today), what, row_id, case_id, number, on, conference_id=row_id)
        for row_id, what, on, case_id, number in rows
    ]


def unanswered(actor: Actor) -> list[Matter]:
    """Invitations to meetings ahead that nobody has answered, on the day of the meeting."""
    rows = tenancy.session.execute(
        select(
            Participant.id,
            cast(func.timezone(actor.time_zone, Conference.starts_at), Date),
            Conference.id,
            *_CASE,
        )
        .join(Conference, _same(Conference, Participant.school_id, Participant.conference_id))
        .join(Case, _of_case(Conference))
        .where(
            *mine(actor),
            Conference.state == "invited",
            Conference.starts_at > actor.at,
            Participant.removed_at.is_(None),
            Participant.answer == "pending",
        )
    )
    return [
        Matter(
            "unanswered", "invitation", row_id, case_id, number, on,
            conference_id=conference_id, participant_id=row_id,
        )
        for row_id, on, conference_id, case_id, number in rows
    ]  # fmt: skip


def bounced(actor: Actor) -> list[Matter]:
    """Participants whom no mail reaches, and who therefore want a phone call.

    An address that refuses mails is settled by its correction; a mail that failed, by a later one that was
    sent, by an answer given since, or when the meeting is over.
    """
    refused = (
        select(
            Participant.id.label("mail_id"),
            cast(func.timezone(actor.time_zone, Participant.mail_bounced_at), Date).label("day"),
            Conference.id.label("conference_id"),
            Participant.id.label("participant_id"),
            *_CASE,
        )
        .join(Conference, _same(Conference, Participant.school_id, Participant.conference_id))
        .join(Case, _of_case(Conference))
        .where(
            *mine(actor),
            Participant.removed_at.is_(None),
            Participant.mail_bounced_at.is_not(None),
            or_(
                Conference.state.in_(_TALKED_ABOUT),
                and_(Conference.state == "cancelled", Conference.starts_at > actor.at),
            ),
        )
    )
    rows = tenancy.session.execute(union_all(refused, _failed_mails(actor)))
    # Refused addresses come first: one line per person.
    found: dict[int, Matter] = {}
    for mail_id, on, conference_id, participant_id, case_id, number in rows:
        found.setdefault(
            participant_id,
            Matter(
                "bounced", "mail", mail_id, case_id, number, on,
                conference_id=conference_id, participant_id=participant_id,
            ),
        )  # fmt: skip
    return list(found.values())


def _failed_mails(actor: Actor) -> Select:
    later = aliased(OutboxMail)
    reached_since = (
        select(later.id)
        .where(
            later.school_id == OutboxMail.school_id,
            later.conference_id == OutboxMail.conference_id,
            later.participant_id == OutboxMail.participant_id,
            later.id > OutboxMail.id,
            later.state == "sent",
        )
        .exists()
    )
    is_silent = or_(Participant.answered_at.is_(None), Participant.answered_at < OutboxMail.created_at)
    return (
        select(
            func.max(OutboxMail.id),
            cast(func.timezone(actor.time_zone, func.max(OutboxMail.created_at)), Date),
            Conference.id,
            Participant.id,
            *_CASE,
        )
        .join(Conference, _same(Conference, OutboxMail.school_id, OutboxMail.conference_id))
        .join(Participant, _same(Participant, OutboxMail.school_id, OutboxMail.participant_id))
        .join(Case, _of_case(Conference))
        .where(
            *mine(actor),
            OutboxMail.state == "failed",
            Participant.removed_at.is_(None),
            ~reached_since,
            or_(
                and_(
                    OutboxMail.kind.in_(_BEFORE_MEETING),
                    Conference.state == "invited",
                    Conference.starts_at > actor.at,
                    is_silent,
                ),
                and_(
                    OutboxMail.kind == "conference_cancelled",
                    Conference.state == "cancelled",
                    Conference.starts_at > actor.at,
                ),
                and_(
                    OutboxMail.kind.not_in((*_BEFORE_MEETING, "conference_cancelled")),
                    Conference.state.in_(_TALKED_ABOUT),
                ),
            ),
        )
        .group_by(Conference.id, Participant.id, *_CASE)
    )


def reported(actor: Actor, *, since: datetime) -> list[Matter]:
    """What others have reported of promises after `since`, up to the actor's moment; on the day they did."""
    rows = tenancy.session.execute(
        select(
            CommitmentReport.commitment_id,
            cast(func.timezone(actor.time_zone, CommitmentReport.at), Date),
            *_CASE,
        )
        .join(Case, _of_case(CommitmentReport))
        .where(
            *mine(actor),
            CommitmentReport.at > since,
            CommitmentReport.at <= actor.at,
            CommitmentReport.by_user_id.is_distinct_from(actor.person_id),
        )
    )
    return [
        Matter("reported", "commitment", commitment_id, case_id, number, on)
        for commitment_id, on, case_id, number in rows
    ]


# --- what every query says --------------------------------------------------------------------------

_CASE = (Case.id, Case.number)


def mine(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Conditions on Case: open cases of the actor's school on whose team the actor is."""
    team = select(CaseMember.case_id).where(
        CaseMember.school_id == actor.school_id,
        CaseMember.user_id == actor.person_id,
        CaseMember.removed_at.is_(None),
    )
    return Case.school_id == actor.school_id, Case.status != "closed", Case.id.in_(team)


def _of_case(table) -> ColumnElement[bool]:
    return and_(Case.school_id == table.school_id, Case.id == table.case_id)


def _same(table, school_id, row_id) -> ColumnElement[bool]:
    return and_(table.school_id == school_id, table.id == row_id)


def in_section(matters: Iterable[Matter], section: str) -> list[Matter]:
    """Those of one section, in their order."""
    return [matter for matter in matters if matter.section == section]
