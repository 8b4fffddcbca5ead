"""Whether everything that Pamong stands on works: for /readyz, the outbox page and the operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from webapp import tenancy
from webapp.config import Settings
from webapp.models.background import SweepRun
from webapp.services import sending

SWEEPS = {
    "outbox": timedelta(minutes=3),
    "dues": timedelta(minutes=3),
    # These two share a queue, and reading a large file takes its time.
    "reports": timedelta(minutes=15),
    "imports": timedelta(minutes=15),
}
"""Sweeps without which nothing moves -> after how long without a good run they are late."""

QUEUES = ("mail", "reports", "sweeps")
TROUBLE_DAYS = 7


@dataclass(frozen=True)
class WorkFigure:
    """How many rows of one kind (mail, document, import, due) are in a state, and how old the oldest is."""

    kind: str
    state: str
    number: int
    oldest_at: datetime


def record_sweep(name: str, at: datetime, *, touched: int) -> None:
    """A sweep went well; called outside any scope, after its work."""
    with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)) as session:
        run = {"last_ok_at": at, "touched": touched}
        session.execute(
            insert(SweepRun).values(name=name, **run).on_conflict_do_update(index_elements=["name"], set_=run)
        )


def last_sweep(name: str) -> datetime | None:
    """When the sweep last went well; inside any scope."""
    return tenancy.session.scalar(select(SweepRun.last_ok_at).where(SweepRun.name == name))


def held_since(at: datetime) -> datetime | None:
    """Since when a restored database sends nothing; None when it does send, and when it does not answer."""
    try:
        with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)):
            held = sending.hold()
    except SQLAlchemyError:
        return None
    return None if held is None else held.held_at


def work_figures(at: datetime) -> list[WorkFigure]:
    """What waits or is in trouble over all schools, as counts; mails that bounced or failed in the last
    seven days. Called outside any scope; costs what it counts, not what the tables hold."""
    with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)) as session:
        columns = ("kind", "state", "number", "oldest")
        figures = func.app_work_figures(at - timedelta(days=TROUBLE_DAYS)).table_valued(*columns)
        return [WorkFigure(*row) for row in session.execute(select(*figures.c))]


def last_sweeps(at: datetime) -> dict[str, datetime]:
    """When each sweep last went well. Called outside any scope."""
    with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)) as session:
        return {run.name: run.last_ok_at for run in session.scalars(select(SweepRun))}


def queue_lengths(settings: Settings) -> dict[str, int]:
    """How many nudges wait in the broker, per queue; empty when it does not answer."""
    try:
        with _broker(settings) as client:
            return {queue: client.llen(queue) for queue in QUEUES}
    except redis.RedisError:
        return {}


def _broker(settings: Settings) -> redis.Redis:
    return redis.Redis.from_url(settings.redis_client_url, socket_timeout=3, socket_connect_timeout=3)


def problems(settings: Settings) -> list[str]:
    """One short technical sentence per thing that does not work now; empty when all of it serves.

    Whether a sweep is late is judged by the clock that it noted its run by: the database's.
    """
    found: list[str] = []
    try:
        with tenancy.identity_work() as session:
            at = session.execute(text("SELECT now() FROM alembic_version")).scalar_one()
            last = {run.name: run.last_ok_at for run in session.scalars(select(SweepRun))}
        for sweep, late_after in SWEEPS.items():
            if sweep not in last:
                found.append(f"sweep {sweep} has not run yet")
            elif at - last[sweep] > late_after:
                found.append(f"sweep {sweep} is late")
    except SQLAlchemyError:
        found.append("database does not answer")
    try:
        with _broker(settings) as client:
            client.ping()
    except redis.RedisError:
        found.append("broker does not answer")
    return found
