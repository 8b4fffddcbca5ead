"""Promises made at a visit or in an advocacy: by people who have no place of their own in the product, so the
counsellor asks them and records how it goes; monitored like those of a conference."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select

from webapp import tenancy
from webapp.domain import commitments as rules
from webapp.domain import field_values, procedure_rules
from webapp.domain.errors import N_, Invalid, NotFound
from webapp.domain.procedure import Procedure
from webapp.mail.clean import many_lines, one_line
from webapp.models.activities import Activity
from webapp.models.commitments import CheckIn, Commitment
from webapp.services import activities, activity_runs, activity_sync, audit, dues
from webapp.tenancy import Actor

LONGEST_TEXT = 2000
SENT_AGAIN_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class PromiseView:
    """Who promised what by when, and how it stands; `check_ins` are the days on which somebody looks."""

    id: int
    who: str
    relation: str
    what: str
    due_on: date
    state: str
    check_ins: tuple[date, ...] = ()


def of_activity(actor: Actor, activity_id: int) -> list[PromiseView]:
    """Promises of an activity in the order in which they were made; the caller has asked permission."""
    rows = tenancy.session.execute(
        select(Commitment, days_looked_at(Commitment.id == CheckIn.commitment_id))
        .where(Commitment.school_id == actor.school_id, Commitment.activity_id == activity_id)
        .order_by(Commitment.id)
    )
    return [
        PromiseView(
            row.id,
            row.who or "",
            row.relation or "",
            row.what or "",
            row.due_on,
            row.state,
            tuple(check_days),
        )
        for row, check_days in rows
    ]


def add(
    actor: Actor,
    activity_id: int,
    path: str,
    *,
    who: str,
    relation: str,
    what: str,
    due_on: date | None,
    check_ins: Collection[date] = (),
) -> Commitment:
    """Record what somebody promised at a step; asked of the case's team. It was said before witnesses, so it
    is accepted from the start. check_ins: days on which the counsellor looks. The same promise sent again
    shortly afterwards, its answer having been lost on the way, is the one that stands."""
    activity, procedure = hold_step(actor, activity_id, path)
    who, what = one_line(who), many_lines(what).strip()
    _check(who=who, what=what)
    if due_on is None:
        raise Invalid(N_("Choose a day."), field="due_on")
    if due_on < actor.today:
        raise Invalid(N_("This day lies in the past."), field="due_on")
    if due_on.year > field_values.LAST_YEAR:
        raise Invalid(N_("There is no such day in the calendar."), field="due_on")
    rules.check_check_ins(check_ins, today=actor.today)
    sent = _sent_before(actor, activity.id, who=who, what=what, due_on=due_on)
    if sent is not None:
        return sent
    row = Commitment(
        case_id=activity.case_id,
        activity_id=activity.id,
        due_on=due_on,
        state="accepted",
        created_by=actor.person_id,
        created_at=actor.at,
        answered_at=actor.at,
    )
    row.who, row.relation, row.what = who, one_line(relation) or None, what
    tenancy.add(row)
    for day in sorted(set(check_ins)):
        tenancy.add(CheckIn(case_id=row.case_id, commitment_id=row.id, due_on=day))
    audit.record(actor, "commitment.proposed", row, activity_id=activity.id)
    dues.plan_commitment(actor, row)
    tenancy.session.flush()
    activity_sync.sync_step(actor, activity, procedure, path)
    return row


def hold_step(actor: Actor, activity_id: int, path: str) -> tuple[Activity, Procedure]:
    """The run, locked, at whose step promises and behaviours are recorded; asked of the case's team. NotFound
    or Invalid for another step, Conflict where a gate or an earlier step stands before it."""
    activity, procedure = activity_runs.hold(actor, activity_id)
    try:
        step = procedure.step(path)
    except KeyError:
        raise NotFound() from None
    if step.records != "promises":
        raise Invalid(N_("There is no such step."), field="step")
    steps = activities.recorded(actor, activity.id)
    procedure_rules.check_step_allowed(procedure, path, steps, activity.tracks)
    return activity, procedure


def days_looked_at(of_row: ColumnElement[bool]) -> ColumnElement[list[date]]:
    """For queries of promises or behaviours: the days on which somebody looks, in order, in one column.
    `of_row` ties a check-in to the row."""
    days = select(CheckIn.due_on).where(CheckIn.school_id == tenancy.current().actor.school_id, of_row)
    return func.array(days.order_by(CheckIn.due_on).scalar_subquery())


def _sent_before(
    actor: Actor, activity_id: int, *, who: str, what: str, due_on: date
) -> Commitment | None:
    rows = tenancy.session.scalars(
        select(Commitment).where(
            Commitment.school_id == actor.school_id,
            Commitment.activity_id == activity_id,
            Commitment.created_by == actor.person_id,
            Commitment.created_at > actor.at - SENT_AGAIN_WITHIN,
            Commitment.due_on == due_on,
        )
    )
    return next((row for row in rows if (row.who, row.what) == (who, what)), None)


def _check(*, who: str, what: str) -> None:
    if not who:
        raise Invalid(N_("Say who promised it."), field="who")
    if not what:
        raise Invalid(N_("Please write a few words."), field="what")
    if len(what) > LONGEST_TEXT:
        raise Invalid(
            N_("The text is too long: at most %(most)s characters."), field="what", most=LONGEST_TEXT
        )
