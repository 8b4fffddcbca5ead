"""The life of a case: its statuses, what a change asks, and what keeps it from closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp.domain.errors import N_, Conflict, Invalid

FIRST_STATUS = "open"
OPEN_STATUSES = frozenset({"open", "in_progress", "monitoring"})

TRANSITIONS: dict[str, tuple[str, ...]] = {
    "open": ("in_progress", "monitoring", "closed"),
    "in_progress": ("monitoring", "closed"),
    "monitoring": ("in_progress", "closed"),
    "closed": ("in_progress",),
}


def needs_reason(status: str, target: str) -> bool:
    """Closing, opening again and going back from monitoring are explained in words."""
    return target == "closed" or status == "closed" or (status, target) == ("monitoring", "in_progress")


def check_transition(status: str, target: str, *, reason: str = "") -> None:
    """Raise Conflict where the case cannot go there, Invalid where a reason is missing."""
    if target not in TRANSITIONS[status]:
        raise Conflict(N_("The case is not in a status that allows this."))
    if needs_reason(status, target) and not reason.strip():
        raise Invalid(N_("Please give a reason."), field="reason")


def check_open_for_work(status: str) -> None:
    """Nothing new is recorded in a closed case."""
    if status not in OPEN_STATUSES:
        raise Conflict(N_("This case is closed: open it again first."))


@dataclass(frozen=True)
class CaseFacts:
    """What closing asks of a case: counts of what still runs in it."""

    status: str
    opened_on: date
    open_activities: int = 0
    open_commitments: int = 0
    open_goals: int = 0


def check_can_close(facts: CaseFacts, *, on: date) -> None:
    """Every activity is completed or cancelled, every promise done or waived, every goal closed."""
    if "closed" not in TRANSITIONS[facts.status]:
        raise Conflict(N_("The case is not in a status that allows this."))
    if on < facts.opened_on:
        raise Invalid(N_("A case cannot close before it was opened."), field="closed_on")
    if facts.open_activities:
        raise Conflict(
            N_("Services that are neither completed nor cancelled: %(count)s."), count=facts.open_activities
        )
    if facts.open_commitments:
        raise Conflict(
            N_("Promises that are neither done nor waived: %(count)s."), count=facts.open_commitments
        )
    if facts.open_goals:
        raise Conflict(N_("Behaviours that are still being watched: %(count)s."), count=facts.open_goals)
