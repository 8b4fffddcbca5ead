"""The family that was asked about a home visit: a link names its question, and opens nothing else.

What it answers goes into the step of the plan that the team would write it into, with a version and a trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from webapp import tenancy
from webapp.domain import words
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.vocabulary import Term
from webapp.mail.clean import many_lines, one_line
from webapp.models.activities import Activity, Appointment
from webapp.models.schools import School
from webapp.models.visits import VisitInvitee, VisitRequest
from webapp.services import access, audit, letterheads, visit_permission
from webapp.services.identity import hash_secret
from webapp.services.visit_permission import STEP
from webapp.services.visit_post import VisitPost
from webapp.tenancy import Actor

LONGEST_MESSAGE = 2000
LONGEST_TIME = 200
MOST_ANSWERS = 30
"""So often one link may change its answer: each is kept."""
_ANSWERS = ("yes", "no", "other_time")


@dataclass(frozen=True)
class Arrival:
    """Who came by a link: an actor for this question alone, their language, whether the link still works."""

    actor: Actor
    locale: str
    is_live: bool


@dataclass(frozen=True)
class Question:
    """What the family's page shows. Nothing here names the student or says why."""

    name: str
    school: School
    asked_as: str
    starts_at: datetime
    ends_at: datetime | None
    answer: Term
    proposed_time: str
    may_answer: bool
    has_moved: bool
    is_over: bool


@dataclass(frozen=True)
class Ended:
    """What a link that has stopped still says: why, and whom at the school to ask for."""

    school: School
    asked_as: str
    was_disowned: bool
    is_over: bool


def identify(token: str, *, now: datetime) -> Arrival:
    """Who comes by this link; runs before any scope is open. NotFound for a token that opens nothing, and for
    a guardian who may not be contacted any more."""
    found = (
        tenancy.identity()
        .execute(
            text("SELECT school_id, request_id, expires_at, revoked_at FROM app_visit_by_token(:hash)"),
            {"hash": hash_secret(token)},
        )
        .first()
    )
    if found is None:
        raise NotFound()
    guest = Actor("guest", now, school_id=found.school_id, visit_request_id=found.request_id)
    with tenancy.work(guest) as session:
        locale, zone = session.execute(
            select(VisitRequest.locale, School.time_zone)
            .join(School, School.id == VisitRequest.school_id)
            .where(VisitRequest.school_id == found.school_id, VisitRequest.id == found.request_id)
        ).one()
    actor = Actor(
        "guest",
        now,
        school_id=found.school_id,
        visit_request_id=found.request_id,
        time_zone=zone,
        locale=locale,
    )
    return Arrival(actor, locale, is_live=found.revoked_at is None and found.expires_at > now)


def question(actor: Actor) -> Question:
    """The question behind the link."""
    own = own_request(actor)
    planned = _planned(actor)
    is_over = actor.at >= own.starts_at
    return Question(
        name=own.name or "",
        school=letterheads.school(actor),
        asked_as=own.asked_as,
        starts_at=own.starts_at,
        ends_at=own.ends_at,
        answer=words.VISIT_ANSWERS[own.answer],
        proposed_time=own.proposed_time or "",
        may_answer=_is_asked_about(own, planned),
        has_moved=planned is not None and not _is_asked_about(own, planned),
        is_over=is_over,
    )


def ended(actor: Actor) -> Ended:
    """Why the link does not work any more. It stops with its question, for good: what the school asks after
    that has its own mail and its own link, so there is none to send anew."""
    own = own_request(actor)
    return Ended(
        school=letterheads.school(actor),
        asked_as=own.asked_as,
        was_disowned=own.disowned_at is not None,
        # Asked anew, the visit may still be ahead although this time is not.
        is_over=own.revoked_at is None,
    )


