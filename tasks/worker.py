"""What `celery --app=tasks.worker:app` runs: the tasks, the queues, the timetable."""

from __future__ import annotations

from tasks import dues, housekeeping, imports, outbox, reports  # noqa: F401 - registers the tasks
from tasks.base import make_celery
from tasks.schedule import TICKS
from webapp.config import load_settings

app = make_celery(load_settings())
app.conf.beat_schedule = TICKS
