"""The sweep of what falls due: 1,000 rows out of few, and out of many. Its cost must follow what is due."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, Timing, interleaved, no_slower, timed
from tests.benchmarks.planting import insert_select
from tests.benchmarks.stand import EMPTY, Stand
from webapp import tenancy
from webapp.extensions import db
from webapp.models.schools import School
from webapp.services import dues_sweep

DUE = 1_000
FEW, MANY = 10_000, 1_000_000
SCHOOLS = 50
ROUNDS = 3
FIRST_DAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
LATER = datetime(2027, 6, 1, tzinfo=UTC)


def measure(stand: Stand) -> list[Line]:
    many = 20_000 if stand.is_small else MANY
    finding, sweeping = {}, {}
    for rows in (FEW, many):
        with stand.copy_of(EMPTY) as database:
            _plant(stand, database, rows)
            finding[rows] = _finding(stand, database)
            sweeping[rows] = _sweeping(stand, database)
    found = no_slower("due rows found, time", finding[many][0], finding[FEW][0], at_most=1.2, rows=many)
    swept = no_slower(
        "due sweep, time per 1,000", sweeping[many][0], sweeping[FEW][0], at_most=1.2, rows=many
    )
    return [
        found,
        _buffers("due rows found, buffers", finding[many][1], finding[FEW][1], many),
        swept,
        _buffers("due sweep, buffers per 1,000", sweeping[many][1], sweeping[FEW][1], many),
    ]


def _plant(stand: Stand, database: str, rows: int) -> None:
    """`DUE` rows on each of some days, the rest far ahead, spread over the schools."""
    with psycopg.connect(plain(stand.url("superuser", database)), autocommit=True) as connection:
        school = {
            "district_id": "0",
            "slug": "'sekolah-' || n",
            "name": "'SMA Rekaan'",
            "level": "'sma'",
            "created_at": "%s",
        }
        connection.execute(
            insert_select(School, school) + " FROM generate_series(1, %s) n", (FIRST_DAY, SCHOOLS)
        )
        connection.execute(
            "INSERT INTO dues (school_id, id, kind, recipient, subject_id, period, state, due_at)"
            " SELECT s.id, n, 'commitment_reminder', 'participant:' || n, n, '0', 'waiting',"
            " CASE WHEN n <= %s THEN %s + ((n - 1) / %s) * interval '1 day' + (n %% 60) * interval '1 second'"
            " ELSE %s + (n %% 100000) * interval '1 minute' END"
            " FROM generate_series(1, %s) n JOIN schools s ON s.slug = 'sekolah-' || (1 + n %% %s)",
            ((ROUNDS + 1) * DUE, FIRST_DAY, DUE, LATER, rows, SCHOOLS),
        )
        connection.execute("ALTER TABLE dues SET (autovacuum_enabled = off)")
        connection.execute("VACUUM ANALYZE")


def _finding(stand: Stand, database: str) -> tuple[Timing, int]:
    """The statement that finds the rows of the first day: how long it takes and what it reads."""
    statement = "SELECT school_id, id FROM app_due_rows(%s, %s)"
    given = (FIRST_DAY + timedelta(hours=1), DUE)
    with psycopg.connect(plain(stand.url("app", database))) as connection:
        connection.execute("SELECT set_config('app.kind', 'system', false)")
        assert len(connection.execute(statement, given).fetchall()) == DUE

        def find() -> None:
            connection.execute(statement, given).fetchall()

        taken = interleaved({"find": find}, rounds=40)["find"]
        plan = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", given).fetchone()
    (top,) = plan[0] if not isinstance(plan[0], str) else json.loads(plan[0])
    return taken, top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"]


def _sweeping(stand: Stand, database: str) -> tuple[Timing, int]:
    """The whole sweep of a day, and the blocks that the database counts for it (the median day's)."""
    app = stand.app(database)
    times, blocks = [], []
    for day in range(ROUNDS + 1):
        before = _blocks(stand, database)
        at = FIRST_DAY + timedelta(days=day, hours=1)
        with app.app_context():
            swept: list[int] = []
            milliseconds = timed(lambda at=at, swept=swept: swept.append(dues_sweep.sweep(at)))
            assert swept == [DUE], "every due row is decided, and no other"
            db.engine.dispose()
            tenancy.identity.remove()
        if day:
            times.append(milliseconds)
            blocks.append(_blocks(stand, database) - before)
    return Timing.of(times), sorted(blocks)[len(blocks) // 2]


def _blocks(stand: Stand, database: str) -> int:
    """Blocks read or found in memory for this database so far; those who did it have disconnected."""
    engine = create_engine(stand.url("superuser", "postgres"), poolclass=NullPool)
    wanted = text("SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = :name")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(0.3)"))
        return int(connection.execute(wanted, {"name": database}).scalar_one())


def _buffers(name: str, ours: int, reference: int, rows: int) -> Line:
    ratio = ours / reference
    return Line(name, ours, reference, ratio, "at most 1.2x", ratio <= 1.2, rows, unit="blocks")
