"""Reminders and digests: judge what has fallen due; find who has none planned."""

from __future__ import annotations

from celery import shared_task

from tasks.base import Work, utc_now
from webapp.services import dues, dues_sweep, status


@shared_task(base=Work, name="tasks.dues.sweep", soft_time_limit=120, time_limit=150)
def sweep() -> None:
    """Queue the mails of all reminders and digests that are due."""
    at = utc_now()
    status.record_sweep("dues", at, touched=dues_sweep.sweep(at))


@shared_task(base=Work, name="tasks.dues.reconcile", soft_time_limit=540, time_limit=600)
def reconcile() -> None:
    """Plan the digests of everybody who should have one and has not."""
    at = utc_now()
    status.record_sweep("digests", at, touched=dues.reconcile(at))
