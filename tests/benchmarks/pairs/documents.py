"""Minutes and reports of home visits by one worker, beside the renderer alone on the same data."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from sqlalchemy import select

from tasks import nudge
from tests.activity_world import Run
from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, throughput
from tests.benchmarks.stand import EMPTY, Stand, running
from tests.conference_world import Meeting
from tests.factories import World
from tests.services.stage import Stage
from webapp import tenancy
from webapp.cli import programs
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.models.background import Report
from webapp.reports import snapshot
from webapp.reports.render import render_pdf
from webapp.services import reports

SCHOOLS, EACH = 10, 20


@dataclass(frozen=True)
class Papers:
    """Documents of one kind that can be asked for any number of times."""

    kind: str
    name: str
    sources: list[tuple[Stage, dict[str, int]]]
    """Whose documents, and the columns of their rows that say what they are about."""


def measure(stand: Stand) -> list[Line]:
    schools, each = (1, 6) if stand.is_small else (SCHOOLS, EACH)
    with stand.copy_of(EMPTY) as database:
        app = stand.app(database)
        world = World(app)
        wanted = [_minutes(world, schools), _visit_reports(world, schools)]
        with psycopg.connect(plain(stand.url("superuser", database)), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            worker = programs.worker("bench", queues="reports", concurrency=1, level="ERROR")
            with running(worker, stand.environment(database)):
                time.sleep(6)  # Celery tells nobody when its children are there
                ours = [_by_worker(app, connection, papers, each) for papers in wanted]
        alone = [_renderer_alone(papers) for papers in wanted]
    return [
        throughput(
            f"{schools * each} {papers.name} as PDF, one worker",
            by_worker,
            by_renderer,
            at_least=0.6,
            rows=schools * each,
            unit="PDF/s",
        )
        for papers, by_worker, by_renderer in zip(wanted, ours, alone, strict=True)
    ]


def _minutes(world: World, schools: int) -> Papers:
    held = [Meeting.build(world, now=datetime.now(UTC)).signed_off() for _ in range(schools)]
    sources = [(one, {"case_id": one.case_id, "conference_id": one.conference_id}) for one in held]
    return Papers("minutes", "minutes", sources)


def _visit_reports(world: World, schools: int) -> Papers:
    """Of visits in which every step is recorded."""
    sources = []
    for _ in range(schools):
        stage = Stage.build(world, now=datetime.now(UTC))
        visit = Run(stage, HOME_VISIT).started().filled()
        sources.append((stage, {"case_id": stage.case_id, "activity_id": visit.activity_id}))
    return Papers("visit_report", "reports of home visits", sources)


def _by_worker(app, connection: psycopg.Connection, papers: Papers, each: int) -> float:
    _ask(papers, 1)
    # Not measured: what was asked for on the way here, and the renderer's reading of its typefaces.
    _worked_off(app, connection, len(papers.sources))
    _ask(papers, each)
    return _worked_off(app, connection, len(papers.sources) * each)


def _ask(papers: Papers, each: int) -> None:
    for number_of_source, (stage, about) in enumerate(papers.sources):
        with stage.as_(stage.counsellor, when=datetime.now(UTC)) as actor:
            for number in range(each):
                key = f"bench:{papers.kind}:{number_of_source}:{each}:{number}"
                reports.request(actor, papers.kind, dedupe_key=key, locale="id", **about)


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


def _renderer_alone(papers: Papers) -> float:
    """The same documents from their stored data, rendered in this process."""
    stored = []
    for stage, _ in papers.sources:
        with stage.as_(stage.counsellor):
            asked = Report.dedupe_key.startswith(f"bench:{papers.kind}:")
            rows = tenancy.session.scalars(select(Report).where(asked))
            stored += [row.snapshot.encode() for row in rows]
    render_pdf(*_thawed(stored[0]))
    began = time.monotonic()
    for data in stored:
        render_pdf(*_thawed(data))
    return len(stored) / (time.monotonic() - began)


def _thawed(stored: bytes):
    kind, data = snapshot.thaw(stored)
    return kind, data, "id"
