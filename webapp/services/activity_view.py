"""What the page of one activity shows: where it stands, and for one stage what each step holds and needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain import procedure_rules as rules
from webapp.domain.procedure import Procedure, Step, Values
from webapp.domain.vocabulary import Term
from webapp.models.activities import Activity, ActivityStep, Appointment
from webapp.models.background import Report
from webapp.models.cases import Case
from webapp.models.letters import Letter
from webapp.models.students import Student
from webapp.services import (
    activities,
    activity_behaviours,
    activity_entries,
    activity_fields,
    activity_letters,
    activity_promises,
    activity_repeats,
    activity_runs,
    audit,
    reports,
    visit_post,
)
from webapp.services.activities import Progress
from webapp.services.activity_behaviours import BehaviourView
from webapp.services.activity_entries import EntryView
from webapp.services.activity_fields import Stored
from webapp.services.activity_promises import PromiseView
from webapp.services.activity_repeats import EarlierRun
from webapp.tenancy import Actor


@dataclass(frozen=True)
class StepPage:
    """One step with what it holds. `waits_for` is the step that must be recorded first; `is_shut` a gate that
    was answered so that it stays shut; `missing` required fields of a form that was begun; `ends_too_early` a
    planned meeting that ends before it begins."""

    path: str
    step: Step
    fields: dict[str, Stored]
    entries: tuple[EntryView, ...]
    waits_for: Term | None
    missing: tuple[Term, ...]
    is_shut: bool
    ends_too_early: bool
    done_at: datetime | None
    done_by: str

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


@dataclass(frozen=True)
class DocumentLine:
    """A document of the activity; a letter with its number. `is_old`: what it says was changed since."""

    id: int
    kind: str
    state: str
    requested_at: datetime
    has_docx: bool
    letter_id: int | None = None
    number: str | None = None
    is_void: bool = False
    is_old: bool = False


@dataclass(frozen=True)
class AppointmentLine:
    """A meeting that is planned and not called off."""

    step: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True)
class ActivityPage:
    """Everything on the page of one activity. `number`: the how manieth of its kind in the case; `fields` and
    `entries`: what all its stages hold, for what a service shows above them; `is_announced`: others hold the
    appointment."""

    id: int
    procedure: Procedure
    number: int
    state: str
    end_kind: str | None
    end_reason: str
    tracks: tuple[str, ...]
    follows_id: int | None
    case_id: int
    case_number: str
    student_id: int
    case_is_closed: bool
    student: str
    class_name: str | None
    progress: Progress
    stage: str
    steps: tuple[StepPage, ...]
    missing: tuple[Term, ...]
    promises: tuple[PromiseView, ...]
    behaviours: tuple[BehaviourView, ...]
    documents: tuple[DocumentLine, ...]
    appointments: tuple[AppointmentLine, ...]
    shut_by: Step | None
    waits_at: Step | None
    earlier: EarlierRun | None
    fields: activity_fields.Fields
    entries: dict[str, list[EntryView]]
    is_announced: bool

    @property
    def is_active(self) -> bool:
        return self.state == "active" and not self.case_is_closed

    @property
    def stage_keys(self) -> list[str]:
        return rules.shown_order(self.procedure, [part.key for part in self.progress.stages])

    @property
    def can_complete(self) -> bool:
        return self.is_active and not self.missing


def page(actor: Actor, activity_id: int, procedure: Procedure, *, stage: str = "") -> ActivityPage:
    """The page of an activity at one stage (the one it is in, where none is named); asked of its case's team,
    and the reading is recorded."""
    activity, case = activity_runs.find(actor, activity_id, procedure)
    audit.record(actor, "activity.read", activity)
    steps, names = activities.recorded_by(actor, activity.id)
    progress = activities.build_progress(procedure, steps, activity.state, activity.tracks)
    keys = [part.key for part in progress.stages]
    shown = stage if stage in keys else progress.current or keys[-1]
    fields = activity_fields.read(actor, activity.id)
    entries = activity_entries.read(actor, activity.id)
    student, class_name, number, is_announced = tenancy.session.execute(
        select(
            Student.name, Student.class_name, _number_of(activity), visit_post.is_announced(activity)
        ).where(
            Student.school_id == actor.school_id, Student.id == case.student_id
        )
    ).one()
    parts = procedure.stage(shown)
    has_promises = any(step.records == "promises" for step in parts.steps)
    step_pages = tuple(
        _step(procedure, activity, path, step, steps, fields, entries, names)
        for step, path in zip(parts.steps, parts.paths(), strict=True)
    )
    gate, is_awaited = _shut_gate(procedure, activity, steps, fields)
    return ActivityPage(
        id=activity.id,
        procedure=procedure,
        number=number,
        state=activity.state,
        end_kind=activity.end_kind,
        end_reason=activity.end_reason or "",
        tracks=tuple(activity.tracks),
        follows_id=activity.follows_id,
        case_id=case.id,
        case_number=case.number,
        student_id=case.student_id,
        case_is_closed=_is_closed(case),
        student=student,
        class_name=class_name,
        progress=progress,
        stage=shown,
        steps=step_pages,
        missing=tuple(
            procedure.step(path).term for path in rules.missing_steps(procedure, steps, activity.tracks)
        ),
        promises=tuple(activity_promises.of_activity(actor, activity.id)) if has_promises else (),
        behaviours=tuple(activity_behaviours.of_activity(actor, activity.id)) if has_promises else (),
        documents=_documents(actor, activity, fields),
        appointments=_appointments(actor, activity),
        shut_by=None if is_awaited else gate,
        waits_at=gate if is_awaited else None,
        earlier=activity_repeats.of_stage(actor, activity, parts, fields),
        fields=fields,
        entries=entries,
        is_announced=is_announced,
    )


def document_columns() -> tuple[Any, ...]:
    """What a DocumentLine is made of; the files themselves stay where they are."""
    return Report.id, Report.kind, Report.state, Report.requested_at, reports.HAS_DOCX


# --- inside ---------------------------------------------------------------------------------------


def _is_closed(case: Case) -> bool:
    return case.status == "closed"


def _step(
    procedure: Procedure,
    activity: Activity,
    path: str,
    step: Step,
    steps: dict[str, ActivityStep],
    fields: activity_fields.Fields,
    entries: dict[str, list[EntryView]],
    names: dict[int, str],
) -> StepPage:
    row = steps.get(path)
    values = activity_fields.values_of(fields, path)
    before = rules.step_before(procedure, path, steps, activity.tracks)
    missing = rules.missing_fields(step, values) if any(values.values()) else ()
    return StepPage(
        path=path,
        step=step,
        fields=fields.get(path, {}),
        entries=tuple(entries.get(path, ())),
        waits_for=None if before is None or row is not None else before.term,
        missing=tuple(field.term for field in missing),
        is_shut=_is_shut(step, values),
        ends_too_early=rules.ends_too_early(step, values),
        done_at=None if row is None else row.done_at,
        done_by="" if row is None or row.done_by is None else names.get(row.done_by, ""),
    )


def _is_shut(step: Step, values: Values) -> bool:
    answered = all(values.get(key) for key, _ in step.passes)
    return bool(step.passes) and answered and not rules.passes(step, values)


def _is_awaited(step: Step, values: Values) -> bool:
    return any(values.get(key) in awaited for key, awaited in step.pending)


def _shut_gate(
    procedure: Procedure, activity: Activity, steps: dict[str, ActivityStep], fields: activity_fields.Fields
) -> tuple[Step | None, bool]:
    """The gate that is answered and stays shut, and whether only because its answer is still awaited."""
    for stage in procedure.chosen(activity.tracks):
        for step, path in zip(stage.steps, stage.paths(), strict=True):
            if step.gate and path not in steps:
                values = activity_fields.values_of(fields, path)
                return (step, _is_awaited(step, values)) if _is_shut(step, values) else (None, False)
    return None, False


def _number_of(activity: Activity):
    return (
        select(func.count())
        .where(
            Activity.school_id == activity.school_id,
            Activity.case_id == activity.case_id,
            Activity.procedure == activity.procedure,
            Activity.id <= activity.id,
        )
        .scalar_subquery()
    )


def _documents(
    actor: Actor, activity: Activity, fields: activity_fields.Fields
) -> tuple[DocumentLine, ...]:
    rows: Any = tenancy.session.execute(
        select(*document_columns(), Letter)
        .outerjoin(Letter, (Letter.school_id == Report.school_id) & (Letter.report_id == Report.id))
        .where(Report.school_id == actor.school_id, Report.activity_id == activity.id)
        .order_by(Report.id.desc())
    )
    return tuple(
        DocumentLine(
            report_id,
            kind,
            state,
            requested_at,
            has_docx,
            *(() if letter is None else _letter(letter, fields)),
        )
        for report_id, kind, state, requested_at, has_docx, letter in rows
    )


def _letter(letter: Letter, fields: activity_fields.Fields) -> tuple[int, str | None, bool, bool]:
    is_old = letter.sequence != activity_letters.wording(fields, letter.kind)
    return letter.id, letter.number, letter.voided_at is not None, is_old


def _appointments(actor: Actor, activity: Activity) -> tuple[AppointmentLine, ...]:
    rows = tenancy.session.execute(
        select(Appointment.step, Appointment.starts_at, Appointment.ends_at)
        .where(
            Appointment.school_id == actor.school_id,
            Appointment.activity_id == activity.id,
            Appointment.cancelled_at.is_(None),
        )
        .order_by(Appointment.starts_at)
    )
    return tuple(AppointmentLine(*row) for row in rows)
