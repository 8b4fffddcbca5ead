"""What `celery --app=tasks.worker:app` runs: the tasks, the queues, the timetable."""

from __future__ import annotations

from typing import Any

from celery.signals import beat_init, worker_init

from tasks import dues, housekeeping, imports, mailbox, outbox, reports  # noqa: F401 - registers the tasks
from tasks.base import make_celery
from tasks.schedule import TICKS
from webapp import memory
from webapp.config import load_settings

app = make_celery(load_settings())
app.conf.beat_schedule = TICKS


@beat_init.connect
def tick_at_once(**_: Any) -> None:
    """A clock that starts ticks first and waits then: what fell due meanwhile has waited long enough."""
    for tick in TICKS.values():
        app.send_task(tick["task"], **tick["options"])


@worker_init.connect
def settle(**_: Any) -> None:
    """Before the children are forked, who share what is loaded."""
    memory.settle()
