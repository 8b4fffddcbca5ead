"""What row-level security costs the register's own query: the app's role beside one that bypasses it."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
from sqlalchemy import Engine, event

from tests.benchmarks import dataset
from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, interleaved, no_slower
from tests.benchmarks.stand import CASES, Stand
from webapp import tenancy
from webapp.services import case_register
from webapp.tenancy import Actor

SEAT = len(dataset.STAFF)


def measure(stand: Stand) -> list[Line]:
    actor = Actor(
        "person",
        datetime.now(UTC),
        school_id=dataset.BIG_SCHOOL,
        person_id=dataset.user_id(dataset.BIG_SCHOOL, SEAT),
        roles=frozenset({"counsellor"}),
    )
    lines = []
    for what, filters in (
        ("newest", case_register.CaseFilters(status="all")),
        ("with a filter", case_register.CaseFilters(status="monitoring")),
    ):
        statement, parameters = _statement(stand, actor, filters)
        with (
            psycopg.connect(plain(stand.url("app", CASES))) as fenced,
            psycopg.connect(plain(stand.url("backup", CASES))) as free,
        ):
            settings = tenancy.settings_of(actor)
            for connection in (fenced, free):
                connection.prepare_threshold = 0
                for name, value in settings.items():
                    connection.execute("SELECT set_config(%s, %s, true)", (name, value))
            seen = {
                name: _asking(each, statement, parameters)()
                for name, each in (("fenced", fenced), ("free", free))
            }
            assert seen["fenced"] == seen["free"], "both roles must see the same rows"
            assert len(seen["fenced"]) > 1
            taken = interleaved(
                {
                    "fenced": _asking(fenced, statement, parameters),
                    "free": _asking(free, statement, parameters),
                },
                rounds=300,
                warm=20,
            )
        name = f"register's query under its policies, {what}"
        lines.append(
            no_slower(name, taken["fenced"], taken["free"], at_most=1.15, or_more_by=0.2, rows=stand.cases)
        )
    return lines


def _asking(connection: psycopg.Connection, statement: str, parameters: object):
    return lambda: connection.execute(statement, parameters).fetchall()


def _statement(stand: Stand, actor: Actor, filters: case_register.CaseFilters) -> tuple[str, object]:
    """The SQL that the service sends, and its parameters, overheard."""
    heard: list[tuple[str, object]] = []

    def listen(connection, cursor, statement, parameters, context, executemany) -> None:
        if "FROM cases" in statement:
            heard.append((statement, parameters))

    app = stand.app(CASES)
    event.listen(Engine, "before_cursor_execute", listen)
    with app.app_context(), tenancy.work(actor):
        case_register.list_cases(actor, filters)
    event.remove(Engine, "before_cursor_execute", listen)
    (found,) = heard
    return found
