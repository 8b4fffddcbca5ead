"""What wants attention in the open cases of whose team one is: for digests, Today and the monitoring page.

Everything is asked as the person who will read it, so the policies decide what can be found at all; the
queries name the team besides, because some of it (mails, conferences) is open to more readers than the team.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, and_, case, cast, func, or_, select

from webapp import tenancy
from webapp.domain.commitments import OPEN_GOAL_STATES, OPEN_STATES, due_class
from webapp.models.cases import Case
from webapp.models.commitments import BehaviourGoal, CheckIn, Commitment, CommitmentReport
from webapp.models.conferences import Conference, Participant
from webapp.services.attention_queries import CASE, bounced_mails, of_case, open_cases, same
from webapp.tenancy import Actor


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
    who: str | None = None  # who promised it outside a conference; never for a mail

    @property
    def path(self) -> str:
        """The page that settles it, behind /s/<school>/."""
        if self.what in ("commitment", "goal"):
            return f"monitoring/?case={self.case_id}#{self.what}-{self.subject_id}"
        anchor = "" if self.participant_id is None else f"#person-{self.participant_id}"
        return f"conferences/{self.conference_id}/{anchor}"


WHO = Commitment.who_enc  # type: ignore[attr-defined]


def _who(commitment_id: int, sealed: bytes | None) -> str | None:
    """Who promised it, opened as the attribute of the row to which it is bound."""
    return None if sealed is None else Commitment(id=commitment_id, who_enc=sealed).who


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
        select(Commitment.id, Commitment.due_on, Commitment.participant_id, WHO, *CASE)
        .join(Case, of_case(Commitment))
        .where(*mine(actor), Commitment.state.in_(OPEN_STATES))
    )
    return [
        Matter(
            due_class(due_on, actor.today), "commitment", row_id, case_id, number, due_on,
            participant_id=participant_id, who=_who(row_id, who),
        )
        for row_id, due_on, participant_id, who, case_id, number in rows
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
            WHO,
            *CASE,
        )
        .join(Case, of_case(CheckIn))
        .outerjoin(Commitment, same(Commitment, CheckIn.school_id, CheckIn.commitment_id))
        .outerjoin(BehaviourGoal, same(BehaviourGoal, CheckIn.school_id, CheckIn.goal_id))
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
            who=_who(subject_id, who),
        )
        for check_in_id, due_on, subject_id, goal_id, participant_id, who, case_id, number in rows
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
            *CASE,
        )
        .join(Case, of_case(Conference))
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
            *CASE,
        )
        .join(Conference, same(Conference, Participant.school_id, Participant.conference_id))
        .join(Case, of_case(Conference))
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
    asked = {
        "school_id": actor.school_id,
        "person_id": actor.person_id,
        "time_zone": actor.time_zone,
        "now": actor.at,
    }
    # Refused addresses come first: one line per person.
    found: dict[int, Matter] = {}
    rows = tenancy.session.execute(bounced_mails(), asked)
    for mail_id, on, conference_id, participant_id, case_id, number in rows:
        found.setdefault(
            participant_id,
            Matter(
                "bounced", "mail", mail_id, case_id, number, on,
                conference_id=conference_id, participant_id=participant_id,
            ),
        )  # fmt: skip
    return list(found.values())


def reported(actor: Actor, *, since: datetime) -> list[Matter]:
    """What others have reported of promises after `since`, up to the actor's moment; on the day they did."""
    rows = tenancy.session.execute(
        select(
            CommitmentReport.commitment_id,
            cast(func.timezone(actor.time_zone, CommitmentReport.at), Date),
            *CASE,
        )
        .join(Case, of_case(CommitmentReport))
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


def mine(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Conditions on Case: open cases of the actor's school on whose team the actor is."""
    return open_cases(actor.school_id, actor.person_id)


def in_section(matters: Iterable[Matter], section: str) -> list[Matter]:
    """Those of one section, in their order."""
    return [matter for matter in matters if matter.section == section]
