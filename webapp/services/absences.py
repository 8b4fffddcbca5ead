"""Whom a meeting misses, and what the counsellor decides over it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_

from webapp import tenancy
from webapp.domain import absences as rules
from webapp.domain.errors import N_, Conflict
from webapp.domain.permissions import Permission
from webapp.mail.clean import many_lines
from webapp.models.conferences import Conference, Participant
from webapp.services import access, audit, conference_facts, dues, participants
from webapp.tenancy import Actor

LONGEST_REASON = 1000


def why_missed(actor: Actor, conference: Conference, row: Participant) -> str | None:
    """Why a meeting that lies ahead misses this participant (a key of ABSENCES), or None."""
    if conference.starts_at is None or conference.state not in rules.DECIDABLE_STATES:
        return "refused" if row.pledge_refused_at is not None and conference.state == "open" else None
    person = rules.Expected(
        row.answer, row.is_key, row.disowned_at is not None, row.pledge_refused_at is not None
    )
    return rules.absence(person, starts_at=conference.starts_at, now=actor.at)


def is_undecided(actor: Actor) -> ColumnElement[bool]:
    """The same in SQL, for participants that nothing was decided over: joined with their conference ahead."""
    silent = and_(
        Participant.answer == "pending", Conference.starts_at <= actor.at + rules.ANSWER_BEFORE
    )
    return and_(
        Participant.held_without_at.is_(None),
        or_(
            Participant.pledge_refused_at.is_not(None),
            Participant.disowned_at.is_not(None),
            and_(Participant.is_key, or_(Participant.answer.in_(("no", "other_time")), silent)),
        ),
    )


def hold_without(actor: Actor, conference_id: int, *, reason: str) -> int:
    """Hold the meeting although people are missed, for a reason; returns without how many.

    Asked of the case team while the meeting lies ahead. Covers those who are missed now: another one is
    asked about anew.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.CONFERENCE_MANAGE)
    missed = [
        row
        for row in participants.of(actor, conference_id)
        if row.held_without_at is None and why_missed(actor, held.conference, row) is not None
    ]
    rules.check_can_hold_without(held.conference.state, len(missed), reason)
    for row in missed:
        row.held_without_at, row.held_without_by = actor.at, actor.person_id
        row.held_without_reason = many_lines(reason).strip()[:LONGEST_REASON]
        audit.record(actor, "participant.held_without", row, conference_id=conference_id)
    return len(missed)


def forget_decision(row: Participant) -> None:
    """What was decided over somebody's absence counts no more: the absence is another one now."""
    row.held_without_at = row.held_without_by = row.held_without_reason = None


def ask_anew(actor: Actor, participant_id: int) -> Participant:
    """Take a refusal of the commitment back after having talked: the person can sign again.

    Asked of the case team, until the conference ends. Conflict for one who has not refused, and for a
    guardian who may not be contacted.
    """
    conference, row = participants.get_for_team(actor, participant_id)
    participants.require_contact(actor, row)
    conference_facts.hold(actor, conference.id, need=Permission.CONFERENCE_MANAGE)
    access.require_part(actor, Permission.CONFERENCE_MANAGE, {"team"})
    if row.pledge_refused_at is None:
        raise Conflict(N_("This person has not declined the commitment."))
    withdraw_refusal(row)
    tenancy.session.flush()
    dues.plan_invitation(actor, conference, row)
    audit.record(actor, "commitment.asked_anew", row, conference_id=conference.id)
    return row


def withdraw_refusal(row: Participant) -> None:
    """The refusal stands no more, nor what was decided over it."""
    row.pledge_refused_at = row.pledge_refused_channel = row.refusal_message = None
    forget_decision(row)
