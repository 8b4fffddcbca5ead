"""The rules that hold for every procedure: when a step counts as recorded, what stands before it, what is
missing. Pure functions of a declaration and of what was recorded; see webapp/domain/procedure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.procedure import Entries, Field, Procedure, Stage, Step, Values
from webapp.domain.vocabulary import TermList

# --- values -----------------------------------------------------------------------------------------


def missing_fields(step: Step, values: Values) -> tuple[Field, ...]:
    """Required fields of a form that hold nothing, in order."""
    return tuple(field for field in step.fields if field.is_needed(values) and not values.get(field.key))


def passes(step: Step, values: Values) -> bool:
    """Whether a form, complete or not, is answered so that the step counts as recorded."""
    return all(values.get(key) in allowed for key, allowed in step.passes)


def ends_too_early(step: Step, values: Values) -> bool:
    """Whether a planned meeting would end before it begins: so it stands for a moment while its times are
    moved one by one, each field saving itself."""
    if step.appointment is None:
        return False
    begins, ends = (values.get(key) for key in step.appointment[1:])
    return bool(begins and ends and ends <= begins)


def is_recorded(
    step: Step, values: Values, *, entries: int = 0, promises: int = 0, documents: int = 0
) -> bool:
    """Whether a step is recorded, by the values of its form and how many of the rest stand.

    The form must be complete and pass; and there must be at least one of what the step records (RECORDS).
    Where promises are recorded, a filled form says why there are none.
    """
    if missing_fields(step, values) or not passes(step, values):
        return False
    if step.records == "entries":
        return entries > 0
    if step.records == "document":
        return documents > 0
    return any(values.values()) or entries > 0 or promises > 0


def stages_opened(procedure: Procedure, values: Mapping[str, str]) -> frozenset[str]:
    """Keys of the stages on a condition that recorded values, by path of the field, open."""
    return frozenset(
        stage.key
        for stage in procedure.stages
        if stage.opened_by is not None and values.get(stage.opened_by[0]) == stage.opened_by[1]
    )


def check_tracks(procedure: Procedure, wanted: Collection[str]) -> None:
    """Raise Invalid unless people may choose these: tracks only, and at least one where there are any.

    Stages on a condition are opened by what is recorded, never by choice.
    """
    if not set(wanted) <= set(procedure.tracks) or (procedure.has_tracks and not wanted):
        raise Invalid(N_("Choose at least one track."), field="tracks")


# --- progress ---------------------------------------------------------------------------------------


def shown_order(procedure: Procedure, keys: Iterable[str]) -> list[str]:
    """Stages as people see them, by key: one that an answer opened is urgent, and stands right after the
    stage of that answer, whatever order they are declared in."""
    after: dict[str, list[str]] = {}
    for key in keys:
        by = procedure.stage(key).opened_by
        after.setdefault(by[0].partition(".")[0] if by else "", []).append(key)
    return [shown for key in after.get("", ()) for shown in (key, *after.get(key, ()))]


@dataclass(frozen=True)
class StageProgress:
    """How far a stage is; `done` and `required` count required steps, `missing` are paths."""

    stage: Stage
    done: int
    required: int
    missing: tuple[str, ...]
    recorded: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing


def progress(
    procedure: Procedure, recorded_steps: Collection[str], tracks: Collection[str] = ()
) -> tuple[StageProgress, ...]:
    """Progress stage by stage, in order; `recorded_steps` are paths, unknown ones are ignored."""
    result = []
    for stage in procedure.chosen(tracks):
        required = stage.paths(required=True)
        missing = tuple(path for path in required if path not in recorded_steps)
        recorded = tuple(path for path in stage.paths() if path in recorded_steps)
        result.append(StageProgress(stage, len(required) - len(missing), len(required), missing, recorded))
    return tuple(result)


def missing_steps(
    procedure: Procedure, recorded_steps: Collection[str], tracks: Collection[str] = ()
) -> tuple[str, ...]:
    """Paths of the required steps still to be recorded, in order."""
    return tuple(path for part in progress(procedure, recorded_steps, tracks) for path in part.missing)


def current_stage(
    procedure: Procedure, recorded_steps: Collection[str], tracks: Collection[str] = ()
) -> Stage | None:
    """The first stage with a required step missing; None when the whole procedure is recorded."""
    return next((part.stage for part in progress(procedure, recorded_steps, tracks) if part.missing), None)


def check_stage_can_end(procedure: Procedure, stage_key: str, recorded_steps: Collection[str]) -> None:
    """Raise Conflict naming the required steps of the stage that are not recorded yet."""
    missing = [path for path in procedure.stage(stage_key).paths(required=True) if path not in recorded_steps]
    if missing:
        steps = TermList(procedure.step(path).term for path in missing)
        raise Conflict(N_("This stage cannot end yet. Still missing: %(steps)s"), steps=steps)


def check_can_complete(
    procedure: Procedure, recorded_steps: Collection[str], tracks: Collection[str] = ()
) -> None:
    """Raise Conflict naming the required steps of all its stages that are not recorded yet."""
    missing = missing_steps(procedure, recorded_steps, tracks)
    if missing:
        steps = TermList(procedure.step(path).term for path in missing)
        raise Conflict(N_("This cannot be completed yet. Still missing: %(steps)s"), steps=steps)


def check_run(procedure: Procedure, values: Values, entries: Entries) -> None:
    """Ask every rule between a form and the rest of the run; Conflict from the first that is broken."""
    for stage in procedure.stages:
        for step in stage.steps:
            if step.run_check is not None:
                step.run_check(values, entries)


def step_before(
    procedure: Procedure, path: str, recorded_steps: Collection[str], tracks: Collection[str] = ()
) -> Step | None:
    """The step that must be recorded before `path`: a gate, or an earlier step of an ordered stage; None
    where the way is free. Invalid where there is no such step."""
    stages = procedure.chosen(tracks)
    ahead = [(stage, step) for stage in stages for step in stage.steps]
    paths = [f"{stage.key}.{step.key}" for stage, step in ahead]
    if path not in paths:
        raise Invalid(N_("There is no such step."), field="step")
    own = procedure.stage(path.partition(".")[0])
    for before, (stage, step) in zip(paths, ahead, strict=True):
        if before == path:
            break
        in_order = stage.ordered and stage is own and step.required
        holds = step.gate and not own.past_gates
        if (holds or in_order) and before not in recorded_steps:
            return step
    return None


def check_step_allowed(
    procedure: Procedure, path: str, recorded_steps: Collection[str], tracks: Collection[str] = ()
) -> None:
    """Raise Conflict when a gate, or in an ordered stage an earlier required step, still stands before it."""
    before = step_before(procedure, path, recorded_steps, tracks)
    if before is not None:
        raise Conflict(N_("Record this first: %(step)s"), step=before.term)


def check_can_take_back(procedure: Procedure, path: str, recorded_steps: Collection[str]) -> None:
    """Raise Conflict when, in an ordered stage, a later step was recorded on the ground of this one."""
    stage = procedure.stage(path.partition(".")[0])
    paths = stage.paths()
    later = [after for after in paths[paths.index(path) + 1 :] if after in recorded_steps]
    if stage.ordered and later:
        steps = TermList(procedure.step(after).term for after in later)
        raise Conflict(N_("Later steps build on this one: %(steps)s. Correct it instead."), steps=steps)
