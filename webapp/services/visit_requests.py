"""Asking a family by mail whether the school may visit: by the case's team, one open question per visit."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    Text,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    update,
)

from webapp import tenancy
from webapp.domain import dates
from webapp.domain import procedure_rules as rules
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission, allows
from webapp.domain.procedures import HOME_VISIT
from webapp.mail.messages import VisitAskedFacts
from webapp.models.activities import Activity, Appointment
from webapp.models.background import OutboxMail
from webapp.models.cases import Case
from webapp.models.students import Guardian
from webapp.models.visits import VisitInvitee, VisitRequest
from webapp.services import access, activities, activity_runs, audit, letterheads, links, outbox, people
from webapp.services.identity import hash_secret
from webapp.tenancy import Actor

STEP = "planning.paperwork"
LANGUAGES = ("id", "en")
NO_CONTACT = N_("This guardian is marked *do not contact*: no mail may be sent.")


@dataclass(frozen=True)
class Askable:
    """A guardian as the page offers them: with an address that may be written to, or why not."""

    id: int
    name: str
    relation: str
    email: str
    phone: str
    do_not_contact: bool

    @property
    def may_be_asked(self) -> bool:
        return bool(self.email) and not self.do_not_contact


@dataclass(frozen=True)
class Asked:
    """The last question of a visit and what became of it; `mail` is a key of OUTBOX_STATES, None where the
    reader sees no mails. `is_current`: it asks about the time that stands in the plan."""

    id: int
    name: str
    email: str
    asked_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    mail: str | None
    answer: str
    answered_at: datetime | None
    message: str
    proposed_time: str
    disowned_at: datetime | None
    is_open: bool
    is_current: bool
    needs_reading: bool


@dataclass(frozen=True)
class Desk:
    """What the page of a visit shows about asking the family; `told_at`: when somebody was last sent the
    appointment, `has_moved`: another time stands in the plan since."""

    guardians: tuple[Askable, ...]
    last: Asked | None
    starts_at: datetime | None
    may_ask: bool
    told_at: datetime | None
    has_moved: bool

    @property
    def has_address(self) -> bool:
        return any(guardian.may_be_asked for guardian in self.guardians)


def ask(actor: Actor, activity_id: int, guardian_id: int, *, locale: str) -> VisitRequest:
    """Ask a guardian of the student by mail about the time that stands in the plan; asked of the team.

    An earlier question of this visit counts no more: its mail does not leave, its link opens nothing. Raises
    Invalid naming the field, for a guardian who may not be contacted or has no address; Conflict where an
    earlier step stands before it, no time is set, or it has passed.
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


def note(actor: Actor, activity_id: int) -> None:
    """The team has read the answer: it is listed under what waits no more."""
    activity = access.get(actor, Activity, activity_id)
    access.get_case(actor, activity.case_id, need=Permission.ACTIVITY_RUN)
    tenancy.session.execute(
        update(VisitRequest)
        .where(*unread(actor), VisitRequest.activity_id == activity.id)
        .values(noted_at=actor.at, noted_by=actor.person_id),
        execution_options={"synchronize_session": False},
    )
    audit.record(actor, "visit.answer_noted", activity)


def desk(
    actor: Actor, activity_id: int, case_id: int, starts_at: datetime | None, ends_at: datetime | None
) -> Desk | None:
    """For the page of a visit, whose team has asked: the student's guardians, the last question, and whether
    the appointment was sent, in one query; None for those whose role reads no guardians. starts_at, ends_at:
    the time in the plan."""
    if not allows(Permission.GUARDIAN_MANAGE, roles=actor.roles):
        return None
    newest = (
        select(func.max(VisitRequest.id))
        .where(VisitRequest.school_id == actor.school_id, VisitRequest.activity_id == activity_id)
        .scalar_subquery()
    )
    student = (
        select(Case.student_id)
        .where(Case.school_id == actor.school_id, Case.id == case_id)
        .scalar_subquery()
    )
    told = (
        select(
            func.max(VisitInvitee.sent_at).label("told_at"),
            func.bool_or(
                or_(
                    VisitInvitee.sent_starts_at.is_distinct_from(starts_at),
                    VisitInvitee.sent_ends_at.is_distinct_from(ends_at),
                )
            ).label("has_moved"),
        )
        .where(
            VisitInvitee.school_id == actor.school_id,
            VisitInvitee.activity_id == activity_id,
            VisitInvitee.sent_at.is_not(None),
            VisitInvitee.called_off_at.is_(None),
        )
        .subquery()
    )
    rows = tenancy.session.execute(
        select(Guardian, VisitRequest, OutboxMail.state, told.c.told_at, told.c.has_moved)
        .select_from(told)
        .outerjoin(
            Guardian, and_(Guardian.school_id == actor.school_id, Guardian.student_id == student)
        )
        .outerjoin(
            VisitRequest, and_(VisitRequest.school_id == actor.school_id, VisitRequest.id == newest)
        )
        .outerjoin(
            OutboxMail,
            and_(
                OutboxMail.school_id == VisitRequest.school_id,
                OutboxMail.dedupe_key == mail_key_of(VisitRequest.id),
            ),
        )
        .order_by(Guardian.id)
    ).all()
    _, last, mail, told_at, has_moved = rows[0]
    return Desk(
        guardians=tuple(
            Askable(
                guardian.id,
                guardian.name or "",
                guardian.relation,
                guardian.email or "",
                guardian.phone or "",
                guardian.do_not_contact,
            )
            for guardian, *_ in rows
            if guardian is not None
        ),
        last=None if last is None else _asked(actor, last, mail, starts_at),
        starts_at=starts_at,
        may_ask=starts_at is not None and starts_at > actor.at,
        told_at=told_at,
        has_moved=bool(has_moved),
    )


def mail_key_of(request_id: SQLColumnExpression[int]) -> ColumnElement[str]:
    """The outbox's key of the mail that asks a question, for queries."""
    return literal("visit_asked:").concat(cast(request_id, Text))


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


def _asked(actor: Actor, row: VisitRequest, mail: str | None, starts_at: datetime | None) -> Asked:
    said = row.answer != "pending" and row.revoked_at is None
    return Asked(
        id=row.id,
        name=row.name or "",
        email=row.email or "",
        asked_at=row.asked_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        mail=mail,
        answer=row.answer,
        answered_at=row.answered_at,
        message=row.message or "",
        proposed_time=row.proposed_time or "",
        disowned_at=row.disowned_at,
        is_open=row.revoked_at is None and row.starts_at > actor.at,
        is_current=row.starts_at == starts_at,
        needs_reading=row.noted_at is None and (said or row.disowned_at is not None),
    )
