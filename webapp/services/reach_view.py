"""Who of a conference can be reached in which way, and what was sent to them on paper; for its case team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import conferences as rules
from webapp.domain import dates, words
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission
from webapp.domain.vocabulary import Term
from webapp.models.background import OutboxMail
from webapp.models.conferences import Conference, ConferenceRequest, Participant
from webapp.services import access, letters, participants, reminders
from webapp.services.letters import LetterView
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Person:
    """One participant, and by which ways they can be asked now."""

    id: int
    name: str
    position: str | None
    kind: Term
    answer: Term
    has_mail: bool
    bounced: bool
    phone: str | None
    do_not_contact: bool
    disowned: bool
    reminded_today: bool
    letters: tuple[LetterView, ...]

    @property
    def is_guest(self) -> bool:
        return self.kind.key != "staff"


@dataclass(frozen=True)
class ReachPage:
    """`closed` says why nobody can be asked any more, None while they can; the requester is left out."""

    id: int
    case_id: int
    case_number: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    people: tuple[Person, ...]
    closed: DomainError | None

    @property
    def letters(self) -> tuple[LetterView, ...]:
        return tuple(letter for person in self.people for letter in person.letters)


def view(actor: Actor, conference_id: int) -> ReachPage:
    """The page of one conference; NotFound for others than its case team."""
    conference = access.get_conference(actor, conference_id, need=Permission.CONFERENCE_MANAGE)
    barred = participants.barred(actor, conference.id)
    reminded = _reminded_today(actor, conference)
    issued = letters.of(actor, conference)
    number = tenancy.session.scalar(
        select(ConferenceRequest.case_number).where(
            ConferenceRequest.school_id == actor.school_id, ConferenceRequest.id == conference.id
        )
    )
    return ReachPage(
        id=conference.id,
        case_id=conference.case_id,
        case_number=number,
        starts_at=conference.starts_at,
        ends_at=conference.ends_at,
        people=tuple(
            _person(row, barred.covers(row), row.id in reminded, issued)
            for row in participants.of(actor, conference.id)
            if row.user_id != conference.requester_id
        ),
        closed=_closed(conference, actor.at),
    )


def _person(row: Participant, is_barred: bool, reminded: bool, issued: list[LetterView]) -> Person:
    return Person(
        id=row.id,
        name=row.name or "",
        position=row.position,
        kind=words.PARTICIPANT_KINDS[row.kind],
        answer=words.ANSWERS[row.answer],
        has_mail=bool(row.email),
        bounced=row.mail_bounced_at is not None,
        phone=row.phone,
        do_not_contact=is_barred,
        disowned=row.disowned_at is not None,
        reminded_today=reminded,
        letters=tuple(letter for letter in issued if letter.participant_id == row.id),
    )


def _reminded_today(actor: Actor, conference: Conference) -> set[int]:
    rows = tenancy.session.execute(
        select(OutboxMail.participant_id, OutboxMail.created_at).where(
            OutboxMail.school_id == actor.school_id,
            OutboxMail.conference_id == conference.id,
            OutboxMail.kind == reminders.KIND,
        )
    )
    return {
        participant_id
        for participant_id, at in rows
        if participant_id is not None and dates.local_date(at, actor.time_zone) == actor.today
    }


def _closed(conference: Conference, now: datetime) -> DomainError | None:
    try:
        rules.check_can_invite(conference.state, conference.starts_at or now, now)
    except DomainError as refusal:
        return refusal
    return None
