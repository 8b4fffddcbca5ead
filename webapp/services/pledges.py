"""The commitment to confidentiality and readiness to help: signed by typing one's name, once."""

from __future__ import annotations

from webapp import tenancy
from webapp.domain import absences as rules
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.mail.clean import many_lines, one_line
from webapp.models.conferences import Conference, Participant
from webapp.services import absences, access, audit, conference_facts, dues, participants
from webapp.tenancy import Actor

LONGEST_MESSAGE = 1000
SIGNABLE_STATES = frozenset({"approved", "invited", "open", "concluded", "monitoring"})


def sign(actor: Actor, conference_id: int, *, typed_name: str) -> Participant:
    """Sign as oneself, as staff or as guest; signing again keeps the first signature.

    Raises NotFound for one who takes no part, Invalid without a name, Conflict before approval (for
    others than the team) and after the conference has ended.
    """
    conference_facts.lock(actor, conference_id)
    conference, own = access.get_own_participant(actor, conference_id)
    access.require_part(actor, Permission.CONFERENCE_SIGN, {"own"})
    if own.pledge_refused_at is not None:
        rules.check_can_sign_after_refusal(conference.state)
    if conference.state not in SIGNABLE_STATES and not access.case_parts(actor, conference.case_id):
        raise Conflict(N_("The conference is not in a state that allows this."))
    sign_row(actor, own, typed_name)
    conference_facts.sync_steps(actor, conference)
    return own


def refuse(actor: Actor, conference_id: int, *, message: str = "") -> Participant:
    """Decline the commitment as oneself: one takes no part, and whoever requests the conference is told.

    Minds may change until the meeting: signing takes it back. NotFound for one who takes no part, Conflict
    once one has signed and after the meeting.
    """
    conference_facts.lock(actor, conference_id)
    conference, own = access.get_own_participant(actor, conference_id)
    access.require_part(actor, Permission.CONFERENCE_SIGN, {"own"})
    channel = "link" if actor.kind == "guest" else "app"
    _refuse_row(actor, conference, own, channel, message)
    if own.user_id is None or own.user_id != conference.requester_id:
        dues.plan_notice(actor, "pledge_refused", f"user:{conference.requester_id}", own.id)
    return own


def refuse_on_behalf(actor: Actor, participant_id: int, *, channel: str) -> Participant:
    """Record that somebody declines by phone, on paper or in person; asked of the case team. Conflict for a
    guardian who may not be contacted."""
    conference, row = participants.get_for_team(actor, participant_id)
    participants.require_contact(actor, row)
    conference_facts.hold(actor, conference.id, need=Permission.CONFERENCE_MANAGE)
    participants.check_channel(channel)
    _refuse_row(actor, conference, row, channel, "")
    return row


def sign_row(actor: Actor, own: Participant, typed_name: str) -> Participant:
    """Put the actor's own typed name under the commitment."""
    name = one_line(typed_name, at_most=120)
    if sum(sign.isalpha() for sign in name) < 3:
        raise Invalid(N_("Sign by typing your full name."), field="signature")
    if own.signed_at is None:
        absences.withdraw_refusal(own)
        own.signed_name, own.signed_at = name, actor.at
        own.signed_channel = "link" if actor.kind == "guest" else "app"
        audit.record(
            actor, "commitment.signed", own, conference_id=own.conference_id, channel=own.signed_channel
        )
    return own


def _refuse_row(
    actor: Actor, conference: Conference, row: Participant, channel: str, message: str
) -> None:
    rules.check_can_refuse(conference.state, signed=row.signed_at is not None)
    text = many_lines(message).strip()
    if len(text) > LONGEST_MESSAGE:
        raise Invalid(
            N_("The message is too long: at most %(most)s characters."), field="message", most=LONGEST_MESSAGE
        )
    absences.forget_decision(row)
    row.pledge_refused_at, row.pledge_refused_channel, row.refusal_message = actor.at, channel, text or None
    if row.attendance == "present":
        row.attendance = "absent"
    tenancy.session.flush()
    dues.plan_invitation(actor, conference, row)
    audit.record(actor, "commitment.refused", row, conference_id=conference.id, channel=channel)
