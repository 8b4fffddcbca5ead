"""The commitment to confidentiality and readiness to help: signed by typing one's name, once."""

from __future__ import annotations

from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.mail.clean import one_line
from webapp.models.conferences import Participant
from webapp.services import access, audit, conference_facts
from webapp.tenancy import Actor

SIGNABLE_STATES = frozenset({"approved", "invited", "open", "concluded", "monitoring"})


def sign(actor: Actor, conference_id: int, *, typed_name: str) -> Participant:
    """Sign as oneself, as staff or as guest; signing again keeps the first signature.

    Raises NotFound for one who takes no part, Invalid without a name, Conflict before approval (for
    others than the team) and after the conference has ended.
    """
    conference_facts.lock(actor, conference_id)
    conference, own = access.get_own_participant(actor, conference_id)
    access.require_part(actor, Permission.CONFERENCE_SIGN, {"own"})
    if conference.state not in SIGNABLE_STATES and not access.case_parts(actor, conference.case_id):
        raise Conflict(N_("The conference is not in a state that allows this."))
    sign_row(actor, own, typed_name)
    conference_facts.sync_steps(actor, conference)
    return own


def sign_row(actor: Actor, own: Participant, typed_name: str) -> Participant:
    """Put the actor's own typed name under the commitment."""
    name = one_line(typed_name, at_most=120)
    if sum(sign.isalpha() for sign in name) < 3:
        raise Invalid(N_("Sign by typing your full name."), field="signature")
    if own.signed_at is None:
        own.signed_name, own.signed_at = name, actor.at
        own.signed_channel = "link" if actor.kind == "guest" else "app"
        audit.record(
            actor, "commitment.signed", own, conference_id=own.conference_id, channel=own.signed_channel
        )
    return own
