"""Positive behaviours that a visit or an advocacy lets watch: named at the step of its promises, and
monitored like those of a conference until the case closes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import commitments as rules
from webapp.domain import field_values
from webapp.domain.errors import N_, Invalid
from webapp.models.commitments import BehaviourGoal, CheckIn
from webapp.services import activity_promises, audit, behaviours
from webapp.tenancy import Actor


@dataclass(frozen=True)
class BehaviourView:
    """A behaviour that is watched for; `check_ins` are the days on which somebody looks."""

    id: int
    behaviour: str
    state: str
    watch_until_on: date | None
    check_ins: tuple[date, ...] = ()


def of_activity(actor: Actor, activity_id: int) -> list[BehaviourView]:
    """Behaviours of an activity in the order in which they were named; the caller has asked permission."""
    rows = tenancy.session.execute(
        select(BehaviourGoal, activity_promises.days_looked_at(BehaviourGoal.id == CheckIn.goal_id))
        .where(BehaviourGoal.school_id == actor.school_id, BehaviourGoal.activity_id == activity_id)
        .order_by(BehaviourGoal.id)
    )
    return [
        BehaviourView(row.id, row.behaviour or "", row.state, row.watch_until_on, tuple(check_days))
        for row, check_days in rows
    ]


def add(
    actor: Actor,
    activity_id: int,
    path: str,
    *,
    behaviour: str,
    watch_until_on: date | None = None,
    check_ins: Collection[date] = (),
) -> BehaviourGoal:
    """Watch for a positive behaviour from now on; asked of the case's team. check_ins: days on which somebody
    looks. The same behaviour sent again shortly afterwards, its answer having been lost on the way, is the
    one that stands."""
    activity, _ = activity_promises.hold_step(actor, activity_id, path)
    rules.check_goal(behaviour=behaviour, watch_until_on=watch_until_on, today=actor.today)
    if watch_until_on is not None and watch_until_on.year > field_values.LAST_YEAR:
        raise Invalid(N_("There is no such day in the calendar."), field="watch_until_on")
    rules.check_check_ins(check_ins, today=actor.today)
    words = behaviours.words(behaviour, "behaviour")
    sent = _sent_before(actor, activity.id, words)
    if sent is not None:
        return sent
    row = BehaviourGoal(
        case_id=activity.case_id,
        activity_id=activity.id,
        state=rules.FIRST_GOAL_STATE,
        watch_until_on=watch_until_on,
        created_by=actor.person_id,
        created_at=actor.at,
    )
    row.behaviour = words
    tenancy.add(row)
    for day in sorted(set(check_ins)):
        tenancy.add(CheckIn(case_id=row.case_id, goal_id=row.id, due_on=day))
    audit.record(actor, "goal.set", row, check_ins=len(set(check_ins)))
    return row


def _sent_before(actor: Actor, activity_id: int, words: str) -> BehaviourGoal | None:
    rows = tenancy.session.scalars(
        select(BehaviourGoal).where(
            BehaviourGoal.school_id == actor.school_id,
            BehaviourGoal.activity_id == activity_id,
            BehaviourGoal.created_by == actor.person_id,
            BehaviourGoal.created_at > actor.at - activity_promises.SENT_AGAIN_WITHIN,
        )
    )
    return next((row for row in rows if row.behaviour == words), None)
