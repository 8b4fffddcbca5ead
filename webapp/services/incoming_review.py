"""Mails that came in and at which a person must look: what they say, and what is done about them.

The case team sees those about its conferences, the school admin those about no conference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from webapp import tenancy
from webapp.domain import words
from webapp.domain.errors import N_, Conflict
from webapp.domain.permissions import Permission
from webapp.domain.vocabulary import Term
from webapp.models.background import OutboxMail
from webapp.models.cases import Case
from webapp.models.conferences import Conference, Participant
from webapp.models.incoming import IncomingMail
from webapp.services import access, answers, audit, status
from webapp.services.incoming import FLOOD
from webapp.tenancy import Actor

PAGE_SIZE = 40
FLOODS_OF = timedelta(days=7)
"""How long it is said that there were more mails than are listed."""


@dataclass(frozen=True)
class IncomingLine:
    """One mail to be looked at. `name` is of the participant, or of whoever our own mail went to; `said` is
    what the calendar answered. It can be recorded as an answer until the meeting starts."""

    id: int
    reason: Term
    received_at: datetime
    sender: str | None
    text: str | None
    said: Term | None
    name: str
    about: Term | None
    case_number: str | None
    conference_id: int | None
    participant_id: int | None
    can_record: bool


@dataclass(frozen=True)
class Flood:
    """How many more mails came from one sender than are listed; empty `name` where it is nobody invited."""

    name: str
    more: int


@dataclass(frozen=True)
class ReviewPage:
    """One page, newest first; `older_than` continues it."""

    lines: tuple[IncomingLine, ...]
    floods: tuple[Flood, ...]
    older_than: int | None
    last_read_at: datetime | None


def count(actor: Actor) -> int:
    """How many mails wait for the actor to look at them."""
    access.require(actor, Permission.OUTBOX_READ)
    waiting = select(func.count()).select_from(IncomingMail).where(*waiting_for(actor))
    return tenancy.session.scalar(waiting) or 0


def page(actor: Actor, *, older_than: int | None = None) -> ReviewPage:
    """What waits for the actor; 40 to a page."""
    access.require(actor, Permission.OUTBOX_READ)
    statement = (
        select(IncomingMail, Participant, Conference, Case.number, OutboxMail)
        .outerjoin(Participant, _same(Participant, IncomingMail.participant_id))
        .outerjoin(Conference, _same(Conference, IncomingMail.conference_id))
        .outerjoin(Case, and_(Case.school_id == Conference.school_id, Case.id == Conference.case_id))
        .outerjoin(OutboxMail, _same(OutboxMail, IncomingMail.mail_id))
        .where(*waiting_for(actor))
        .order_by(IncomingMail.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if older_than is not None:
        statement = statement.where(IncomingMail.id < older_than)
    rows = tenancy.session.execute(statement).all()
    shown = rows[:PAGE_SIZE]
    return ReviewPage(
        lines=tuple(_line(actor, *row) for row in shown),
        floods=_floods(actor),
        older_than=shown[-1][0].id if len(rows) > PAGE_SIZE else None,
        last_read_at=status.last_sweep("mailbox"),
    )


def _floods(actor: Actor) -> tuple[Flood, ...]:
    counted = (
        select(IncomingMail.participant_id, func.count().label("more"))
        .where(
            IncomingMail.school_id == actor.school_id,
            IncomingMail.reason == FLOOD,
            IncomingMail.received_at > actor.at - FLOODS_OF,
        )
        .group_by(IncomingMail.participant_id)
        .subquery()
    )
    rows = tenancy.session.execute(
        select(counted.c.more, Participant)
        .outerjoin(
            Participant,
            and_(Participant.school_id == actor.school_id, Participant.id == counted.c.participant_id),
        )
        .order_by(counted.c.more.desc())
    )
    return tuple(Flood("" if person is None else person.name or "", more) for more, person in rows)


def record(
    actor: Actor, incoming_id: int, *, answer: str, message: str = "", proposed_time: str = ""
) -> IncomingMail:
    """Record what the mail says as its participant's answer; asked of the case team.

    Raises Conflict when somebody has settled the mail, or the meeting has started.
    """
    row = _for_update(actor, incoming_id)
    if row.participant_id is None:
        raise Conflict(N_("This mail is not about an invitation."))
    answers.record_on_behalf(
        actor, row.participant_id, answer=answer, channel="mail", message=message, proposed_time=proposed_time
    )
    return _settle(actor, row, "recorded")


def dismiss(actor: Actor, incoming_id: int) -> IncomingMail:
    """Nothing is to be done about the mail."""
    return _settle(actor, _for_update(actor, incoming_id), "dismissed")


def _for_update(actor: Actor, incoming_id: int) -> IncomingMail:
    access.require(actor, Permission.OUTBOX_READ)
    row = access.get(actor, IncomingMail, incoming_id)
    if row.conference_id is not None:
        access.get_conference(actor, row.conference_id, need=Permission.CONFERENCE_MANAGE)
    tenancy.session.refresh(row, with_for_update=True)
    if row.state != "review":
        raise Conflict(N_("Somebody has dealt with this mail already."))
    return row


def _settle(actor: Actor, row: IncomingMail, state: str) -> IncomingMail:
    row.state, row.settled_by, row.settled_at = state, actor.person_id, actor.at
    row.sender = row.text = None
    audit.record(actor, f"incoming_mail.{state}", row, conference_id=row.conference_id, reason=row.reason)
    return row


def waiting_for(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Conditions on IncomingMail: what waits in the school; the policies say which of it is the actor's."""
    return IncomingMail.school_id == actor.school_id, IncomingMail.state == "review"


def _same(table, column):
    return and_(table.school_id == IncomingMail.school_id, table.id == column)


def _line(
    actor: Actor,
    row: IncomingMail,
    participant: Participant | None,
    conference: Conference | None,
    case_number: str | None,
    mail: OutboxMail | None,
) -> IncomingLine:
    is_ahead = (
        conference is not None
        and conference.state in ("approved", "invited")
        and conference.starts_at is not None
        and actor.at < conference.starts_at
    )
    known = participant or mail
    name = "" if known is None else (known.name if isinstance(known, Participant) else known.to_name)
    return IncomingLine(
        id=row.id,
        reason=words.INCOMING_REASONS[row.reason],
        received_at=row.received_at,
        sender=row.sender,
        text=row.text,
        said=words.ANSWERS[row.answer] if row.answer else None,
        name=name or "",
        about=words.MAIL_KINDS[mail.kind] if mail is not None else None,
        case_number=case_number,
        conference_id=row.conference_id if case_number else None,
        participant_id=row.participant_id,
        can_record=is_ahead and participant is not None and participant.removed_at is None,
    )
