"""After a commit: tell the workers that a queue has new rows. What gets lost here, the next tick finds."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from tasks.base import MAIL, REPORTS, SWEEPS, make_celery
from webapp import tenancy
from webapp.config import Settings

log = logging.getLogger(__name__)

NUDGES = {
    "mail": ("tasks.outbox.deliver", MAIL),
    "reports": ("tasks.reports.make", REPORTS),
    "imports": ("tasks.imports.run", REPORTS),
    "sweeps": ("tasks.dues.sweep", SWEEPS),
}
"""What `tenancy.wake` names -> the task that looks there, and its queue."""

STALE_AFTER_SECONDS = 60


def connect(flask_app: Flask) -> None:
    """Connect the wake-up hook to the broker of this application (composition root only)."""
    tenancy.on_commit_wake(waker(flask_app.config["PAMONG"]))


def waker(settings: Settings) -> Callable[[frozenset[str]], None]:
    """A hook that tells the workers behind this broker; it never raises and never waits for long."""
    celery = make_celery(settings)
    # A person waits for the page: a broker that does not answer may cost a second, not ten.
    celery.conf.broker_transport_options |= {"socket_timeout": 1, "socket_connect_timeout": 1}

    def wake(queues: frozenset[str]) -> None:
        for name in sorted(queues):
            task, queue = NUDGES[name]
            try:
                celery.send_task(
                    task, queue=queue, ignore_result=True, retry=False, expires=STALE_AFTER_SECONDS
                )
            except (KombuError, RedisError, OSError) as error:
                log.warning("nothing could be told to the queue %s: %s", queue, type(error).__name__)

    return wake
