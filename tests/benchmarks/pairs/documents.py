"""Minutes as PDF by one worker, beside the renderer alone on the same data."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import psycopg
from sqlalchemy import select

from tasks import nudge
from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, throughput
from tests.benchmarks.stand import EMPTY, Stand, running
from tests.conference_world import Meeting
from tests.factories import World
from webapp import tenancy
from webapp.cli import programs
from webapp.models.background import Report
from webapp.reports import snapshot
from webapp.reports.render import render_pdf
from webapp.services import reports

MEETINGS, EACH = 10, 20


def measure(stand: Stand) -> list[Line]:
    meetings, each = (1, 6) if stand.is_small else (MEETINGS, EACH)
    with stand.copy_of(EMPTY) as database:
        app = stand.app(database)
        world = World(app)
        held = [Meeting.build(world, now=datetime.now(UTC)).signed_off() for _ in range(meetings)]
        with psycopg.connect(plain(stand.url("superuser", database)), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            worker = programs.worker("bench", queues="reports", concurrency=1, level="ERROR")
            with running(worker, stand.environment(database)):
                time.sleep(6)  # Celery tells nobody when its children are there
                _ask(app, held, 1)
                _worked_off(app, connection, meetings)  # the renderer has read its typefaces
                _ask(app, held, each)
                ours = _worked_off(app, connection, meetings * each)
        alone = _renderer_alone(app, held)
    return [
        throughput(
            f"{meetings * each} minutes as PDF, one worker",
            ours,
            alone,
            at_least=0.6,
            rows=meetings * each,
            unit="PDF/s",
        )
    ]


def _ask(app, held: list[Meeting], each: int) -> None:
    for meeting in held:
        with meeting.as_(meeting.counsellor, when=datetime.now(UTC)) as actor:
            for number in range(each):
                reports.request(
                    actor,
                    "minutes",
                    dedupe_key=f"bench:{meeting.conference_id}:{each}:{number}",
                    case_id=meeting.case_id,
                    conference_id=meeting.conference_id,
                    locale="id",
                )


def _worked_off(app, connection: psycopg.Connection, number: int) -> float:
    """Documents per second from the nudge until none is left."""
    began = time.monotonic()
    nudge.waker(app.config["PAMONG"])(frozenset({"reports"}))
    open_ones = "SELECT count(*) FILTER (WHERE state IN ('queued', 'running')),"
    open_ones += " count(*) FILTER (WHERE state = 'failed')"
    while True:
        left, failed = connection.execute(f"{open_ones} FROM reports").fetchone()
        assert failed == 0, "a document could not be made"
        if left == 0:
            return number / (time.monotonic() - began)
        time.sleep(0.02)


def _renderer_alone(app, held: list[Meeting]) -> float:
    """The same documents from their stored data, rendered in this process."""
    stored = []
    for meeting in held:
        with meeting.as_(meeting.counsellor):
            rows = tenancy.session.scalars(select(Report).where(Report.kind == "minutes"))
            stored += [row.snapshot.encode() for row in rows]
    render_pdf(*_thawed(stored[0]))
    began = time.monotonic()
    for data in stored:
        render_pdf(*_thawed(data))
    return len(stored) / (time.monotonic() - began)


def _thawed(stored: bytes):
    kind, data = snapshot.thaw(stored)
    return kind, data, "id"