def answer(actor: Actor, *, answer: str, message: str = "", proposed_time: str = "") -> VisitRequest:
    """Give or change the answer, until the visit; it becomes the permission in the plan, where the team has
    not recorded another one itself since it asked.

    answer: yes, no or other_time (which says when, in one's own words). Raises Conflict when the visit has
    begun, was cancelled or moved, Invalid for another word or a missing time.
    """
    own = own_request(actor)
    activity = _held(actor)
    if activity is None or not _is_asked_about(own, _planned(actor)):
        raise Conflict(N_("The school no longer asks about this visit. Please phone the school."))
    if answer not in _ANSWERS:
        raise Invalid(N_("Choose one of the answers."), field="answer")
    proposed, message = one_line(proposed_time), many_lines(message).strip()
    if answer == "other_time" and not proposed:
        raise Invalid(N_("Say which time would suit."), field="proposed_time")
    for field, given, most in (
        ("message", message, LONGEST_MESSAGE),
        ("proposed_time", proposed, LONGEST_TIME),
    ):
        if len(given) > most:
            raise Invalid(N_("The text is too long: at most %(most)s characters."), field=field, most=most)
    if own.answers >= MOST_ANSWERS:
        raise Conflict(N_("The answer was changed very often. Please phone the school."))
    own.answer, own.answered_at, own.answers = answer, actor.at, own.answers + 1
    # The earlier message is not shown to whoever holds the link, so an empty field does not erase it.
    own.message = message or own.message
    own.proposed_time = proposed or None if answer == "other_time" else None
    own.noted_at = own.noted_by = None
    visit_permission.record(actor, activity, own)
    audit.record(actor, "visit.answered", own, activity_id=activity.id, answer=answer)
    return own


def disown(actor: Actor) -> None:
    """ "This is not for me": the link stops, what was answered by it counts no more, and the team is told. No
    mail about the visit leaves to this address any more; an appointment that had left is called off."""
    own = own_request(actor)
    activity = _held(actor)
    if activity is not None:
        if own.answer != "pending":
            visit_permission.lapse(actor, activity)
        _call_off(actor, own)
    own.answer = "pending"
    own.disowned_at = own.revoked_at = actor.at
    own.noted_at = own.noted_by = None
    audit.record(actor, "visit.disowned", own, activity_id=own.activity_id)


def choose_locale(actor: Actor, locale: str) -> None:
    """Pages and mails in this language from now on."""
    own_request(actor).locale = "en" if locale == "en" else "id"


def own_request(actor: Actor) -> VisitRequest:
    """The question of the guest in scope."""
    if actor.kind != "guest" or actor.visit_request_id is None:
        raise NotFound()
    return access.get(actor, VisitRequest, actor.visit_request_id)


# --- inside ---------------------------------------------------------------------------------------


def _held(actor: Actor) -> Activity | None:
    """The visit, locked until the answer is recorded; None where nothing is asked any more."""
    activity_id = tenancy.session.scalar(select(func.app_hold_visit()))
    return None if activity_id is None else access.get(actor, Activity, activity_id)


def _planned(actor: Actor) -> Appointment | None:
    # The policies show a guest the appointment of their own visit alone, and only while it is asked about.
    return tenancy.session.scalar(
        select(Appointment).where(
            Appointment.school_id == actor.school_id,
            Appointment.activity_id == func.app_visit_activity_id(),
            Appointment.step == STEP,
        )
    )


def _is_asked_about(own: VisitRequest, planned: Appointment | None) -> bool:
    return planned is not None and planned.cancelled_at is None and planned.starts_at == own.starts_at


def _call_off(actor: Actor, own: VisitRequest) -> None:
    # Families read no outbox: what waits is taken back for them.
    has_left = bool(tenancy.session.scalar(select(func.app_take_back_visit_mails())))
    told = tenancy.session.scalar(
        select(VisitInvitee).where(
            VisitInvitee.school_id == actor.school_id,
            VisitInvitee.activity_id == own.activity_id,
            VisitInvitee.guardian_id == own.guardian_id,
        )
    )
    # Another address than that which was asked has said nothing.
    if told is not None and told.sent_at and not told.called_off_at and told.email == own.email:
        VisitPost(actor, own.asked_as).call_off_taken_back(told, has_left=has_left)
