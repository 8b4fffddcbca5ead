"""Runs of one service in the cases of whose teams the actor is: those under way first, then the newest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from webapp import tenancy
from webapp.domain.permissions import Permission
from webapp.domain.procedure import Procedure
from webapp.domain.procedure_rules import current_stage
from webapp.domain.vocabulary import Term
from webapp.models.activities import Activity, Appointment
from webapp.models.cases import Case, CaseMember
from webapp.models.students import Student
from webapp.services import access, activity_runs
from webapp.tenancy import Actor

PAGE_SIZE = 30


_HAS_ENDED = Activity.state != "active"


@dataclass(frozen=True)
class RunLine:
    """One run: whose case, where it stands, and when it is planned."""

    id: int
    case_id: int
    case_number: str
    student: str
    class_name: str | None
    state: str
    stage: Term | None
    started_at: datetime
    starts_at: datetime | None


@dataclass(frozen=True)
class RunPage:
    """One page; `older_than` continues it, None at the end."""

    lines: tuple[RunLine, ...]
    older_than: int | None


def page(actor: Actor, procedure: Procedure, *, older_than: int | None = None) -> RunPage:
    """One page of runs of this service, those that still ask for something before those that have ended."""
    access.require(actor, Permission.SCHOOL_HOME)
    planned = (
        select(Appointment.starts_at)
        .where(
            Appointment.school_id == Activity.school_id,
            Appointment.activity_id == Activity.id,
            Appointment.cancelled_at.is_(None),
        )
        .order_by(Appointment.starts_at.desc())
        .limit(1)
        .correlate(Activity)
        .scalar_subquery()
    )
    statement = (
        select(Activity, Case.number, Student.name, Student.class_name, planned)
        .join(Case, (Case.school_id == Activity.school_id) & (Case.id == Activity.case_id))
        .join(Student, (Student.school_id == Case.school_id) & (Student.id == Case.student_id))
        .join(CaseMember, (CaseMember.school_id == Case.school_id) & (CaseMember.case_id == Case.id))
        .where(
            Activity.school_id == actor.school_id,
            Activity.procedure == procedure.key,
            CaseMember.user_id == actor.person_id,
            CaseMember.removed_at.is_(None),
        )
        .order_by(_HAS_ENDED, Activity.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if older_than is not None:
        statement = statement.where(_after(actor, older_than))
    rows = tenancy.session.execute(statement).all()
    shown = rows[:PAGE_SIZE]
    steps = activity_runs.recorded_steps(actor, [row.Activity.id for row in shown])
    lines = []
    for run, number, student, class_name, starts_at in shown:
        stage = current_stage(procedure, steps[run.id], run.tracks) if run.state == "active" else None
        lines.append(
            RunLine(
                run.id,
                run.case_id,
                number,
                student,
                class_name,
                run.state,
                None if stage is None else stage.term,
                run.created_at,
                starts_at,
            )
        )
    return RunPage(tuple(lines), lines[-1].id if len(rows) > PAGE_SIZE else None)


def _after(actor: Actor, last_id: int) -> ColumnElement[bool]:
    """What stands below this run in the list; nothing, when the actor may not know of it."""
    last = access.get(actor, Activity, last_id)
    if last.state == "active":
        return or_(_HAS_ENDED, Activity.id < last_id)
    return and_(_HAS_ENDED, Activity.id < last_id)
