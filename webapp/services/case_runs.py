"""Runs of the services in one case or in several, as their pages list them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain.procedure_rules import progress as progress_of
from webapp.domain.procedures import PROCEDURES
from webapp.domain.vocabulary import Term
from webapp.models.activities import Activity, ActivityStep, Appointment
from webapp.models.conferences import Conference
from webapp.tenancy import Actor


@dataclass(frozen=True)
class ActivityLine:
    """One run of a service. `stage`, `done` and `required` tell where an active one stands."""

    id: int
    case_id: int
    procedure: str
    number: int
    state: str
    stage: Term | None
    done: int
    required: int
    conference_state: str | None
    starts_at: datetime | None
    ends_at: datetime | None


def of_cases(actor: Actor, case_ids: Sequence[int]) -> tuple[ActivityLine, ...]:
    """Runs of every service in some cases, the oldest first, each counted within its case; the caller has
    asked permission."""
    recorded = (
        select(func.array_agg(ActivityStep.step))
        .where(ActivityStep.school_id == Activity.school_id, ActivityStep.activity_id == Activity.id)
        .correlate(Activity)
        .scalar_subquery()
    )
    rows = tenancy.session.execute(
        select(
            Activity,
            Conference.state,
            func.coalesce(Conference.starts_at, _appointed(Appointment.starts_at)),
            func.coalesce(Conference.ends_at, _appointed(Appointment.ends_at)),
            recorded,
        )
        .outerjoin(Conference, (Conference.school_id == Activity.school_id) & (Conference.id == Activity.id))
        .where(Activity.school_id == actor.school_id, Activity.case_id.in_(case_ids))
        .order_by(Activity.id)
    )
    lines: list[ActivityLine] = []
    counts: Counter[tuple[int, str]] = Counter()
    for activity, state, starts_at, ends_at, steps in rows:
        counts[activity.case_id, activity.procedure] += 1
        line = ActivityLine(
            id=activity.id,
            case_id=activity.case_id,
            procedure=activity.procedure,
            number=counts[activity.case_id, activity.procedure],
            state=activity.state,
            stage=None,
            done=0,
            required=0,
            conference_state=state,
            starts_at=starts_at,
            ends_at=ends_at,
        )
        lines.append(_with_progress(line, frozenset(steps or ()), activity.tracks))
    return tuple(lines)


def _appointed(column):
    """Of an activity's appointments that stand, the one that comes last."""
    return (
        select(column)
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


def _with_progress(line: ActivityLine, steps: frozenset[str], tracks: Collection[str]) -> ActivityLine:
    if line.state != "active":
        return line
    progress = progress_of(PROCEDURES[line.procedure], steps, tracks)
    current = next((part for part in progress if part.missing), progress[-1])
    return replace(line, stage=current.stage.term, done=current.done, required=current.required)
