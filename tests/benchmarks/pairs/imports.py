"""A list of 100,000 students with all 66 columns, beside reading the file and COPYing what is in it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from python_calamine import CalamineWorkbook

from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, within
from tests.benchmarks.stand import BUILD, EMPTY, PROJECT, Stand
from tests.factories import MONDAY, World
from tests.services.rosters import counts, row_of, started
from webapp.dapodik.generator import write_invented
from webapp.dapodik.layout import COLUMNS
from webapp.services import imports

STUDENTS = 100_000
CLASSES = [f"X-{number}" for number in range(1, 31)]
MEGABYTE = 1024


def measure(stand: Stand) -> list[Line]:
    students = 500 if stand.is_small else STUDENTS
    path = _list_of(students)
    with stand.copy_of(EMPTY) as database:
        alone = _read_and_copy(stand, database, path)
        ours = json.loads(
            subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.pairs.imports", database, str(path), str(students)],
                input=stand.to_json(), text=True, cwd=PROJECT, check=True, stdout=subprocess.PIPE,
            ).stdout.splitlines()[-1]
        )  # fmt: skip
    ratio = ours["seconds"] / alone
    name = f"import of {students:,} students"
    return [
        Line(name, ours["seconds"], alone, ratio, "at most 4x", ratio <= 4, students, unit="s"),
        within(f"{name}, parsing child", ours["child"], limit=700, rows=students, unit="MB", strict=True),
        within(f"{name}, worker", ours["worker"], limit=200, rows=students, unit="MB", strict=True),
    ]


def _list_of(students: int) -> Path:
    """Written once: that takes longer than importing it."""
    path = BUILD / "bench" / f"students-{students}.xlsx"
    if not path.exists():
        fresh = path.with_suffix(".new")
        write_invented(fresh, "SMA Rekaan", CLASSES, students, seed=3)
        fresh.rename(path)
    return path


def _read_and_copy(stand: Stand, database: str, path: Path) -> float:
    """Seconds for the least that any import does: read all cells, COPY them into a table as text."""
    began = time.monotonic()
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    columns = ", ".join(f"c{number} text" for number in range(len(COLUMNS)))
    with psycopg.connect(plain(stand.url("superuser", database))) as connection:
        connection.execute(f"CREATE TABLE plain_list ({columns})")
        with connection.cursor().copy("COPY plain_list FROM STDIN") as copy:
            for row in rows:
                copy.write_row([str(cell) for cell in row[: len(COLUMNS)]] + [""] * (len(COLUMNS) - len(row)))
    return time.monotonic() - began


def _import(stand: Stand, database: str, path: Path, students: int) -> dict[str, float]:
    app = stand.app(database)
    world = World(app)
    school = world.school()
    person = world.person(school, "school_admin")
    with app.app_context():
        import_id = started(person, school, path.read_bytes(), dry_run=False)
        began = time.monotonic()
        assert imports.run(person.at(school, when=MONDAY), import_id)
        seconds = time.monotonic() - began
        created = counts(row_of(person, school, import_id))[0]
    assert created == students, "everybody on the list was entered"
    return {
        "seconds": seconds,
        "worker": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE,
        "child": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / MEGABYTE,
    }


if __name__ == "__main__":
    given = Stand.from_json(sys.stdin.read())
    print(json.dumps(_import(given, sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
