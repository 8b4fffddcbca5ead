"""Documents: make those that wait, one after another."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from tasks.base import REPORTS, Work, utc_now
from webapp.services import (  # noqa: F401 - some register what they make
    activity_documents,
    conference_request,
    exports,
    involvement_report,
    letters,
    minutes_data,
    progress,
    recap,
    reports,
    status,
)

RUN_FOR = timedelta(seconds=40)
"""A run ends after this and another goes on: what else waits in the queue gets its turn."""


@shared_task(base=Work, name="tasks.reports.make", soft_time_limit=reports.LONGEST_SECONDS, time_limit=150)
def make() -> None:
    """Make the documents that are due, and those that a dead run left."""
    stop_at = utc_now() + RUN_FOR
    made = reports.run_due(utc_now, stop_at=stop_at)
    status.record_sweep("reports", utc_now(), touched=made)
    if utc_now() >= stop_at:
        make.apply_async(queue=REPORTS)
