"""The timetable. Every entry is a tick: look for what is due. Missed ones are not made up for, and any
number of clocks may tick at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from celery.schedules import schedstate, schedule

from tasks.base import MAIL, REPORTS, SWEEPS


class Every(schedule):
    """So many seconds apart. A last time in the future was noted under a clock that has been set back since:
    it would silence the timetable until that moment comes again, and counts for nothing."""

    def is_due(self, last_run_at: datetime) -> schedstate:
        if self.maybe_make_aware(last_run_at) > self.maybe_make_aware(self.now()):
            return schedstate(is_due=True, next=self.seconds)
        return super().is_due(last_run_at)


def _tick(task: str, queue: str, *, every_seconds: float) -> dict[str, Any]:
    # A tick that nobody took in time says no more than the next one: it is not worth keeping.
    expires = max(30.0, every_seconds)
    return {"task": task, "schedule": Every(every_seconds), "options": {"queue": queue, "expires": expires}}


TICKS = {
    "outbox": _tick("tasks.outbox.sweep", MAIL, every_seconds=10),
    "reports": _tick("tasks.reports.make", REPORTS, every_seconds=15),
    "imports": _tick("tasks.imports.run", REPORTS, every_seconds=15),
    "dues": _tick("tasks.dues.sweep", SWEEPS, every_seconds=30),
    "mailbox": _tick("tasks.mailbox.read", SWEEPS, every_seconds=60),
    "digests": _tick("tasks.dues.reconcile", SWEEPS, every_seconds=3600),
    "housekeeping": _tick("tasks.housekeeping.clear", SWEEPS, every_seconds=3600),
}
