"""A register of 200,000 cases as an XLSX file, made as a worker makes it, beside XlsxWriter alone."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
import xlsxwriter

from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, peak_megabytes, within
from tests.benchmarks.planting import insert_select
from tests.benchmarks.stand import EMPTY, PROJECT, Stand
from webapp.models.cases import Case
from webapp.models.students import Student

CASES = 200_000
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ROUNDS = 3


def measure(stand: Stand) -> list[Line]:
    from tests.factories import World  # not in the process whose memory is measured

    cases = 6_000 if stand.is_small else CASES
    with stand.copy_of(EMPTY) as database:
        app = stand.app(database)
        world = World(app)
        school = world.school()
        person = world.person(school, "counsellor")
        with psycopg.connect(plain(stand.url("superuser", database)), autocommit=True) as connection:
            _plant(connection, school.id, person.user_id, cases)
            rows = _plain_rows(connection)
        taken = [
            (_by_worker(stand, database, school.id, person.user_id), _written_alone(rows))
            for _ in range(ROUNDS)
        ]
    ours = min((one for one, _ in taken), key=lambda one: one["seconds"])
    alone = min(seconds for _, seconds in taken)
    ratio = ours["seconds"] / alone
    name = f"register of {cases:,} cases as XLSX"
    return [
        Line(name, ours["seconds"], alone, ratio, "at most 1.3x", ratio <= 1.3, cases, unit="s"),
        within(f"{name}, worker", ours["worker"], limit=200, rows=cases, unit="MB", strict=True),
    ]


def _plant(connection: psycopg.Connection, school_id: int, owner_id: int, cases: int) -> None:
    """Every student has one case."""
    given = {"school": school_id, "owner": owner_id, "now": NOW, "cases": cases}
    row = {"school_id": "%(school)s", "id": "n", "created_at": "%(now)s"}
    student = {
        "name": "'Peserta Rekaan ' || n",
        "name_key": "'peserta rekaan ' || n",
        "nisn": "lpad(n::text, 10, '0')",
        "class_name": "'X-' || n %% 30",
        "updated_at": "%(now)s",
    }
    case = {
        "number": "'K-2026-' || n",
        "student_id": "n",
        "field": "(ARRAY['personal', 'social', 'academic', 'career'])[1 + n %% 4]",
        "kinds": "'{conflict_peer}'",
        "source": "'homeroom'",
        "severity": "(ARRAY['low', 'medium', 'high', 'urgent'])[1 + n %% 4]",
        "status": "'open'",
        "owner_id": "%(owner)s",
        "opened_on": "%(now)s::date - n %% 700",
        "created_by": "%(owner)s",
    }
    connection.execute("SET session_replication_role = replica")
    for model, values in ((Student, student), (Case, case)):
        connection.execute(
            f"{insert_select(model, row | values)} FROM generate_series(1, %(cases)s::int) n", given
        )
    connection.execute("SET session_replication_role = origin")
    connection.execute("VACUUM ANALYZE")


def _plain_rows(connection: psycopg.Connection) -> list[Sequence[Any]]:
    return connection.execute(
        "SELECT c.number, s.name, s.class_name, c.field, c.status, c.severity, u.name, c.opened_on"
        " FROM cases c JOIN students s ON s.id = c.student_id JOIN users u ON u.id = c.owner_id ORDER BY c.id"
    ).fetchall()


def _by_worker(stand: Stand, database: str, school_id: int, person_id: int) -> dict[str, float]:
    command = "import json; from tests.benchmarks.pairs.exports import _work;"
    done = subprocess.run(
        [sys.executable, "-c", f"{command} print(json.dumps(_work({school_id}, {person_id})))"],
        env=stand.environment(database),
        cwd=PROJECT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _work(school_id: int, person_id: int) -> dict[str, float]:
    """Asked for by a person and made by the worker, in a process that has loaded no more than it has."""
    from tasks import reports as _tasks  # noqa: F401 - registers what makes registers
    from tasks.base import flask_app, utc_now
    from webapp import tenancy
    from webapp.services import exports, reports, requesters
    from webapp.services.case_register import CaseFilters

    with flask_app().app_context():
        person = requesters.in_school(person_id, school_id, utc_now())
        assert person is not None
        with tenancy.work(person):
            asked = exports.take(person, "cases", vars(CaseFilters()), locale="id").document_id
        assert asked is not None, "so long a list is not written while a person waits"
        began = time.monotonic()
        assert reports.run(tenancy.system(school_id, utc_now()), asked)
        seconds = time.monotonic() - began
    return {"seconds": seconds, "worker": peak_megabytes()}


def _written_alone(rows: list[Sequence[Any]]) -> float:
    """Seconds for a sheet with the same cells."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as target:
        with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
            day = book.add_format({"num_format": "dd/mm/yyyy"})
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                for column, value in enumerate(row[:-1]):
                    sheet.write_string(number, column, value)
                sheet.write_datetime(number, len(row) - 1, row[-1], day)
        target.seek(0)
        target.read()
    return time.monotonic() - began
