"""Tasks and behaviours of one conference as pages and minutes show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, literal, or_, select

from webapp import tenancy
from webapp.domain import commitments as rules
from webapp.domain.errors import NotFound
from webapp.domain.schedules import ESCALATION_LEVELS
from webapp.models.background import Due
from webapp.models.base import UtcDateTime
from webapp.models.commitments import BehaviourGoal, CheckIn, Commitment, CommitmentReport, Observation
from webapp.models.conferences import Participant
from webapp.services import access
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Check:
    """One day on which somebody looks."""

    due_on: date
    is_done: bool


@dataclass(frozen=True)
class Said:
    """One report on a task."""

    state: str
    note: str
    at: datetime
    channel: str


@dataclass(frozen=True)
class TaskView:
    """A task: who, what, by when, how far, and what was said of it (newest first).

    told: to whom (counsellor, principal) it was said that it stays overdue, and when.
    """

    id: int
    participant_id: int
    who: str
    relation: str
    what: str
    due_on: date
    state: str
    reason: str
    check_ins: tuple[Check, ...] = ()
    reports: tuple[Said, ...] = ()
    told: tuple[tuple[str, datetime], ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in rules.OPEN_STATES

    def due_class(self, today: date) -> str:
        """Key of DUE_CLASSES."""
        return rules.due_class(self.due_on, today)

    def may_become(self, by: str) -> tuple[str, ...]:
        """States into which `owner` or `counsellor` may move it."""
        return rules.allowed_moves(self.state, by=by)


@dataclass(frozen=True)
class Seen:
    """One observation."""

    observed_on: date
    score: int
    note: str


@dataclass(frozen=True)
class GoalView:
    """A behaviour being watched, with observations oldest first."""

    id: int
    behaviour: str
    state: str
    reason: str
    watch_until_on: date | None
    check_ins: tuple[Check, ...] = ()
    observations: tuple[Seen, ...] = ()


def of_conference(
    actor: Actor,
    conference_id: int,
    *,
    check_ins: bool = True,
    reports: bool = False,
    observations: bool = False,
    escalations: bool = False,
) -> tuple[list[TaskView], list[GoalView]]:
    """Tasks and behaviours of a conference that the actor may read, in the order of agreement.

    The policies decide: the case team and those who have signed read all, others their own tasks;
    observations only the team. What is not asked for is left empty.
    """
    tasks = tenancy.session.execute(
        select(
            Commitment,
            Participant,
            *(_escalated_at(level, asked=escalations) for level in ESCALATION_LEVELS),
        )
        .join(
            Participant,
            (Participant.school_id == Commitment.school_id) & (Participant.id == Commitment.participant_id),
        )
        .where(Commitment.school_id == actor.school_id, Commitment.activity_id == conference_id)
        .order_by(Commitment.id)
    ).all()
    goals = list(
        tenancy.session.scalars(
            select(BehaviourGoal)
            .where(BehaviourGoal.school_id == actor.school_id, BehaviourGoal.activity_id == conference_id)
            .order_by(BehaviourGoal.id)
        )
    )
    ids = [row.id for row, *_ in tasks]
    checks = _checks(actor, ids, [goal.id for goal in goals]) if check_ins else {}
    said = _reports(actor, ids) if reports else {}
    seen = _observations(actor, [goal.id for goal in goals]) if observations else {}
    return (
        [
            _task(row, who, checks.get(row.id, ()), said.get(row.id, ()), _told(at))
            for row, who, *at in tasks
        ],
        [
            GoalView(
                row.id,
                row.behaviour or "",
                row.state,
                row.state_reason or "",
                row.watch_until_on,
                tuple(checks.get(row.id, ())),
                tuple(seen.get(row.id, ())),
            )
            for row in goals
        ],
    )


def own_tasks(actor: Actor, conference_id: int) -> list[TaskView]:
    """One's own tasks with what one has reported; nothing before one has signed, nor without a code."""
    if actor.kind == "guest" and not actor.verified:
        raise NotFound()
    _, own = access.get_own_participant(actor, conference_id)
    if own.signed_at is None:
        return []
    rows = list(
        tenancy.session.scalars(
            select(Commitment)
            .where(
                Commitment.school_id == actor.school_id,
                Commitment.activity_id == conference_id,
                Commitment.participant_id == own.id,
            )
            .order_by(Commitment.due_on, Commitment.id)
        )
    )
    said = _reports(actor, [row.id for row in rows])
    return [_task(row, own, (), said.get(row.id, ())) for row in rows]


# --- inside ---------------------------------------------------------------------------------------


def _task(
    row: Commitment,
    who: Participant,
    checks: Iterable[Check],
    said: Iterable[Said],
    told: Iterable[tuple[str, datetime]] = (),
) -> TaskView:
    return TaskView(
        row.id,
        who.id,
        who.name or "",
        who.position or "",
        row.what or "",
        row.due_on,
        row.state,
        row.state_reason or "",
        tuple(checks),
        tuple(said),
        tuple(told),
    )


def _told(moments: Iterable[datetime | None]) -> list[tuple[str, datetime]]:
    return [(level, at) for level, at in zip(ESCALATION_LEVELS, moments, strict=True) if at is not None]


def _escalated_at(level: str, *, asked: bool) -> ColumnElement[datetime | None]:
    """When it was told to `counsellor` or `principal` that a promise stays overdue; none where not asked."""
    if not asked:
        return literal(None, UtcDateTime)
    return (
        select(func.max(Due.done_at))
        .where(
            Due.school_id == Commitment.school_id,
            Due.subject_id == Commitment.id,
            Due.kind == "commitment_escalation",
            Due.recipient == level,
            Due.outcome == "queued",
        )
        .correlate(Commitment)
        .scalar_subquery()
    )


def _checks(actor: Actor, task_ids: list[int], goal_ids: list[int]) -> dict[int, list[Check]]:
    found: dict[int, list[Check]] = defaultdict(list)
    if task_ids or goal_ids:
        rows = tenancy.session.scalars(
            select(CheckIn)
            .where(
                CheckIn.school_id == actor.school_id,
                or_(CheckIn.commitment_id.in_(task_ids), CheckIn.goal_id.in_(goal_ids)),
            )
            .order_by(CheckIn.due_on)
        )
        for row in rows:
            subject_id = row.commitment_id or row.goal_id or 0
            found[subject_id].append(Check(row.due_on, row.done_at is not None))
    return found


def _reports(actor: Actor, ids: list[int]) -> dict[int, list[Said]]:
    found: dict[int, list[Said]] = defaultdict(list)
    if ids:
        rows = tenancy.session.scalars(
            select(CommitmentReport)
            .where(CommitmentReport.school_id == actor.school_id, CommitmentReport.commitment_id.in_(ids))
            .order_by(CommitmentReport.id.desc())
        )
        for row in rows:
            found[row.commitment_id].append(Said(row.state, row.note or "", row.at, row.channel))
    return found


def _observations(actor: Actor, ids: list[int]) -> dict[int, list[Seen]]:
    found: dict[int, list[Seen]] = defaultdict(list)
    if ids:
        rows = tenancy.session.scalars(
            select(Observation)
            .where(Observation.school_id == actor.school_id, Observation.goal_id.in_(ids))
            .order_by(Observation.observed_on, Observation.id)
        )
        for row in rows:
            found[row.goal_id].append(Seen(row.observed_on, row.score, row.note or ""))
    return found
