"""Promises and behaviour goals: their states, who moves them, and when they are due.

A promise (a task taken on) is moved by its `owner`, a participant, or by the `counsellor` of the case, who
also records on behalf of someone. A goal is moved by the counsellor alone.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from webapp.domain.errors import N_, Conflict, Forbidden, Invalid

FIRST_STATE = "proposed"
# Neither answered nor ended: what digests list and what keeps a conference from completing.
OPEN_STATES = frozenset({"proposed", "accepted", "under_way", "stuck"})
ENDED_STATES = frozenset({"done", "waived", "declined"})
# States in which a due date binds: the promise was taken on and not yet kept.
BINDING_STATES = frozenset({"accepted", "under_way", "stuck"})

_BOTH = frozenset({"owner", "counsellor"})
_COUNSELLOR = frozenset({"counsellor"})

# From a state to each state that may follow, and who may move it there.
TRANSITIONS: dict[str, dict[str, frozenset[str]]] = {
    "proposed": {"accepted": _BOTH, "declined": _BOTH, "waived": _COUNSELLOR},
    "accepted": {"under_way": _BOTH, "stuck": _BOTH, "done": _BOTH, "waived": _COUNSELLOR},
    "under_way": {"stuck": _BOTH, "done": _BOTH, "waived": _COUNSELLOR},
    "stuck": {"under_way": _BOTH, "done": _BOTH, "waived": _COUNSELLOR},
    # A report of "done" can be corrected; a refusal can be taken back.
    "done": {"under_way": _BOTH, "stuck": _BOTH},
    "declined": {"accepted": _BOTH},
    "waived": {},
}
STATES_WITH_REASON = frozenset({"declined", "waived"})


def check_move(state: str, target: str, *, by: str, reason: str = "") -> None:
    """Raise Conflict, Forbidden or Invalid unless `by` ("owner" or "counsellor") may move a promise so.

    Declining and waiving are explained in words.
    """
    movers = TRANSITIONS[state].get(target)
    if movers is None:
        raise Conflict(N_("This promise cannot change in that way any more."))
    if by not in movers:
        raise Forbidden(N_("Only the counsellor can waive a promise."))
    if target in STATES_WITH_REASON and not reason.strip():
        raise Invalid(N_("Please give a reason."), field="reason")


def allowed_moves(state: str, *, by: str) -> tuple[str, ...]:
    """States into which `by` may move a promise, in the order in which people think of them."""
    return tuple(target for target, movers in TRANSITIONS[state].items() if by in movers)


FIRST_GOAL_STATE = "watching"
OPEN_GOAL_STATES = frozenset({"watching"})
GOAL_TRANSITIONS: dict[str, tuple[str, ...]] = {
    "watching": ("reached", "waived"),
    "reached": ("watching",),
    "waived": ("watching",),
}


def check_goal_move(state: str, target: str, *, reason: str = "") -> None:
    """Raise unless a behaviour goal may move so; dropping one is explained in words."""
    if target not in GOAL_TRANSITIONS[state]:
        raise Conflict(N_("This behaviour goal cannot change in that way."))
    if target == "waived" and not reason.strip():
        raise Invalid(N_("Please give a reason."), field="reason")


def check_observation(score: int, observed_on: date, *, today: date) -> None:
    """An observation is a number from 1 to 5 on a day that has come."""
    if not 1 <= score <= 5:
        raise Invalid(N_("Choose a value from 1 to 5."), field="score")
    if observed_on > today:
        raise Invalid(N_("An observation cannot lie in the future."), field="observed_on")


MOST_CHECK_INS = 12
# Horizons of assessment as the field names them, in days from the meeting: at once, within a month,
# a semester.
HORIZON_DAYS = {"laiseg": 1, "laijapen": 30, "laijapang": 180}


def suggested_check_ins(today: date) -> dict[str, date]:
    """A first proposal of days on which to look: key of ASSESSMENT_HORIZONS -> day."""
    return {key: today + timedelta(days=days) for key, days in HORIZON_DAYS.items()}


def check_check_ins(days: Collection[date], *, today: date) -> None:
    """Check-ins lie on days that are still to come (or today), and there are not too many."""
    if any(day < today for day in days):
        raise Invalid(N_("A check-in cannot lie in the past."), field="check_in")
    if len(days) > MOST_CHECK_INS:
        raise Invalid(N_("At most %(most)s check-ins."), field="check_in", most=MOST_CHECK_INS)


def check_goal(*, behaviour: str, watch_until_on: date | None, today: date) -> None:
    """A goal says which behaviour is hoped for; watching it ends today or later, where an end is named."""
    if not behaviour.strip():
        raise Invalid(N_("Say which positive behaviour to watch for."), field="behaviour")
    if watch_until_on is not None and watch_until_on < today:
        raise Invalid(N_("Watching ends today or later."), field="watch_until_on")


def due_class(due_on: date, today: date) -> str:
    """Key of DUE_CLASSES: `overdue`, `today`, `this_week` (until Sunday) or `later`."""
    if due_on < today:
        return "overdue"
    if due_on == today:
        return "today"
    return "this_week" if due_on <= end_of_week(today) else "later"


def end_of_week(today: date) -> date:
    """The Sunday that ends the week of `today`."""
    return today + timedelta(days=6 - today.weekday())
