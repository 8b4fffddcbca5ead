"""The conclusion: everyone present agrees or has a reservation, by name; signed off, completed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import conferences as states
from webapp.domain import minutes as rules
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission, allows
from webapp.domain.words import CONTENT_SECTIONS, OPINIONS
from webapp.mail.clean import many_lines
from webapp.models.conferences import Conference, Participant
from webapp.models.content import Reservation, SignOff
from webapp.services import (
    access,
    activities,
    approvals,
    audit,
    conference_facts,
    content,
    dues,
    letterheads,
    participants,
)
from webapp.tenancy import Actor

PARTS = ("counsellor", "principal")
LONGEST_TEXT = 5000


def give_opinion(actor: Actor, conference_id: int, *, opinion: str, reservation: str = "") -> Participant:
    """Agree with the conclusion or record a reservation, as oneself; changeable until the sign-off.

    Asked of those present who have signed; guests have entered a code as well.
    """
    if actor.kind == "guest" and not actor.verified:
        raise NotFound()
    held = conference_facts.hold(actor, conference_id, need=Permission.CONTENT_READ)
    own = access.own_participant(actor, conference_id)
    if own is None:
        raise NotFound()
    access.require_part(actor, Permission.CONCLUSION_ANSWER, {"own"})
    channel = "link" if actor.kind == "guest" else "app"
    return _record(actor, held.conference, own, opinion, reservation, channel)


def give_opinion_on_behalf(
    actor: Actor, participant_id: int, *, opinion: str, channel: str, reservation: str = ""
) -> Participant:
    """Record what somebody present said of the conclusion; asked of a team member who has signed."""
    conference, row = participants.get_for_team(actor, participant_id)
    held = conference_facts.hold(actor, conference.id, need=Permission.CONTENT_WRITE)
    participants.check_channel(channel)
    return _record(actor, held.conference, row, opinion, reservation, channel)


def reservations(actor: Actor, conference_id: int) -> dict[int, str]:
    """Texts of the reservations that stand, by participant; the policies hide them from the unsigned."""
    rows = tenancy.session.execute(
        select(Reservation)
        .join(
            Participant,
            (Participant.school_id == Reservation.school_id) & (Participant.id == Reservation.participant_id),
        )
        .where(
            Reservation.school_id == actor.school_id,
            Reservation.conference_id == conference_id,
            Participant.opinion == "reservation",
        )
    ).scalars()
    return {row.participant_id: row.body or "" for row in rows}


def sign_off(actor: Actor, conference_id: int, *, part: str) -> Conference:
    """Sign the minutes as `counsellor` or, after that, as `principal`, which locks them for good.

    The counsellor's part is for a team member who has signed the commitment, the principal's for whoever
    approves. Conflict while something is missing, or when one person would sign both.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.SIGN_OFF)
    needed = {"counsellor": "signed_team", "principal": "approver"}
    if part not in needed or needed[part] not in held.parts:
        raise NotFound()
    conference = held.conference
    states.move(conference.state, "sign_off")
    signed = conference_facts.sign_offs(actor, conference)
    if any(row.user_id == actor.person_id for other, row in signed.items() if other != part):
        raise Conflict(N_("Two people sign the minutes: you have signed the other part."))
    if part == "counsellor":
        rules.check_can_sign(conference_facts.gather(actor, conference, signed=signed))
        _sign(actor, conference, part)
        approvals.ask_to_sign(actor, conference)
        return conference
    rules.check_can_sign_off(_facts_for_principal(actor, held, signed))
    _sign(actor, conference, part)
    conference.state = states.move(conference.state, "sign_off")
    conference.signed_off_at = actor.at
    days = letterheads.school(actor).minutes_access_days
    conference.minutes_open_until = actor.at + timedelta(days=days)
    audit.record(actor, "conference.signed_off", conference, minutes_access_days=days)
    conference_facts.sync_steps(actor, conference)
    return conference


