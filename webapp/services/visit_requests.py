"""Asking a family by mail whether the school may visit: by the case's team, one open question per visit."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import (
    ColumnElement,
    select,
    update,
)

from webapp import tenancy
from webapp.domain import dates
from webapp.domain import procedure_rules as rules
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.domain.procedures import HOME_VISIT
from webapp.mail.messages import VisitAskedFacts
from webapp.models.activities import Activity, Appointment
from webapp.models.cases import Case
from webapp.models.students import Guardian
from webapp.models.visits import VisitRequest
from webapp.services import (
    access,
    activities,
    activity_runs,
    audit,
    letterheads,
    links,
    outbox,
    people,
    visit_permission,
)
from webapp.services.identity import hash_secret
from webapp.services.visit_permission import STEP
from webapp.tenancy import Actor

LANGUAGES = ("id", "en")
NO_CONTACT = N_("This guardian is marked *do not contact*: no mail may be sent.")


def ask(actor: Actor, activity_id: int, guardian_id: int, *, locale: str) -> VisitRequest:
    """Ask a guardian of the student by mail about the time that stands in the plan; asked of the team.

    An earlier question of this visit counts no more: its mail does not leave, its link opens nothing, and
    what was answered by it is waited for again. Raises Invalid naming the field, for a guardian who may not
    be contacted or has no address; Conflict where an earlier step stands before it, no time is set, or it
    has passed.
    """
    activity, procedure = activity_runs.hold(actor, activity_id)
    if procedure is not HOME_VISIT:
        raise NotFound()
    rules.check_step_allowed(procedure, STEP, activities.recorded(actor, activity.id), activity.tracks)
    guardian = askable(actor, activity, guardian_id)
    if locale not in LANGUAGES:
        raise Invalid(N_("Choose one of the values in the list."), field="locale")
    planned = appointment(actor, activity.id)
    if planned is None:
        raise Conflict(N_("Set the day and the time of the visit first: the family is asked about them."))
    if planned.starts_at <= actor.at:
        raise Conflict(N_("The time of the visit has passed: set a new one first."))
    _close_earlier(actor, activity)
    visit_permission.lapse(actor, activity)
    token = secrets.token_urlsafe(32)
    row = VisitRequest(
        activity_id=activity.id,
        case_id=activity.case_id,
        guardian_id=guardian.id,
        locale=locale,
        asked_by=actor.person_id,
        # The name alone: a position would say over a shoulder what the visit is about.
        asked_as=people.signatory(actor, actor.person_id or 0).name,
        asked_at=actor.at,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        token_hash=hash_secret(token),
        expires_at=end_of_day(planned.ends_at or planned.starts_at, actor.time_zone),
        answer="pending",
        answers=0,
        name=guardian.name,
        email=guardian.email,
    )
    tenancy.add(row)
    _mail(actor, row, links.visit_url(token))
    audit.record(actor, "visit.asked", row, activity_id=activity.id, guardian_id=guardian.id)
    return row


def withdraw(actor: Actor, activity_id: int) -> None:
    """Take the open question back: its mail does not leave any more, its link opens nothing."""
    activity, procedure = activity_runs.hold(actor, activity_id)
    if procedure is not HOME_VISIT:
        raise NotFound()
    if not _close_earlier(actor, activity):
        raise Conflict(N_("No question is open."))
    audit.record(actor, "visit.question_withdrawn", activity)


def note(actor: Actor, activity_id: int, *, request_id: int, answers: int) -> None:
    """The team has read the answer as it was shown: it is listed under what waits no more.

    request_id, answers: which question's answer was shown, and how often it had been given. Conflict when it
    was changed since, or asked anew.
    """
    activity = access.get(actor, Activity, activity_id)
    access.get_case(actor, activity.case_id, need=Permission.ACTIVITY_RUN)
    if not _note(actor, activity, VisitRequest.id == request_id, VisitRequest.answers == answers):
        raise Conflict(N_("The answer has changed meanwhile: read it once more."))
    _note(actor, activity, VisitRequest.id < request_id)
    audit.record(actor, "visit.answer_noted", activity)


def unread(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Conditions on VisitRequest: an answer, or "this is not for me", that nobody of the team has read."""
    return (
        VisitRequest.school_id == actor.school_id,
        VisitRequest.noted_at.is_(None),
        (VisitRequest.answer != "pending") & VisitRequest.revoked_at.is_(None)
        | VisitRequest.disowned_at.is_not(None),
    )


