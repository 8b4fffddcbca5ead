"""Long registers are made as files in the background, for the one who asked."""

from __future__ import annotations

import io
import re
import tracemalloc
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import text

from tests.admin.registers import case_of, exports_in_trail, fetched, sheet, taken
from tests.factories import MONDAY
from webapp import tenancy
from webapp.services import case_team, exports, housekeeping, reports

MANY = 8_000
MEGABYTE = 1024 * 1024


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


def many_students(as_superuser, world, school, count: int) -> None:
    as_superuser.execute(
        text(
            "INSERT INTO students (school_id, id, name, name_key, nisn, class_name, created_at, updated_at)"
            " SELECT :school, :base + n, 'Murid Rekaan ' || n % 500, 'murid rekaan ' || n % 500,"
            " lpad(n::text, 10, '0'), 'X-' || n % 9, :at, :at FROM generate_series(1, :many) n"
        ),
        {"school": school.id, "base": world.student(school), "many": count, "at": MONDAY},
    )
    as_superuser.commit()


def made(world) -> int:
    """Every document that waits, made as the worker does it."""
    with world.app.app_context():
        return reports.run_due(lambda: datetime.now(UTC), stop_at=datetime.now(UTC) + timedelta(seconds=60))


def test_a_file_is_whole_and_its_rows_never_stand_in_memory(
    world, school, counsellor, as_superuser, monkeypatch
):
    monkeypatch.setattr(exports, "AT_ONCE", MANY + 1)
    many_students(as_superuser, world, school, MANY)
    client = counsellor.client()
    client.get(f"/s/{school.slug}/students/")  # what the first request loads is not the file's
    tracemalloc.start()
    try:
        answer = taken(counsellor, school, "students/register.xlsx?class=", client)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    book = openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)
    found = [row[3] for row in book.active.iter_rows(min_row=2, values_only=True)]
    assert len(found) == len(set(found)) == MANY + 1
    assert peak < 6 * MEGABYTE, f"{peak / MEGABYTE:.1f} MB"


def test_a_long_list_is_made_in_the_background_for_the_one_who_asked(
    world, school, counsellor, as_superuser, monkeypatch
):
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    for name in ("Ani Rekaan", "Bagus Rekaan", "Citra Rekaan"):
        world.student(school, name=name)
    operator = world.person(school, "school_admin")
    client = operator.client()
    for _ in range(2):  # pressed twice, made once
        answer = taken(operator, school, "students/register.xlsx?q=rekaan", client)
        assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "List of students (XLSX)" in page
    (progress,) = set(re.findall(r"/documents/(\d+)/progress", page))
    assert client.get(f"/s/{school.slug}/documents/{progress}/progress").json["state"] == "running"
    address = f"documents/{progress}/file"
    assert fetched(operator, school, address).status_code == 409, "not ready yet"
    assert exports_in_trail(as_superuser, school) == []
    as_superuser.rollback()
    assert made(world) >= 1
    answer = fetched(operator, school, address)
    assert [row[0] for row in sheet(answer)[1:]] == ["Ani Rekaan", "Bagus Rekaan", "Citra Rekaan"]
    assert answer.headers["Content-Disposition"] == "attachment; filename=pamong-students.xlsx"
    assert exports_in_trail(as_superuser, school) == [
        (operator.user_id, {"register": "students", "filters": "text", "count": 3})
    ]
    for other in (
        counsellor,
        world.person(school, "school_admin"),
        world.person(world.school(), "counsellor"),
    ):
        assert fetched(other, school, address).status_code == 404
        assert "XLSX" not in fetched(other, school, "documents/").text


def test_what_the_worker_writes_is_what_the_asker_may_read_by_then(
    world, school, counsellor, as_superuser, monkeypatch
):
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    principal = world.person(school, "principal")
    case_id = case_of(counsellor, school, world.student(school, name="Putri Rekaan"))
    case_of(counsellor, school, world.student(school, name="Bagus Rekaan"))
    client = principal.client()
    page = client.get(taken(principal, school, "cases/register.xlsx", client).location).text
    (document,) = set(re.findall(r"/documents/(\d+)/progress", page))
    actor = counsellor.at(school)
    with world.app.app_context(), tenancy.work(actor):
        case_team.shut_out(actor, case_id, user_id=principal.user_id, reason="Menjadi pihak")
    made(world)
    rows = sheet(fetched(principal, school, f"documents/{document}/file"))
    assert [row[1] for row in rows[1:]] == ["Bagus Rekaan"]
    as_superuser.execute(
        text("UPDATE memberships SET role = 'teacher' WHERE user_id = :id"), {"id": principal.user_id}
    )
    as_superuser.commit()
    assert fetched(principal, school, f"documents/{document}/file").status_code == 403


def test_a_list_that_cannot_be_made_ends_in_a_state_with_a_sentence(
    world, school, counsellor, as_superuser, monkeypatch
):
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    case_of(counsellor, school, world.student(school))
    client = counsellor.client()
    page = taken(counsellor, school, "cases/register.xlsx", client).location
    as_superuser.execute(
        text("UPDATE memberships SET role = 'teacher' WHERE user_id = :id"), {"id": counsellor.user_id}
    )
    as_superuser.commit()
    made(world)
    assert "You may not do this here." in client.get(page).text
    assert exports_in_trail(as_superuser, school) == []


def test_a_made_list_is_kept_for_two_days_only(world, school, counsellor, as_superuser, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    case_of(counsellor, school, world.student(school))
    taken(counsellor, school, "cases/register.xlsx")
    made(world)
    with world.app.app_context():
        housekeeping.clear_school(school.id, datetime.now(UTC) + timedelta(days=2, minutes=5))
    state = as_superuser.execute(
        text("SELECT state, content_enc FROM reports WHERE school_id = :school"), {"school": school.id}
    ).one()
    assert tuple(state) == ("expired", None)
