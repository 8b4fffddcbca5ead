"""What is recorded in the forms of an activity's steps: each field has a version, and no wording is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import field_values
from webapp.domain import procedure_rules as rules
from webapp.domain.errors import N_, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.domain.procedure import Procedure, Step
from webapp.domain.procedures import PROCEDURES
from webapp.mail.clean import many_lines
from webapp.models.activities import Activity, ActivityField, ActivityWording
from webapp.services import access, activities, activity_runs, activity_sync, audit, people, visit_post
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Stored:
    """One field as it stands; version 0 and no value while nothing was saved."""

    value: str = ""
    version: int = 0
    updated_at: datetime | None = None
    updated_by: int | None = None


@dataclass(frozen=True)
class Stale:
    """A field that somebody else had saved meanwhile: theirs stands, one's own is kept among the wordings."""

    field: str
    value: str
    version: int
    mine: str


@dataclass(frozen=True)
class Wording:
    """A value that was once saved; `lost` is one that met a newer version and was not taken."""

    value: str
    version: int
    saved_at: datetime
    saved_by: int
    lost: bool


Fields = dict[str, dict[str, Stored]]
"""Stored fields by step's path, then by the field's key."""

MOVED: dict[str, Callable[[Actor, Activity], None]] = {}
"""What follows, by procedure, when another beginning that lies ahead stands in the plan of a run."""


def read(actor: Actor, activity_id: int) -> Fields:
    """All fields of an activity; the caller has asked permission, and the policies hide them from others."""
    return _views(_rows(actor, activity_id))


def values_of(fields: Fields, path: str) -> dict[str, str]:
    """Values of one step's form."""
    return {key: stored.value for key, stored in fields.get(path, {}).items()}


def save(
    actor: Actor,
    activity_id: int,
    path: str,
    typed: Mapping[str, str],
    versions: Mapping[str, int],
    *,
    copied_from: int | None = None,
) -> list[Stale]:
    """Save a step's form over the versions that the writer had before them; asked of the team.

    typed: by the field's key, as people write them. A newer version is never overwritten: it is returned,
    unless the writer left the field as it was shown, and so wrote nothing there.
    Raises Invalid naming the field, Conflict where a gate or an earlier step stands before it; nothing is
    saved then. A required field of a recorded step can be changed and not emptied. copied_from: the run out
    of which the values were taken, for the trail.
    """
    activity, procedure = activity_runs.hold(actor, activity_id)
    return put(actor, activity, procedure, path, typed, versions, copied_from=copied_from)


def put(
    actor: Actor,
    activity: Activity,
    procedure: Procedure,
    path: str,
    typed: Mapping[str, str],
    versions: Mapping[str, int],
    *,
    copied_from: int | None = None,
    is_whole: bool = True,
) -> list[Stale]:
    """The same in an active run that the caller holds locked, and may write in: of a family that answers by
    its link the policies let nothing but the permission through. A field that saves itself (not `is_whole`)
    was touched, whatever stands in it."""
    step = _step(procedure, path)
    steps = activities.recorded(actor, activity.id)
    rules.check_step_allowed(procedure, path, steps, activity.tracks)
    rows = {(row.step, row.field): row for row in _rows(actor, activity.id)}
    cleaned = _cleaned(actor, step, typed)
    to_be = _values_to_be(path, cleaned, versions, rows)
    if path in steps:
        _check_not_emptied(step, to_be)
    if step.check is not None:
        step.check(to_be, activity_sync.by_path(rows.values()))
    if step.run_check is not None:
        now = activity_sync.by_path(rows.values()) | {f"{path}.{key}": text for key, text in to_be.items()}
        step.run_check(now, activity_sync.entries_of_run(actor, activity.id))
    stale = []
    for key, value in cleaned.items():
        version = versions.get(key, 0)
        if is_whole and _was_shown(actor, rows.get((path, key)), value, version):
            continue
        found = _save_one(actor, activity, path, key, value, version, rows, copied_from)
        if found is not None:
            stale.append(found)
    moved_to = activity_sync.after_fields(actor, activity, procedure, path, rows.values(), cleaned.keys())
    if moved_to is not None and moved_to > actor.at and procedure.key in MOVED:
        MOVED[procedure.key](actor, activity)
    return stale


def save_one(
    actor: Actor, activity_id: int, path: str, key: str, typed: str, version: int
) -> tuple[int, Stale | None]:
    """Save one field while it is being written; the version that stands now, and what met a newer one."""
    activity, procedure = activity_runs.hold(actor, activity_id)
    if key in _step(procedure, path).announced:
        visit_post.check_not_announced(activity)
    stale = put(actor, activity, procedure, path, {key: typed}, {key: version}, is_whole=False)
    if stale:
        return stale[0].version, stale[0]
    stored = read(actor, activity_id).get(path, {}).get(key)
    return (0 if stored is None else stored.version), None


