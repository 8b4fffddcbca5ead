"""A list of 100,000 students with all 66 columns, beside reading the file and COPYing what is in it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, peak_megabytes, within
from tests.benchmarks.stand import BUILD, EMPTY, PROJECT, Stand
from webapp.dapodik.layout import COLUMNS

STUDENTS = 100_000
CLASSES = [f"X-{number}" for number in range(1, 31)]
MEGABYTE = 1024


def measure(stand: Stand) -> list[Line]:
    students = 500 if stand.is_small else STUDENTS
    path = _list_of(students)
    with stand.copy_of(EMPTY) as database:
        alone = _read_and_copy(stand, database, path)
        entered = _queued(stand, database, path)
        command = "import json; from tests.benchmarks.pairs.imports import _work; print(json.dumps(_work()))"
        done = subprocess.run(
            [sys.executable, "-c", command],
            env=stand.environment(database),
            cwd=PROJECT,
            check=True,
            stdout=subprocess.PIPE,
        )
        ours = json.loads(done.stdout.splitlines()[-1])
        assert entered() == students, "everybody on the list was entered"
    ratio = ours["seconds"] / alone
    name = f"import of {students:,} students"
    return [
        Line(name, ours["seconds"], alone, ratio, "at most 4x", ratio <= 4, students, unit="s"),
        within(f"{name}, parsing child", ours["child"], limit=700, rows=students, unit="MB", strict=True),
        within(f"{name}, worker", ours["worker"], limit=200, rows=students, unit="MB", strict=True),
    ]


def _list_of(students: int) -> Path:
    """Written once: that takes longer than importing it."""
    from webapp.dapodik.generator import write_invented

    path = BUILD / "bench" / f"students-{students}.xlsx"
    if not path.exists():
        fresh = path.with_suffix(".new")
        write_invented(fresh, "SMA Rekaan", CLASSES, students, seed=3)
        fresh.rename(path)
    return path


def _read_and_copy(stand: Stand, database: str, path: Path) -> float:
    """Seconds for the least that any import does: read all cells, COPY them into a table as text."""
    from python_calamine import CalamineWorkbook

    began = time.monotonic()
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    columns = ", ".join(f"c{number} text" for number in range(len(COLUMNS)))
    with psycopg.connect(plain(stand.url("superuser", database))) as connection:
        connection.execute(f"CREATE TABLE plain_list ({columns})")
        with connection.cursor().copy("COPY plain_list FROM STDIN") as copy:
            for row in rows:
                copy.write_row([str(cell) for cell in row[: len(COLUMNS)]] + [""] * (len(COLUMNS) - len(row)))
    return time.monotonic() - began


def _queued(stand: Stand, database: str, path: Path) -> Callable[[], int]:
    """Put the list in, as a school's operator does; returns what counts the students that are there."""
    from tests.factories import World
    from tests.services.rosters import started

    app = stand.app(database)
    world = World(app)
    school = world.school()
    person = world.person(school, "school_admin")
    with app.app_context():
        started(person, school, path.read_bytes(), dry_run=False)

    def entered() -> int:
        with psycopg.connect(plain(stand.url("superuser", database))) as connection:
            return connection.execute("SELECT count(*) FROM students").fetchone()[0]

    return entered


def _work() -> dict[str, float]:
    """What the worker's child does, in a process that has loaded no more than it has."""
    from tasks.base import flask_app, utc_now
    from webapp.services import imports

    with flask_app().app_context():
        began = time.monotonic()
        assert imports.sweep(utc_now()) == 1
        seconds = time.monotonic() - began
    return {
        "seconds": seconds,
        "worker": peak_megabytes(),
        # A child begins as large as its parent: what is less than that is not seen.
        "child": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / MEGABYTE,
    }