def complete(actor: Actor, conference_id: int) -> Conference:
    """End the conference: every promise is done, waived or declined, every goal closed; asked of the team."""
    held = conference_facts.hold(actor, conference_id, need=Permission.CONFERENCE_MANAGE)
    conference = held.conference
    rules.check_can_complete(conference_facts.gather(actor, conference))
    conference.state = states.move(conference.state, "complete")
    conference.completed_at = actor.at
    conference_facts.sync_steps(actor, held.conference)
    activities.end(actor, activities.get(actor, conference.id), "completed")
    dues.cancel(actor, conference.id)
    audit.record(actor, "conference.completed", conference)
    return conference


# --- inside ---------------------------------------------------------------------------------------


def _record(
    actor: Actor, conference: Conference, row: Participant, opinion: str, reservation: str, channel: str
) -> Participant:
    if conference.state != "concluded":
        raise Conflict(N_("The conclusion is agreed on between the end of the meeting and the sign-off."))
    if opinion not in OPINIONS:
        raise Invalid(N_("Say whether you agree, or what your reservation is."), field="opinion")
    if row.attendance != "present":
        raise Conflict(N_("Only those who were present agree to the conclusion."))
    rules.check_signed(row.signed_at is not None)
    body = many_lines(reservation).strip()
    if opinion == "reservation" and not body:
        raise Invalid(N_("Write what the reservation is."), field="reservation")
    if len(body) > LONGEST_TEXT:
        raise Invalid(
            N_("The text is too long: at most %(most)s characters."), field="reservation", most=LONGEST_TEXT
        )
    row.opinion, row.opinion_at = opinion, actor.at
    if opinion == "reservation":
        _keep_reservation(actor, row, body)
    audit.record(actor, "opinion.given", row, conference_id=conference.id, opinion=opinion, channel=channel)
    return row


def _keep_reservation(actor: Actor, row: Participant, body: str) -> None:
    # One standing reservation per person; what it said before stays among the wordings.
    kept = tenancy.session.scalar(
        select(Reservation).where(
            Reservation.school_id == actor.school_id, Reservation.participant_id == row.id
        )
    )
    if kept is None:
        kept = Reservation(conference_id=row.conference_id, participant_id=row.id, created_at=actor.at)
        kept.body = body
        tenancy.add(kept)
    elif kept.body != body:
        content.keep_wording(
            actor, row.conference_id, f"reservation:{row.id}", text=kept.body or "", version=1
        )
        kept.body, kept.created_at = body, actor.at


def _sign(actor: Actor, conference: Conference, part: str) -> None:
    row = tenancy.session.scalar(
        select(SignOff).where(
            SignOff.school_id == actor.school_id,
            SignOff.conference_id == conference.id,
            SignOff.part == part,
        )
    )
    if row is None:
        row = tenancy.add(
            SignOff(conference_id=conference.id, part=part, user_id=actor.person_id, signed_at=actor.at)
        )
    else:
        # Signed before the meeting was resumed: the trail has that, this is the signature that counts.
        row.user_id, row.signed_at = actor.person_id or 0, actor.at
        tenancy.session.flush()
    audit.record(actor, "minutes.signed", row, part=part, conference_id=conference.id)


def _facts_for_principal(
    actor: Actor, held: conference_facts.Held, signed: dict[str, SignOff]
) -> rules.ConferenceFacts:
    facts = replace(conference_facts.gather(actor, held.conference, signed=signed), principal_signed=True)
    if allows(Permission.CONTENT_READ, parts=held.parts):
        return facts
    # A principal who took no part reads no content. It was complete when the counsellor signed, and has
    # not changed since: a concluded text rests, and resuming the meeting takes the signature away.
    return replace(
        facts,
        recorded_sections=frozenset(CONTENT_SECTIONS.keys),
        tasks=max(facts.tasks, 1),
        unresolved_conflicts=0,
    )
