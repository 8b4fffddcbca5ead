"""Positive behaviours to watch for: agreed on in a conference, observed on a scale, closed. Those of a visit
or an advocacy are named in webapp/services/activity_behaviours, and observed and closed here alike."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import update

from webapp import tenancy
from webapp.domain import commitments as rules
from webapp.domain import minutes
from webapp.domain.cases import check_open_for_work
from webapp.domain.conferences import HELD_STATES
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.domain.procedures import CASE_CONFERENCE
from webapp.mail.clean import many_lines
from webapp.models.activities import Activity
from webapp.models.commitments import BehaviourGoal, CheckIn, Observation
from webapp.models.conferences import Conference
from webapp.services import access, audit, conference_facts, dues
from webapp.tenancy import Actor

LONGEST_TEXT = 2000


def set_goal(
    actor: Actor,
    conference_id: int,
    *,
    behaviour: str,
    watch_until_on: date | None = None,
    check_ins: Collection[date] = (),
) -> BehaviourGoal:
    """Agree on a positive behaviour to watch for, and on which days somebody looks.

    Asked of a team member who has signed, in the open meeting.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.CONTENT_WRITE)
    minutes.check_can_write(held.conference.state, "discussion", signed="signed" in held.parts)
    rules.check_goal(behaviour=behaviour, watch_until_on=watch_until_on, today=actor.today)
    rules.check_check_ins(check_ins, today=actor.today)
    row = BehaviourGoal(
        case_id=held.conference.case_id,
        activity_id=conference_id,
        state=rules.FIRST_GOAL_STATE,
        watch_until_on=watch_until_on,
        created_by=actor.person_id,
        created_at=actor.at,
    )
    row.behaviour = words(behaviour, "behaviour")
    tenancy.add(row)
    for day in sorted(set(check_ins)):
        tenancy.add(CheckIn(case_id=row.case_id, goal_id=row.id, due_on=day))
    audit.record(actor, "goal.set", row, check_ins=len(set(check_ins)))
    conference_facts.sync_steps(actor, held.conference)
    return row


def observe(actor: Actor, goal_id: int, *, observed_on: date, score: int, note: str = "") -> Observation:
    """Record what was seen of a behaviour, from 1 (not seen) to 5 (always); check-ins due by then are done.

    Asked of the case team, while the goal is being watched.
    """
    goal, conference = _goal(actor, goal_id, Permission.OBSERVE)
    if goal.state not in rules.OPEN_GOAL_STATES:
        raise Conflict(N_("This behaviour is not being watched any more."))
    rules.check_observation(score, observed_on, today=actor.today)
    row = Observation(
        goal_id=goal.id,
        case_id=goal.case_id,
        observed_on=observed_on,
        score=score,
        by_user_id=actor.person_id,
        at=actor.at,
    )
    row.note = words(note, "note") or None
    tenancy.add(row)
    _end_check_ins(actor, goal, until=observed_on)
    audit.record(actor, "behaviour.observed", row, goal_id=goal.id, score=score)
    _sync(actor, conference)
    return row


def close(actor: Actor, goal_id: int, *, state: str, reason: str = "") -> BehaviourGoal:
    """End watching: `reached`, or `waived` with a reason; `watching` takes it up again."""
    goal, conference = _goal(actor, goal_id, Permission.OBSERVE)
    if state not in rules.GOAL_TRANSITIONS:
        raise Invalid(N_("Say whether the behaviour was reached or is watched no longer."), field="state")
    rules.check_goal_move(goal.state, state, reason=reason)
    goal.state = state
    goal.state_reason = words(reason, "reason") or None
    goal.ended_at = None if state in rules.OPEN_GOAL_STATES else actor.at
    if goal.ended_at is not None:
        _end_check_ins(actor, goal, until=None)
        dues.cancel(actor, goal.id)
    audit.record(actor, f"goal.{state}", goal)
    _sync(actor, conference)
    return goal


def words(text: str, field: str) -> str:
    """What somebody wrote, cleaned; Invalid naming the field where it is too long."""
    text = many_lines(text).strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            N_("The text is too long: at most %(most)s characters."), field=field, most=LONGEST_TEXT
        )
    return text


# --- inside ---------------------------------------------------------------------------------------


def _goal(actor: Actor, goal_id: int, need: Permission) -> tuple[BehaviourGoal, Conference | None]:
    """A behaviour of one of the actor's cases, locked, and the conference that it belongs to, if one."""
    goal = access.get(actor, BehaviourGoal, goal_id)
    if access.get(actor, Activity, goal.activity_id).procedure != CASE_CONFERENCE.key:
        case = access.get_case(actor, goal.case_id, need=need)
        check_open_for_work(case.status)
        tenancy.session.refresh(goal, with_for_update=True)
        return goal, None
    conference_facts.lock(actor, goal.activity_id)
    conference = access.get_conference(actor, goal.activity_id, need=need)
    if conference.state not in HELD_STATES - {"completed"}:
        raise Conflict(N_("The conference is not in a state that allows this."))
    tenancy.session.refresh(goal, with_for_update=True)
    return goal, conference


def _sync(actor: Actor, conference: Conference | None) -> None:
    # Elsewhere no step follows from what is observed.
    if conference is not None:
        conference_facts.sync_steps(actor, conference)


def _end_check_ins(actor: Actor, goal: BehaviourGoal, *, until: date | None) -> None:
    statement = update(CheckIn).where(
        CheckIn.school_id == actor.school_id, CheckIn.goal_id == goal.id, CheckIn.done_at.is_(None)
    )
    if until is not None:
        statement = statement.where(CheckIn.due_on <= until)
    tenancy.session.execute(
        statement.values(done_at=actor.at, done_by=actor.person_id),
        execution_options={"synchronize_session": False},
    )
