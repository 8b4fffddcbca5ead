"""A neutral text that a member of the team sends from their own WhatsApp; Pamong sends nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from flask_babel import force_locale
from flask_babel import gettext as _

from webapp.domain import contacts, dates
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.services import audit, reach
from webapp.services.invitations import Post, meeting_times
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Message:
    """The text with the guest's own link, and the address that opens it in WhatsApp."""

    participant_id: int
    text: str
    url: str


def compose(actor: Actor, conference_id: int, participant_id: int) -> Message:
    """A text for one guest, in their language, shown once; that it was made is recorded, never its words.

    Asked of the case team. Conflict as `reach.chosen`, for staff and after "this is not for me"; Invalid
    (field "phone") without a telephone number that can exist.
    """
    conference, (participant,) = reach.chosen(actor, conference_id, [participant_id])
    if participant.kind == "staff" or participant.disowned_at is not None:
        raise Conflict(N_("Only invited guests get a link."))
    phone = contacts.phone_number(participant.phone)
    if phone is None:
        raise Invalid(N_("There is no phone number: correct the contact first."), field="phone")
    post = Post(actor, conference)
    starts_at, ends_at = meeting_times(conference)
    with force_locale(participant.locale):
        text = _(
            "Dear %(name)s, %(school)s invites you to a meeting.\n\n"
            "When: %(when)s\nWhere: %(place)s\n\n"
            "Details and your answer: %(link)s\n\n"
            "This link is for you alone; please do not forward it.",
            name=participant.name or "",
            school=post.letterhead.name,
            when=dates.format_meeting(starts_at, ends_at, actor.time_zone, participant.locale),
            place=conference.place or "",
            link=post.link(participant),
        )
    audit.record(actor, "whatsapp.composed", participant, conference_id=conference.id)
    return Message(participant.id, text, address(phone, text))


def address(phone: str, text: str) -> str:
    """What opens a text to a number in WhatsApp."""
    return f"https://wa.me/{phone.removeprefix('+')}?text={quote(text, safe='')}"
