"""A list of students is imported while the worker's children are killed in the middle of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import text

from tasks import nudge
from tests.faults.worker_alone import Processes, broker, processes, wait_until  # noqa: F401
from tests.services.rosters import counts, invented, roster_of, row_of, started
from webapp import tenancy

STUDENTS = 3050
LONGEST_RUN_SECONDS = 150


@pytest.mark.faults
def test_a_killed_import_goes_on_where_it_was_and_ends_like_one_that_nobody_disturbed(
    world,
    as_superuser,
    broker,  # noqa: F811
    processes: Processes,  # noqa: F811
    tmp_path: Path,
):
    as_superuser.execute(
        text("UPDATE student_imports SET state = 'failed' WHERE state IN ('queued', 'running')")
    )
    as_superuser.commit()
    disturbed, calm = world.school(), world.school()
    operators = {place.id: world.person(place, "school_admin") for place in (disturbed, calm)}
    content = invented(tmp_path, STUDENTS, sex_unknown=3)
    until = time.monotonic() + LONGEST_RUN_SECONDS
    jobs: dict[int, int] = {}

    def start(place) -> None:
        with world.app.app_context():
            jobs[place.id] = started(operators[place.id], place, content, dry_run=False)

    def stands(place):
        row = as_superuser.execute(
            text("SELECT state, done, attempts FROM student_imports WHERE id = :id"), {"id": jobs[place.id]}
        ).one()
        as_superuser.rollback()
        return row

    def is_half_way(after: int) -> bool:
        row = stands(disturbed)
        assert row.state in ("queued", "running"), "the kill came too late: the list was too short"
        return row.state == "running" and row.done > after

    def kill_in_the_middle(after: int) -> int:
        assert wait_until(lambda: is_half_way(after), until), log(tmp_path)
        for child in processes.children():
            processes.kill_child(child)
        done = stands(disturbed).done
        assert after < done < STUDENTS
        # Nobody renews the lease of the dead: three minutes on, it has passed.
        as_superuser.execute(
            text("UPDATE student_imports SET lease_until = now() WHERE id = :id"), {"id": jobs[disturbed.id]}
        )
        as_superuser.commit()
        return done

    tenancy.on_commit_wake(nudge.waker(broker[0]))
    try:
        start(disturbed)
        kill_in_the_middle(kill_in_the_middle(0))
        # What the second kill left, the worker comes upon when it is told of the next list.
        start(calm)
        for place in (disturbed, calm):
            assert wait_until(lambda place=place: stands(place).state == "done", until), log(tmp_path)
    finally:
        tenancy.on_commit_wake(tenancy._wake_nobody)
    assert (stands(disturbed).attempts, stands(calm).attempts) == (3, 1)
    with world.app.app_context():
        found = {
            place.id: (
                counts(row_of(operators[place.id], place, jobs[place.id])),
                roster_of(operators[place.id], place),
            )
            for place in (disturbed, calm)
        }
    assert found[disturbed.id] == found[calm.id]
    assert found[calm.id][0] == (STUDENTS - 3, 0, 0, 3)
    assert outcomes(as_superuser, jobs[disturbed.id]) == outcomes(as_superuser, jobs[calm.id])


def outcomes(connection, import_id: int) -> list[tuple[int, str]]:
    """What each row of the file did; a row that was recorded twice would stand here twice."""
    rows = connection.execute(
        text("SELECT row_no, outcome FROM student_import_rows WHERE import_id = :id ORDER BY row_no"),
        {"id": import_id},
    )
    return [tuple(row) for row in rows]


def log(folder: Path) -> str:
    return (folder / "worker.log").read_text()[-3000:]
