"""A school's times, zone or free days have changed: everything that lies ahead is planned anew."""

from __future__ import annotations

from sqlalchemy import and_, delete, select

from webapp import tenancy
from webapp.domain.commitments import OPEN_STATES
from webapp.domain.digests import DIGEST_KINDS, digest_period
from webapp.domain.school_clock import SchoolClock
from webapp.models.background import Due
from webapp.models.commitments import Commitment
from webapp.models.conferences import Conference, Participant
from webapp.services import dues, dues_facts
from webapp.tenancy import Actor


def replan(actor: Actor) -> None:
    """Plan all reminders and digests of the (system) actor's school again, from its settings as they are."""
    school_id = actor.school_id or 0
    clock = dues_facts.school_clock(school_id)
    waiting = select(Conference).where(Conference.school_id == school_id, Conference.state == "requested")
    for conference in tenancy.session.scalars(waiting):
        dues.plan_approval_by(actor, conference, clock)
    invited = (
        select(Conference, Participant)
        .join(
            Participant,
            and_(
                Participant.school_id == Conference.school_id,
                Participant.conference_id == Conference.id,
                Participant.removed_at.is_(None),
            ),
        )
        .where(
            Conference.school_id == school_id,
            Conference.state.in_(dues.AWAITING),
            Conference.starts_at > actor.at,
        )
    )
    for conference, participant in tenancy.session.execute(invited):
        dues.plan_invitation_by(actor, conference, participant, clock)
    promised = select(Commitment).where(
        Commitment.school_id == school_id, Commitment.state.in_(OPEN_STATES)
    )
    for commitment in tenancy.session.scalars(promised):
        dues.plan_commitment_by(actor, commitment, clock)
    _move_digests(actor, clock)


def _move_digests(actor: Actor, clock: SchoolClock) -> None:
    rows = tenancy.session.scalars(
        select(Due).where(
            Due.school_id == actor.school_id, Due.kind.in_(DIGEST_KINDS), Due.state == "waiting"
        )
    ).all()
    for row in rows:
        current = digest_period(row.kind, clock, actor.at)
        if current is not None and current.key == row.period:
            row.due_at = current.due_at  # its new time has come already
            continue
        tenancy.session.execute(delete(Due).where(Due.school_id == row.school_id, Due.id == row.id))
        dues.plan_next_digest(row, clock, actor.at)
