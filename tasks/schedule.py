"""The timetable. Every entry is a tick: look for what is due. Missed ones are not made up for, and any
number of clocks may tick at once."""

from __future__ import annotations

from typing import Any

from tasks.base import MAIL, REPORTS, SWEEPS


def _tick(task: str, queue: str, *, every_seconds: float) -> dict[str, Any]:
    # A tick that nobody took in time says no more than the next one: it is not worth keeping.
    expires = max(30.0, every_seconds)
    return {"task": task, "schedule": every_seconds, "options": {"queue": queue, "expires": expires}}


TICKS = {
    "outbox": _tick("tasks.outbox.sweep", MAIL, every_seconds=10),
    "reports": _tick("tasks.reports.make", REPORTS, every_seconds=15),
    "imports": _tick("tasks.imports.run", REPORTS, every_seconds=15),
    "dues": _tick("tasks.dues.sweep", SWEEPS, every_seconds=30),
    "mailbox": _tick("tasks.mailbox.read", SWEEPS, every_seconds=60),
    "digests": _tick("tasks.dues.reconcile", SWEEPS, every_seconds=3600),
    "housekeeping": _tick("tasks.housekeeping.clear", SWEEPS, every_seconds=3600),
}
