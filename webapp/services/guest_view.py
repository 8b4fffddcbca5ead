"""What a guest's page shows before any content: the invitation, their own answer and signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.domain import absences, words
from webapp.domain.vocabulary import Term
from webapp.mail.messages import InvitationFacts
from webapp.models.conferences import Conference, Participant
from webapp.models.schools import School
from webapp.services import access, guests, invitations, letterheads, pledges
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Invitation:
    """One guest's invitation. Nothing here names the student; `role_expected` waits for the code."""

    participant_id: int
    name: str
    school_name: str
    school_lines: tuple[str, ...]
    school_phone: str | None
    state: str
    starts_at: datetime
    ends_at: datetime
    place: str
    invited_by: str
    why: Term
    role_expected: str | None
    answer: Term
    message: str | None
    proposed_time: str | None
    signed_at: datetime | None
    signed_name: str | None
    address_hint: str | None
    is_verified: bool
    may_answer: bool
    may_sign: bool
    is_over: bool
    has_refused: bool
    may_refuse: bool

    @property
    def is_cancelled(self) -> bool:
        return self.state == "cancelled"

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def needs_code(self) -> bool:
        """Signed, and not yet proven in this browser."""
        return self.signed_at is not None and not self.is_verified and not self.is_cancelled


@dataclass(frozen=True)
class Visit:
    """A guest's own row, their conference and its school: read once for all that the page shows."""

    actor: Actor
    own: Participant
    conference: Conference
    school: School

    def invitation(self) -> Invitation:
        """The guest's own invitation."""
        own, conference, actor = self.own, self.conference, self.actor
        starts_at, ends_at = invitations.meeting_times(conference)
        opened = actor.verified and own.signed_at is not None
        return Invitation(
            participant_id=own.id,
            name=own.name or "",
            school_name=self.school.name,
            school_lines=tuple(filter(None, (self.school.address, self.school.city))),
            school_phone=self.school.phone,
            state=conference.state,
            starts_at=starts_at,
            ends_at=ends_at,
            place=conference.place or "",
            invited_by=conference.invited_by or "",
            why=words.WHYS[own.why],
            role_expected=own.role_expected if opened else None,
            answer=words.ANSWERS[own.answer],
            message=own.answer_message if opened else None,
            proposed_time=own.proposed_time,
            signed_at=own.signed_at,
            signed_name=own.signed_name,
            address_hint=_hint(own.email),
            is_verified=actor.verified,
            may_answer=conference.state in ("approved", "invited") and actor.at < starts_at,
            may_sign=own.signed_at is None
            and conference.state
            in (pledges.SIGNABLE_STATES if own.pledge_refused_at is None else absences.DECIDABLE_STATES),
            has_refused=own.pledge_refused_at is not None,
            may_refuse=own.signed_at is None
            and own.pledge_refused_at is None
            and conference.state in ("approved", "invited", "open"),
            is_over=conference.state not in ("approved", "invited", "open", "cancelled")
            or actor.at >= ends_at,
        )

    def calendar_entry(self, *, link: str) -> InvitationFacts:
        """The meeting for the guest's own calendar; `link` is the page that they came by."""
        return invitations.calendar_invitation(
            self.actor,
            self.conference,
            self.own,
            self.school,
            link=link,
            stamped_at=self.conference.approved_at or self.actor.at,
        )


def visit(actor: Actor) -> Visit:
    """What the guest's page is about; NotFound for everyone but a guest."""
    own = guests.own_row(actor)
    return Visit(actor, own, access.get(actor, Conference, own.conference_id), letterheads.school(actor))


def letterhead(actor: Actor) -> School:
    """The school behind a link that no longer works: its name and telephone are no secret."""
    return letterheads.school(actor)


def _hint(email: str | None) -> str | None:
    """`w…@contoh.example`: enough to know which mailbox to open, too little to write to."""
    if not email:
        return None
    local, _, domain = email.partition("@")
    return f"{local[:1]}…@{domain}"
