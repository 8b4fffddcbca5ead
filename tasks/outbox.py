"""Mail: send what is due now; take back what a dead run left."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from flask import current_app

from tasks.base import Work, steady_clock, utc_now, worker_name
from webapp.mail.smtp import Transport
from webapp.services import outbox_claims, outbox_clock, outbox_delivery, status

RUN_FOR = timedelta(seconds=40)
"""A run ends after this and another goes on: what else waits in the queue gets its turn."""

# The last mail of a run may take three times PAMONG_SMTP_TIMEOUT, 60 seconds at most each.
SOFT_LIMIT, HARD_LIMIT = 260, 290


@shared_task(base=Work, name="tasks.outbox.deliver", soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT)
def deliver() -> None:
    """Send what is due."""
    _send()


@shared_task(base=Work, name="tasks.outbox.sweep", soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT)
def sweep() -> None:
    """Take back stale leases, then send what is due."""
    at = utc_now()
    touched = outbox_clock.bring_forward(at) if outbox_clock.is_set_back(at) else 0
    touched += outbox_claims.return_stale(at)
    status.record_sweep("outbox", utc_now(), touched=touched + _send())


def _send() -> int:
    settings = current_app.config["PAMONG"]
    with Transport(settings.smtp_url, float(settings.smtp_timeout)) as transport:
        clock = steady_clock()
        counts = outbox_delivery.deliver(clock, transport, worker=worker_name(), stop_at=clock() + RUN_FOR)
    if counts.pop("more", 0):
        deliver.apply_async(queue="mail")
    return counts.total()
