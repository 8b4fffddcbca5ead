"""The Celery application and the base of every task: a nudge to look into the database, nothing more.

What stands in the broker may be lost or come twice at any time: the rows are the record. So messages
carry ids at most, a task run twice leaves the same database, and nothing is scheduled ahead here.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from celery import Celery, Task
from flask import Flask, has_app_context
from kombu import Queue

from webapp import tenancy
from webapp.config import Settings, load_settings
from webapp.services.faults import DATABASE_AWAY
from webapp.services.status import QUEUES

MAIL, REPORTS, SWEEPS = QUEUES


def make_celery(settings: Settings) -> Celery:
    """Celery over the configured broker; the same for those who work and those who only nudge."""
    celery = Celery("pamong")
    celery.conf.update(
        broker_url=settings.redis_url,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            # After the kill of a whole worker kombu looks for its messages every interval x throttle
            # seconds; without the last two the wait was six times as long.
            "visibility_timeout": 900,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
        },
        # Late acknowledgement alone loses the task of a killed child.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_queues=[Queue(name) for name in QUEUES],
        task_default_queue=SWEEPS,
        task_create_missing_queues=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_send_task_events=False,
        timezone="UTC",
    )
    return celery


class Work(Task):
    """Runs inside the application; tries again by itself only when the database was away."""

    abstract = True
    autoretry_for = DATABASE_AWAY
    max_retries = 5
    retry_backoff = 2
    retry_backoff_max = 60  # a longer countdown than this belongs into a row
    retry_jitter = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context():
            return super().__call__(*args, **kwargs)
        with flask_app().app_context():
            return super().__call__(*args, **kwargs)


@cache
def flask_app() -> Flask:
    """The application of this process. Made by the first task of a worker's child, never before the fork."""
    from tasks import nudge
    from webapp.app import create_app

    made = create_app(load_settings())
    nudge.connect(made)
    return made


def utc_now() -> datetime:
    """The moment of this call by the database's clock: every machine agrees on what is due, and a step of
    this machine's own clock changes nothing."""
    return tenancy.database_now()


def steady_clock() -> Callable[[], datetime]:
    """The database's clock for one run, asked once: it goes on by what passes, never back and never ahead."""
    began_at, began = utc_now(), time.monotonic()
    return lambda: began_at + timedelta(seconds=time.monotonic() - began)


def worker_name() -> str:
    """Who holds a lease: one run in this process of this machine."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
