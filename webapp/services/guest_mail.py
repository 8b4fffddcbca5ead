"""Mails that a guest asks for from their own page: a one-time code, a new link."""

from __future__ import annotations

from webapp.domain.errors import N_, Conflict
from webapp.mail.messages import OneTimeCodeFacts
from webapp.models.conferences import Conference, Participant
from webapp.services import access, audit, guests
from webapp.services.invitations import Post
from webapp.tenancy import Actor


def send_code(actor: Actor) -> None:
    """Mail a one-time code to the guest's own address; Conflict when there is none that takes mails,
    or too many were sent."""
    own = guests.own_row(actor)
    if not own.email:
        raise Conflict(N_("The school has no e-mail address of yours: phone the school to be given a code."))
    if own.mail_bounced_at is not None:
        raise Conflict(N_("Mails to your address do not arrive: phone the school to be given a code."))
    conference = access.get(actor, Conference, own.conference_id)
    post = Post(actor, conference)
    code = guests.new_code(actor, own)

    def facts(participant: Participant) -> OneTimeCodeFacts:
        return OneTimeCodeFacts(
            letterhead=post.letterhead,
            to_name=participant.name or "",
            code=code,
            valid_until=actor.at + guests.CODE_LIFE,
        )

    key = f"one_time_code:{own.id}:{actor.at.isoformat()}"
    post.tell(own, "one_time_code", facts, dedupe_key=key, expires_at=actor.at + guests.CODE_LIFE)
    audit.record(actor, "guest_code.mailed", own, conference_id=conference.id)


def send_fresh_link(actor: Actor) -> None:
    """Mail a new link to the address the expired one had gone to; silently nothing where that may not be.

    The page answers alike in every case: whoever holds an old link learns nothing from it.
    """
    own = guests.own_row(actor)
    conference = access.get(actor, Conference, own.conference_id)
    post = Post(actor, conference)
    if not post.reaches(own) or guests.links_of_last_hour(actor, own.id) >= guests.LINKS_PER_HOUR:
        return
    key = f"fresh_link:{own.id}:{actor.at.isoformat()}"
    post.tell(own, "fresh_link", post.fresh_link_facts, dedupe_key=key)
    audit.record(actor, "guest_link.asked", own, conference_id=conference.id)
