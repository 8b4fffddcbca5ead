"""How far an activity is in its procedure: steps recorded, taken back, and shown; for all services alike."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from webapp import tenancy
from webapp.domain.procedure import Procedure, Step
from webapp.domain.procedure_rules import check_step_allowed
from webapp.domain.procedure_rules import progress as progress_of
from webapp.domain.procedures import PROCEDURES
from webapp.domain.vocabulary import Term
from webapp.models.activities import Activity, ActivityStep
from webapp.models.identity import User
from webapp.services import access, audit
from webapp.tenancy import Actor


@dataclass(frozen=True)
class StepView:
    """One step as a page shows it; `done_by` is a user's id, None for a step that the system recorded."""

    path: str
    term: Term
    required: bool
    done_by: int | None = None
    done_at: datetime | None = None

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    @property
    def counts(self) -> bool:
        """Whether it is one of the steps to be done: an optional one only once it is recorded."""
        return self.required or self.is_done


@dataclass(frozen=True)
class StageView:
    """One stage; `state` is done, current, todo or cancelled, `missing` the required steps still open."""

    key: str
    term: Term
    state: str
    steps: tuple[StepView, ...]
    missing: tuple[Term, ...]


@dataclass(frozen=True)
class Progress:
    """All stages in order, and the key of the one that the activity is in (None: recorded or ended)."""

    stages: tuple[StageView, ...]
    current: str | None

    def stage(self, key: str) -> StageView:
        return next(stage for stage in self.stages if stage.key == key)

    @property
    def person_ids(self) -> set[int]:
        """Who recorded steps: for looking their names up once."""
        return {step.done_by for stage in self.stages for step in stage.steps if step.done_by is not None}


def get(actor: Actor, activity_id: int) -> Activity:
    """The activity; NotFound where the policies hide it. Permission is asked by the service of its kind."""
    return access.get(actor, Activity, activity_id)


def recorded(actor: Actor, activity_id: int) -> dict[str, ActivityStep]:
    """Recorded steps by path."""
    rows = tenancy.session.scalars(
        select(ActivityStep).where(
            ActivityStep.school_id == actor.school_id, ActivityStep.activity_id == activity_id
        )
    )
    return {row.step: row for row in rows}


def recorded_by(actor: Actor, activity_id: int) -> tuple[dict[str, ActivityStep], dict[int, str]]:
    """The same, and the names of those who recorded them."""
    rows = tenancy.session.execute(
        select(ActivityStep, User.name)
        .outerjoin(User, User.id == ActivityStep.done_by)
        .where(ActivityStep.school_id == actor.school_id, ActivityStep.activity_id == activity_id)
    ).all()
    names = {row.done_by: name for row, name in rows if row.done_by is not None and name is not None}
    return {row.step: row for row, _ in rows}, names


def record_step(actor: Actor, activity: Activity, path: str) -> None:
    """Record a step now; a step that is recorded already keeps its first time.

    path: `stage.step`. Conflict when a gate or an earlier step of an ordered stage still stands before it.
    The caller has asked for permission: what a step needs differs by service.
    """
    steps = recorded(actor, activity.id)
    if path in steps:
        return
    check_step_allowed(PROCEDURES[activity.procedure], path, steps, activity.tracks)
    row = tenancy.add(
        ActivityStep(activity_id=activity.id, step=path, done_by=actor.person_id, done_at=actor.at)
    )
    audit.record(actor, "step.recorded", row, step=path, activity_id=activity.id)


def undo_step(actor: Actor, activity: Activity, path: str) -> None:
    """Take a step back; the trail keeps that it was recorded. Nothing happens when it was not."""
    row = recorded(actor, activity.id).get(path)
    if row is None:
        return
    audit.record(actor, "step.taken_back", row, step=path, activity_id=activity.id)
    tenancy.session.execute(
        delete(ActivityStep).where(ActivityStep.school_id == actor.school_id, ActivityStep.id == row.id)
    )


def end(actor: Actor, activity: Activity, state: str, *, reason: str = "") -> None:
    """End the activity: `completed`, or `cancelled` with a reason."""
    activity.state, activity.ended_at = state, actor.at
    # Why a run was opened again stays with it when it is completed anew.
    if state == "cancelled" or reason.strip():
        activity.end_reason = reason.strip() or None
    audit.record(actor, f"activity.{state}", activity)


def progress(actor: Actor, activity: Activity) -> Progress:
    """Stages and steps of an activity as its page shows them: one query."""
    return build_progress(
        PROCEDURES[activity.procedure], recorded(actor, activity.id), activity.state, activity.tracks
    )


def build_progress(
    procedure: Procedure, steps: dict[str, ActivityStep], state: str, tracks: Collection[str] = ()
) -> Progress:
    """The same, from recorded steps that are at hand."""
    parts = progress_of(procedure, steps, tracks)
    current = next((part.stage.key for part in parts if part.missing), None) if state == "active" else None
    stages = []
    for part in parts:
        views = tuple(
            _step_view(path, step, steps)
            for path, step in zip(part.stage.paths(), part.stage.steps, strict=True)
        )
        missing = tuple(procedure.step(path).term for path in part.missing)
        stage_state = _stage_state(part.is_complete, part.stage.key == current, state)
        stages.append(StageView(part.stage.key, part.stage.term, stage_state, views, missing))
    return Progress(tuple(stages), current)


def _step_view(path: str, step: Step, steps: dict[str, ActivityStep]) -> StepView:
    row = steps.get(path)
    if row is None:
        return StepView(path, step.term, step.required)
    return StepView(path, step.term, step.required, row.done_by, row.done_at)


def _stage_state(complete: bool, current: bool, activity_state: str) -> str:
    if complete:
        return "done"
    if current:
        return "current"
    return "cancelled" if activity_state == "cancelled" else "todo"
