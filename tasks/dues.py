"""Reminders and digests: judge what has fallen due."""

from __future__ import annotations

from celery import shared_task

from tasks.base import Work, utc_now
from webapp.services import dues, status


@shared_task(base=Work, name="tasks.dues.sweep", soft_time_limit=120, time_limit=150)
def sweep() -> None:
    """Queue the mails of all reminders and digests that are due."""
    at = utc_now()
    status.record_sweep("dues", at, touched=dues.sweep(at))
