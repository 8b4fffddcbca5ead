"""What people of the school are told of a meeting or a promise by a neutral mail: a participant's news at
once, a promise that stays overdue in steps."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.errors import N_
from webapp.mail.messages import CaseNewsFacts, OverdueFacts
from webapp.models.background import Due
from webapp.models.cases import Case
from webapp.models.commitments import Commitment
from webapp.models.conferences import Conference, Participant
from webapp.services import dues_facts, letterheads, links, outbox, participants, people
from webapp.tenancy import Actor

KINDS = ("pledge_refused", "invitation_disowned")
_REASONS = {
    "pledge_refused": N_("A participant declined the commitment."),
    "invitation_disowned": N_("A participant says that the invitation is not for them."),
}


def key_of(row: Due) -> str:
    """The outbox's key of a due row: once per kind, recipient, subject and period."""
    return f"{row.kind}:{row.recipient}:{row.subject_id}:{row.period}"


def user_of(recipient: str) -> int:
    """The id in `user:<id>`."""
    return int(recipient.partition(":")[2])


def send(actor: Actor, row: Due) -> str:
    """Queue the mail, if the news still holds; a word of what became of the row."""
    participant = _still_so(actor, row)
    if participant is None:
        return "ended"
    (member,) = _members(actor, participant.conference_id, [user_of(row.recipient)]) or (None,)
    if member is None:
        return "unreachable"
    facts = CaseNewsFacts(
        letterhead=letterheads.mail_letterhead(actor),
        to_name=member.name,
        case_number=_case_of(actor, participant.conference_id).number,
        link=links.school_url(actor, f"conferences/{participant.conference_id}/"),
    )
    conference_id = participant.conference_id
    outbox.queue_to_staff(
        actor, row.kind, facts, member, dedupe_key=key_of(row), conference_id=conference_id
    )
    return "queued"


def reason(actor: Actor, row: Due) -> str | None:
    """Why the news is due, or None when it holds no more."""
    return None if _still_so(actor, row) is None else _REASONS[row.kind]


def escalate(actor: Actor, row: Due, conference: Conference | None, promise: Commitment) -> bool:
    """Tell whoever is counsellor of the case, or principal, that a promise stays overdue; False where nobody
    can be told. conference: the one in which it was made, if it was one."""
    case = tenancy.session.scalars(
        select(Case).where(Case.school_id == actor.school_id, Case.id == promise.case_id)
    ).one()
    if row.recipient != "principal":
        user_ids, path = [case.owner_id], f"monitoring/?case={case.id}#commitment-{promise.id}"
    elif conference is not None:
        user_ids, path = dues_facts.approver_ids(actor, conference), "monitoring/"
    else:
        user_ids, path = [member.user_id for member in people.staff(actor, "principal")], "monitoring/"
    members = _staff_besides(actor, participants.barred_from_case(actor, case.id), user_ids)
    for member in members:
        facts = OverdueFacts(
            letterhead=letterheads.mail_letterhead(actor),
            to_name=member.name,
            case_number=case.number,
            due_on=promise.due_on,
            link=links.school_url(actor, path),
        )
        outbox.queue_to_staff(
            actor,
            row.kind,
            facts,
            member,
            dedupe_key=f"{key_of(row)}:{member.user_id}",
            conference_id=None if conference is None else conference.id,
        )
    return bool(members)


def _members(actor: Actor, conference_id: int, user_ids: Collection[int]) -> list[people.StaffMember]:
    """Those of them who work here and are not shut out of the case."""
    return _staff_besides(actor, participants.barred(actor, conference_id).user_ids, user_ids)


def _staff_besides(
    actor: Actor, shut_out: Collection[int], user_ids: Collection[int]
) -> list[people.StaffMember]:
    return [
        member
        for member in people.staff(actor)
        if member.user_id in user_ids and member.user_id not in shut_out
    ]


def _case_of(actor: Actor, conference_id: int) -> Case:
    return tenancy.session.scalars(
        select(Case)
        .join(Conference, (Conference.school_id == Case.school_id) & (Conference.case_id == Case.id))
        .where(Conference.school_id == actor.school_id, Conference.id == conference_id)
    ).one()


def _still_so(actor: Actor, row: Due) -> Participant | None:
    found = tenancy.session.execute(
        select(Participant, Conference.state)
        .join(
            Conference,
            (Conference.school_id == Participant.school_id) & (Conference.id == Participant.conference_id),
        )
        .where(Participant.school_id == actor.school_id, Participant.id == row.subject_id)
    ).first()
    if found is None or found.Participant.removed_at is not None or found.state == "cancelled":
        return None
    since = (
        found.Participant.pledge_refused_at
        if row.kind == "pledge_refused"
        else found.Participant.disowned_at
    )
    return None if since is None or since.isoformat() != row.period else found.Participant