def end_of_day(at: datetime, time_zone: str) -> datetime:
    """When the local day of a moment is over."""
    following = dates.local_date(at, time_zone) + timedelta(days=1)
    return datetime.combine(following, time(), tzinfo=dates.zone(time_zone)).astimezone(UTC)


def askable(actor: Actor, activity: Activity, guardian_id: int) -> Guardian:
    """A guardian of the visit's student who may be written to; Invalid (field "guardian") for another one."""
    access.require(actor, Permission.GUARDIAN_MANAGE)
    case = access.get(actor, Case, activity.case_id)
    guardian = access.get(actor, Guardian, guardian_id)
    if guardian.student_id != case.student_id:
        raise NotFound()
    if guardian.do_not_contact:
        raise Invalid(NO_CONTACT, field="guardian")
    if not guardian.email:
        raise Invalid(N_("This guardian has no e-mail address."), field="guardian")
    if guardian.email in _disowned_addresses(actor, guardian):
        raise Invalid(
            N_("Whoever reads this address said that it is not for them: check the address first."),
            field="guardian",
        )
    return guardian


def appointment(actor: Actor, activity_id: int) -> Appointment | None:
    """The time that stands in the plan of a visit."""
    return tenancy.session.scalar(
        select(Appointment).where(
            Appointment.school_id == actor.school_id,
            Appointment.activity_id == activity_id,
            Appointment.step == STEP,
            Appointment.cancelled_at.is_(None),
        )
    )


# --- inside ---------------------------------------------------------------------------------------


def _disowned_addresses(actor: Actor, guardian: Guardian) -> set[str | None]:
    rows = tenancy.session.scalars(
        select(VisitRequest).where(
            VisitRequest.school_id == actor.school_id,
            VisitRequest.guardian_id == guardian.id,
            VisitRequest.disowned_at.is_not(None),
        )
    )
    return {row.email for row in rows}


def _close_earlier(actor: Actor, activity: Activity) -> bool:
    closed = tenancy.session.execute(
        update(VisitRequest)
        .where(
            VisitRequest.school_id == actor.school_id,
            VisitRequest.activity_id == activity.id,
            VisitRequest.revoked_at.is_(None),
        )
        .values(revoked_at=actor.at),
        execution_options={"synchronize_session": False},
    )
    outbox.take_back(activity.school_id, _stream(activity.id), "visit_asked")
    return bool(closed.rowcount)  # type: ignore[attr-defined]


def _note(actor: Actor, activity: Activity, *which: ColumnElement[bool]) -> bool:
    noted = tenancy.session.execute(
        update(VisitRequest)
        .where(*unread(actor), VisitRequest.activity_id == activity.id, *which)
        .values(noted_at=actor.at, noted_by=actor.person_id),
        execution_options={"synchronize_session": False},
    )
    return bool(noted.rowcount)  # type: ignore[attr-defined]


def _stream(activity_id: int) -> str:
    return f"visit_question:{activity_id}"


def _mail(actor: Actor, row: VisitRequest, link: str) -> None:
    assert row.email is not None
    facts = VisitAskedFacts(
        letterhead=letterheads.mail_letterhead(actor),
        to_name=row.name or "",
        asked_by=row.asked_as,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        link=link,
    )
    outbox.queue(
        actor,
        "visit_asked",
        facts,
        to_address=row.email,
        to_name=row.name or "",
        locale=row.locale,
        dedupe_key=f"visit_asked:{row.id}",
        activity_id=row.activity_id,
        guardian_id=row.guardian_id,
        stream=_stream(row.activity_id),
        expires_at=row.starts_at,
    )
