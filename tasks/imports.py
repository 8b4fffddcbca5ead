"""Student lists that were uploaded: read them."""

from __future__ import annotations

from celery import shared_task

from tasks.base import Work, utc_now
from webapp.services import imports, status


@shared_task(base=Work, name="tasks.imports.run", soft_time_limit=600, time_limit=660)
def run() -> None:
    """Work on the imports that wait, and on those that a dead run left."""
    at = utc_now()
    status.record_sweep("imports", at, touched=imports.sweep(at))