def history(actor: Actor, activity_id: int, path: str, key: str) -> list[Wording]:
    """Every value that was saved into a field, newest first; asked of the case's team."""
    activity = access.get(actor, Activity, activity_id)
    access.get_case(actor, activity.case_id, need=Permission.ACTIVITY_READ)
    step = _step(PROCEDURES[activity.procedure], path)
    if key not in {field.key for field in step.fields}:
        raise NotFound()
    audit.record(actor, "activity.wordings_read", activity, step=path, field=key)
    rows = tenancy.session.scalars(
        select(ActivityWording)
        .where(
            ActivityWording.school_id == actor.school_id,
            ActivityWording.activity_id == activity.id,
            ActivityWording.step == path,
            ActivityWording.field == key,
        )
        .order_by(ActivityWording.id.desc())
    )
    return [
        Wording(row.value or "", row.version, row.saved_at, row.saved_by, row.in_conflict) for row in rows
    ]


def writers(actor: Actor, wordings: Collection[Wording]) -> dict[int, str]:
    """Names of those who wrote these wordings."""
    return people.display_names(actor, {wording.saved_by for wording in wordings})


# --- inside ---------------------------------------------------------------------------------------


def _rows(actor: Actor, activity_id: int) -> list[ActivityField]:
    return list(
        tenancy.session.scalars(
            select(ActivityField).where(
                ActivityField.school_id == actor.school_id, ActivityField.activity_id == activity_id
            )
        )
    )


def _views(rows: list[ActivityField]) -> Fields:
    found: Fields = defaultdict(dict)
    for row in rows:
        found[row.step][row.field] = Stored(row.value or "", row.version, row.updated_at, row.updated_by)
    return found


def _step(procedure: Procedure, path: str) -> Step:
    try:
        return procedure.step(path)
    except KeyError:
        raise NotFound() from None


def _cleaned(actor: Actor, step: Step, typed: Mapping[str, str]) -> dict[str, str]:
    known = {field.key: field for field in step.fields}
    if not typed.keys() <= known.keys():
        raise Invalid(N_("This page is out of date: load it again."), field="step")
    return {
        key: field_values.clean(
            known[key], many_lines(text), today=actor.today, in_past=key == step.counts
        )
        for key, text in typed.items()
    }


def _values_to_be(
    path: str,
    cleaned: Mapping[str, str],
    versions: Mapping[str, int],
    rows: Mapping[tuple[str, str], ActivityField],
) -> dict[str, str]:
    """The form as it will stand: a value that meets a newer version is not taken."""
    values = {row.field: row.value or "" for row in rows.values() if row.step == path}
    for key, value in cleaned.items():
        row = rows.get((path, key))
        if versions.get(key, 0) == (0 if row is None else row.version):
            values[key] = value
    return values


def _check_not_emptied(step: Step, values: Mapping[str, str]) -> None:
    missing = rules.missing_fields(step, values)
    if missing:
        raise Invalid(
            N_("This was recorded: correct it, do not empty it (%(what)s)."),
            field=missing[0].key,
            what=missing[0].term,
        )


def _was_shown(actor: Actor, row: ActivityField | None, value: str, version: int) -> bool:
    """Whether a value that meets a newer version is the one that the writer had before them."""
    if row is None or not 0 <= version < row.version:
        return False
    if version == 0:
        return not value
    shown = tenancy.session.scalar(
        select(ActivityWording).where(
            ActivityWording.school_id == actor.school_id,
            ActivityWording.activity_id == row.activity_id,
            ActivityWording.step == row.step,
            ActivityWording.field == row.field,
            ActivityWording.version == version,
            ActivityWording.in_conflict.is_(False),
        )
    )
    return shown is not None and (shown.value or "") == value


def _save_one(
    actor: Actor,
    activity: Activity,
    path: str,
    key: str,
    value: str,
    version: int,
    rows: dict[tuple[str, str], ActivityField],
    copied_from: int | None,
) -> Stale | None:
    row = rows.get((path, key))
    current, now = (0, "") if row is None else (row.version, row.value or "")
    if version < 0 or version > current:
        raise Invalid(N_("This page is out of date: load it again."), field=key)
    if value == now:
        # Also the answer to a save whose first answer was lost on the way.
        return None
    if version != current:
        _keep(actor, activity, path, key, value, version, in_conflict=True)
        return Stale(key, now, current, value)
    if row is None:
        row = ActivityField(activity_id=activity.id, case_id=activity.case_id, step=path, field=key)
        row.version = 0
    row.version += 1
    row.updated_at, row.updated_by = actor.at, actor.person_id or 0
    row.value = value or None
    if row.version == 1:
        tenancy.add(row)
        rows[(path, key)] = row
    _keep(actor, activity, path, key, value, row.version)
    copied = {} if copied_from is None else {"copied_from": copied_from}
    audit.record(actor, "activity.field_saved", row, step=path, field=key, version=row.version, **copied)
    return None


def _keep(
    actor: Actor,
    activity: Activity,
    path: str,
    key: str,
    value: str,
    version: int,
    *,
    in_conflict: bool = False,
) -> None:
    tenancy.add(
        ActivityWording(
            activity_id=activity.id,
            case_id=activity.case_id,
            step=path,
            field=key,
            version=version,
            in_conflict=in_conflict,
            saved_at=actor.at,
            saved_by=actor.person_id or 0,
            value=value or None,
        )
    )
