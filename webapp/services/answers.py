"""Answers to an invitation: in the app, on the guest's page, from a calendar, or recorded for somebody who
phoned or wrote."""

from __future__ import annotations

from datetime import datetime

from webapp.domain import conferences as rules
from webapp.domain import words
from webapp.domain.errors import N_, Invalid
from webapp.domain.permissions import Permission
from webapp.mail.clean import many_lines, one_line
from webapp.models.conferences import Conference, Participant
from webapp.services import absences, access, audit, dues, participants
from webapp.tenancy import Actor

ON_BEHALF_CHANNELS = (*participants.ON_BEHALF_CHANNELS, "mail")
LONGEST_MESSAGE = 2000


def answer(
    actor: Actor, conference_id: int, *, answer: str, message: str | None = "", proposed_time: str = ""
) -> Participant:
    """Give or change one's own answer; possible until the meeting starts.

    answer: yes, no or other_time (which says when, in one's own words). message: None keeps the earlier
    one. Raises Conflict once the
    meeting has started or was cancelled, Invalid for another word or a missing time.
    """
    conference, own = access.get_own_participant(actor, conference_id)
    access.require_part(actor, Permission.CONFERENCE_ANSWER, {"own"})
    channel = "link" if actor.kind == "guest" else "app"
    return _record(actor, conference, own, answer, message, proposed_time, channel)


def answer_by_calendar(
    actor: Actor, conference_id: int, *, answer: str, message: str, stamped_at: datetime
) -> Participant:
    """One's own answer as the calendar sent it; whether it counts was judged before.

    stamped_at: when the calendar says that it was given; what is not newer never counts again.
    """
    conference, own = access.get_own_participant(actor, conference_id)
    access.require_part(actor, Permission.CONFERENCE_ANSWER, {"own"})
    own.answer_stamped_at = stamped_at
    return _record(actor, conference, own, answer, message or None, "", "calendar")


def record_on_behalf(
    actor: Actor,
    participant_id: int,
    *,
    answer: str,
    channel: str,
    message: str = "",
    proposed_time: str = "",
) -> Participant:
    """Record the answer of somebody who gave it by phone, on paper, in person or by e-mail; asked of the
    case team. Conflict for a guardian who may not be contacted."""
    conference, participant = participants.get_for_team(actor, participant_id)
    participants.require_contact(actor, participant)
    if channel not in ON_BEHALF_CHANNELS:
        raise Invalid(
            N_("Say how the answer was given: by phone, on paper, in person or by e-mail."), field="channel"
        )
    return _record(actor, conference, participant, answer, message, proposed_time, channel)


def _record(
    actor: Actor,
    conference: Conference,
    participant: Participant,
    given: str,
    message: str | None,
    proposed_time: str,
    channel: str,
) -> Participant:
    rules.check_can_answer(conference.state, conference.starts_at or actor.at, actor.at)
    if given == "pending" or given not in words.ANSWERS:
        raise Invalid(N_("Choose one of the answers."), field="answer")
    if given == "other_time" and not proposed_time.strip():
        raise Invalid(N_("Say which time would suit."), field="proposed_time")
    if message is not None and len(message) > LONGEST_MESSAGE:
        raise Invalid(
            N_("The message is too long: at most %(most)s characters."), field="message", most=LONGEST_MESSAGE
        )
    if participant.answer != given:
        absences.forget_decision(participant)
    participant.answer, participant.answered_at, participant.answer_channel = given, actor.at, channel
    participant.answer_recorded_by = actor.person_id if channel in ON_BEHALF_CHANNELS else None
    if message is not None:
        participant.answer_message = many_lines(message).strip() or None
    participant.proposed_time = one_line(proposed_time) or None if given == "other_time" else None
    audit.record(
        actor, "answer.given", participant, conference_id=conference.id, answer=given, channel=channel
    )
    dues.plan_invitation(actor, conference, participant)
    return participant
