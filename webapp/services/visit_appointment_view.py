"""The page of a visit's appointment: who was told what, who can be told, and who comes along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true

from webapp import tenancy
from webapp.domain.calendar import school_year
from webapp.domain.permissions import Permission
from webapp.domain.procedures import HOME_VISIT
from webapp.models.activities import Appointment
from webapp.models.background import OutboxMail
from webapp.models.schools import HomeroomAssignment, School
from webapp.models.students import Guardian, Student
from webapp.models.visits import VisitInvitee
from webapp.services import (
    access,
    activity_fields,
    activity_runs,
    audit,
    people,
    visit_permission,
    visit_requests,
)
from webapp.services.activity_fields import Stored
from webapp.services.people import StaffMember
from webapp.services.visit_appointments import is_stale
from webapp.services.visit_desk import GuardianLine
from webapp.services.visit_permission import STEP
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Told:
    """What one person's calendar holds: `mail` is a key of OUTBOX_STATES, of the last mail; `left_at`: when
    that mail left, which `sent_at`, the moment somebody pressed the button, does not say."""

    sent_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    called_off_at: datetime | None = None
    is_stale: bool = True
    mail: str | None = None
    left_at: datetime | None = None


@dataclass(frozen=True)
class ToldGuardian(GuardianLine):
    """A guardian of the student, and what was sent."""

    told: Told


@dataclass(frozen=True)
class CompanionLine:
    """A colleague who comes along."""

    id: int
    name: str
    told: Told


@dataclass(frozen=True)
class AppointmentPage:
    """Everything on the page; `staff` are those who may still be chosen, the homeroom teacher first;
    `is_earlier_permission`: the time has moved since the permission was recorded."""

    id: int
    case_id: int
    case_number: str
    student: str
    class_name: str
    is_active: bool
    permission: str
    is_earlier_permission: bool
    starts_at: datetime | None
    ends_at: datetime | None
    place: str
    guardians: tuple[ToldGuardian, ...]
    companions: tuple[CompanionLine, ...]
    staff: tuple[StaffMember, ...]
    homeroom_id: int | None
    is_ahead: bool

    @property
    def may_send(self) -> bool:
        return self.is_active and self.is_ahead and self.permission == "given"

    @property
    def has_appointment(self) -> bool:
        """Whether anybody's calendar holds the visit."""
        return any(line.told.sent_at and not line.told.called_off_at for line in self._everybody)

    @property
    def has_moved(self) -> bool:
        """Whether somebody holds another time or place than the plan."""
        return any(
            line.told.sent_at and not line.told.called_off_at and line.told.is_stale
            for line in self._everybody
        )

    @property
    def _everybody(self) -> tuple[ToldGuardian | CompanionLine, ...]:
        return (*self.guardians, *self.companions)


def page(actor: Actor, activity_id: int) -> AppointmentPage:
    """The appointment of a visit; asked of its case's team by those who may write to families."""
    activity, case = activity_runs.find(actor, activity_id, HOME_VISIT)
    access.require(actor, Permission.GUARDIAN_MANAGE)
    audit.record(actor, "visit.appointment_read", activity)
    fields = activity_fields.read(actor, activity.id).get(STEP, {})
    planned = visit_requests.appointment(actor, activity.id)
    place = fields.get("place", Stored())
    last_mail = (
        select(OutboxMail.state, OutboxMail.sent_at)
        .where(
            OutboxMail.school_id == VisitInvitee.school_id,
            OutboxMail.activity_id == VisitInvitee.activity_id,
            OutboxMail.stream == func.concat("visit:", VisitInvitee.id),
        )
        .order_by(OutboxMail.id.desc())
        .limit(1)
        .lateral()
    )
    found = tenancy.session.execute(
        select(VisitInvitee, last_mail.c.state, last_mail.c.sent_at)
        .outerjoin(last_mail, true())
        .where(VisitInvitee.school_id == actor.school_id, VisitInvitee.activity_id == activity.id)
        .order_by(VisitInvitee.id)
    ).all()
    rows = [(row, (state, left_at)) for row, state, left_at in found]

    def told(
        row: VisitInvitee, mail: tuple[str | None, datetime | None], place_version: int | None
    ) -> Told:
        stale = planned is None or is_stale(row, planned, place_version)
        return Told(row.sent_at, row.sent_starts_at, row.sent_ends_at, row.called_off_at, stale, *mail)

    families = {row.guardian_id: told(row, mail, place.version) for row, mail in rows if row.guardian_id}
    companions = [(row, mail) for row, mail in rows if row.user_id and not row.removed_at]
    student, month, shut_out = tenancy.session.execute(
        select(Student, School.school_year_starts_month, func.app_shut_out_of_case(case.id))
        .join(School, School.id == Student.school_id)
        .where(Student.school_id == actor.school_id, Student.id == case.student_id)
    ).one()
    homeroom_id = tenancy.session.scalar(
        select(HomeroomAssignment.user_id)
        .where(
            HomeroomAssignment.school_id == actor.school_id,
            HomeroomAssignment.class_name == student.class_name,
            HomeroomAssignment.school_year == school_year(actor.today, month),
        )
        .limit(1)
    )
    guardians = tenancy.session.scalars(
        select(Guardian)
        .where(Guardian.school_id == actor.school_id, Guardian.student_id == student.id)
        .order_by(Guardian.id)
    )
    taken = {row.user_id for row, _ in companions} | set(shut_out or ()) | {actor.person_id}
    staff = [member for member in people.staff(actor) if member.user_id not in taken]
    return AppointmentPage(
        id=activity.id,
        case_id=case.id,
        case_number=case.number,
        student=student.name,
        class_name=student.class_name or "",
        is_active=activity.state == "active" and case.status != "closed",
        permission=fields.get("permission", Stored()).value,
        is_earlier_permission=_is_earlier(fields, planned),
        starts_at=None if planned is None else planned.starts_at,
        ends_at=None if planned is None else planned.ends_at,
        place=place.value,
        guardians=tuple(
            ToldGuardian(
                row.id,
                row.name or "",
                row.relation,
                row.email or "",
                row.phone or "",
                row.do_not_contact,
                families.get(row.id, Told()),
            )
            for row in guardians
        ),
        companions=tuple(
            CompanionLine(row.id, row.name or "", told(row, mail, None)) for row, mail in companions
        ),
        staff=tuple(sorted(staff, key=lambda member: member.user_id != homeroom_id)),
        homeroom_id=homeroom_id,
        is_ahead=planned is not None and planned.starts_at > actor.at,
    )


def _is_earlier(fields: dict[str, Stored], planned: Appointment | None) -> bool:
    said = [fields[key].updated_at for key in visit_permission.FIELDS if key in fields]
    recorded_at = max((at for at in said if at is not None), default=None)
    return planned is not None and recorded_at is not None and planned.set_at > recorded_at
