"""What has served its time goes: texts of sent mails, old sign-in failures, uploaded files."""

from __future__ import annotations

from celery import shared_task

from tasks.base import Work, utc_now
from webapp.services import housekeeping, status


@shared_task(base=Work, name="tasks.housekeeping.clear", soft_time_limit=540, time_limit=600)
def clear() -> None:
    """Clear what is kept for a set time only."""
    at = utc_now()
    status.record_sweep("housekeeping", at, touched=housekeeping.clear(at))
