"""The digests of one morning: all counsellors and principals of 200 schools, and of 2,000."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg

from tests.benchmarks import dataset
from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, timed, within
from tests.benchmarks.planting import insert_select
from tests.benchmarks.stand import CASES, Stand
from webapp.models.activities import Activity
from webapp.models.cases import Case, CaseMember
from webapp.models.conferences import Conference, Participant
from webapp.services import dues, dues_sweep

PLANNED_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # a Sunday
MORNING = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # Monday, 07.30 WIB: dailies and weeklies alike
FEW = 200
COUNSELLORS = 2


def measure(stand: Stand) -> list[Line]:
    many = dataset.Scale(stand.cases).staffed_schools
    taken = {schools: _morning(stand, schools) for schools in (min(FEW, many // 4), many)}
    (few, many_schools) = taken
    each = {schools: milliseconds / digests for schools, (milliseconds, digests) in taken.items()}
    ratio = each[many_schools] / each[few]
    digests = taken[many_schools][1]
    return [
        Line(
            f"digests of one morning, per digest: {many_schools:,} schools beside {few}",
            each[many_schools],
            each[few],
            ratio,
            "at most 1.15x",
            ratio <= 1.15,
            digests,
        ),
        within(
            f"digests of one morning, {many_schools:,} schools",
            taken[many_schools][0] / 1000,
            limit=180,
            rows=digests,
            unit="s",
            strict=True,
            note="one worker",
        ),
    ]


def _morning(stand: Stand, schools: int) -> tuple[float, int]:
    """Milliseconds of the sweep, and how many digests it queued."""
    with stand.copy_of(CASES) as database:
        with psycopg.connect(plain(stand.url("superuser", database)), autocommit=True) as connection:
            connection.execute("UPDATE schools SET active = (id BETWEEN 1 AND %s)", (schools,))
            _give_them_something_to_say(connection)
            connection.execute("VACUUM ANALYZE")
        app = stand.app(database)
        with app.app_context():
            dues.reconcile(PLANNED_AT)
            milliseconds = timed(lambda: dues_sweep.sweep(MORNING))
        with psycopg.connect(plain(stand.url("superuser", database))) as connection:
            (queued,) = connection.execute("SELECT count(*) FROM outbox").fetchone()
        assert queued >= schools * COUNSELLORS, "every counsellor has something to be told"
        return milliseconds, queued


def _give_them_something_to_say(connection: psycopg.Connection) -> None:
    """Two counsellors of every school have a meeting on Wednesday that somebody has not answered yet."""
    connection.execute("SET session_replication_role = replica")
    given = {"at": PLANNED_AT - timedelta(days=7), "starts_at": MORNING + timedelta(days=2)}
    for seat in range(COUNSELLORS):
        for statement in _STATEMENTS:
            connection.execute(statement, given | {"seat": seat})
    connection.execute("SET session_replication_role = origin")


_OF_EACH = (
    " FROM schools s CROSS JOIN LATERAL (SELECT s.id * 1000 + %(seat)s AS row,"
    " s.id * 100 + 1000000 + %(seat)s AS owner) x WHERE s.active"
)
_ROW = {"school_id": "s.id", "id": "row"}
_STATEMENTS = [
    insert_select(model, _ROW | given) + _OF_EACH
    for model, given in (
        (
            Case,
            {
                "number": "'B-' || %(seat)s",
                "student_id": "0",
                "field": "'social'",
                "kinds": "'{}'",
                "source": "'homeroom'",
                "severity": "'low'",
                "status": "'open'",
                "owner_id": "owner",
                "opened_on": "%(at)s::date",
                "created_at": "%(at)s",
                "created_by": "owner",
            },
        ),
        (CaseMember, {"case_id": "row", "user_id": "owner", "added_by": "owner", "added_at": "%(at)s"}),
        (
            Activity,
            {
                "case_id": "row",
                "procedure": "'conference'",
                "state": "'active'",
                "created_by": "owner",
                "created_at": "%(at)s",
            },
        ),
        (
            Conference,
            {
                "case_id": "row",
                "state": "'invited'",
                "starts_at": "%(starts_at)s",
                "ends_at": "%(starts_at)s",
                "requester_id": "owner",
                "approved_at": "%(at)s",
                "created_at": "%(at)s",
            },
        ),
        (
            Participant,
            {
                "conference_id": "row",
                "kind": "'staff'",
                "user_id": "owner",
                "why": "'information'",
                "locale": "'id'",
                "created_at": "%(at)s",
            },
        ),
    )
]
