"""Registers as XLSX files: who gets one, what stands in it, and what the trail keeps."""

from __future__ import annotations

import io
import re
import tracemalloc
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import text

from tests.factories import MONDAY, csrf_token
from tests.monitoring_world import Watched
from webapp import tenancy
from webapp.services import case_team, cases, exports, housekeeping, reports

MANY = 8_000
MEGABYTE = 1024 * 1024


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


def case_of(person, school, student_id, **values) -> int:
    actor = person.at(school)
    given = {
        "field": "social",
        "kinds": ["bullying"],
        "source": "homeroom",
        "severity": "medium",
        "summary": "Rahasia",
    } | values
    with person.world.app.app_context(), tenancy.work(actor):
        return cases.open_case(actor, student_id=student_id, **given).id


def fetched(person, school, path: str):
    return person.client().get(f"/s/{school.slug}/{path}")


def taken(person, school, path: str, client=None):
    """The answer to the button under a list, pressed by somebody whose pages have a token."""
    client = client or person.client()
    data = {"csrf_token": csrf_token(client.get("/me/").text)}
    return client.post(f"/s/{school.slug}/{path}", data=data)


def sheet(answer) -> list[list]:
    """The rows of a downloaded workbook, read by somebody else's library."""
    assert answer.status_code == 200, answer.text[:500]
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def exports_in_trail(as_superuser, school) -> list[tuple[int, dict]]:
    rows = as_superuser.execute(
        text(
            "SELECT person_id, detail FROM audit_entries"
            " WHERE school_id = :school AND action = 'register.exported' ORDER BY id"
        ),
        {"school": school.id},
    )
    return [(person_id, detail) for person_id, detail in rows]


def test_the_case_register_comes_with_the_columns_of_its_page_and_leaves_a_line_without_names(
    world, school, counsellor, as_superuser
):
    case_of(counsellor, school, world.student(school, name="Putri Rekaan"))
    case_of(counsellor, school, world.student(school, name="Bagus Rekaan"), field="career")
    elsewhere = world.school()
    case_of(world.person(elsewhere, "counsellor"), elsewhere, world.student(elsewhere, name="Putri Lain"))
    answer = taken(counsellor, school, "cases/register.xlsx?q=putri&status=all&field=social")
    rows = sheet(answer)
    assert rows[0] == ["Number", "Student", "Class", "Field", "Status", "Severity", "Owner", "Opened"]
    assert [row[1:6] for row in rows[1:]] == [["Putri Rekaan", "X-1", "Social", "Open", "Medium"]]
    assert answer.headers["Content-Disposition"] == "attachment; filename=pamong-cases.xlsx"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert exports_in_trail(as_superuser, school) == [
        (counsellor.user_id, {"register": "cases", "filters": "text field", "count": 1})
    ]
    assert exports_in_trail(as_superuser, elsewhere) == []


def test_a_principal_takes_the_register_that_the_page_shows_and_no_content(world, school, counsellor):
    case_of(counsellor, school, world.student(school, name="Putri Rekaan"))
    answer = taken(world.person(school, "principal"), school, "cases/register.xlsx")
    assert [row[1] for row in sheet(answer)[1:]] == ["Putri Rekaan"]
    assert "Rahasia" not in str(sheet(answer))


def test_a_principal_shut_out_of_a_case_does_not_find_it_in_the_file(world, school, counsellor):
    principal = world.person(school, "principal")
    case_id = case_of(counsellor, school, world.student(school, name="Putri Rekaan"))
    case_of(counsellor, school, world.student(school, name="Bagus Rekaan"))
    actor = counsellor.at(school)
    with world.app.app_context(), tenancy.work(actor):
        case_team.shut_out(actor, case_id, user_id=principal.user_id, reason="Menjadi pihak")
    rows = sheet(taken(principal, school, "cases/register.xlsx"))
    assert [row[1] for row in rows[1:]] == ["Bagus Rekaan"]


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("homeroom", "cases/register.xlsx"),
        ("school_admin", "cases/register.xlsx"),
        ("homeroom", "students/register.xlsx"),
        ("teacher", "students/register.xlsx"),
        ("principal", "monitoring/board.xlsx"),
        ("homeroom", "monitoring/board.xlsx"),
    ],
)
def test_who_may_read_a_register_but_not_take_it_away_is_refused_and_offered_no_link(
    world, school, counsellor, role, path, as_superuser
):
    case_of(counsellor, school, world.student(school))
    person = world.person(school, role)
    assert taken(person, school, path).status_code == 403
    page = fetched(person, school, path.split("/")[0] + "/")
    assert "xlsx" not in page.text
    assert exports_in_trail(as_superuser, school) == []


def test_the_page_offers_the_file_with_the_filters_it_shows(world, school, counsellor):
    case_of(counsellor, school, world.student(school))
    page = fetched(counsellor, school, "cases/?status=open&field=social").text
    assert f"/s/{school.slug}/cases/register.xlsx?status=open&amp;field=social" in page


def test_the_school_admin_takes_the_roster_of_the_own_school_only(world, school, as_superuser):
    operator = world.person(school, "school_admin")
    world.student(school, name="Bagus Rekaan", class_name="X-2")
    world.student(school, name="Putri Rekaan", class_name="X-1")
    world.student(world.school(), name="Murid Lain", class_name="X-1")
    rows = sheet(taken(operator, school, "students/register.xlsx"))
    assert rows[0] == ["Name", "Class", "Sex", "NISN"]
    assert [row[0] for row in rows[1:]] == ["Bagus Rekaan", "Putri Rekaan"]
    assert all(isinstance(row[3], str) for row in rows[1:]), "a number with leading zeros stays text"
    one_class = sheet(taken(operator, school, "students/register.xlsx?class=X-1"))
    assert [row[0] for row in one_class[1:]] == ["Putri Rekaan"]
    assert exports_in_trail(as_superuser, school)[-1] == (
        operator.user_id,
        {"register": "students", "filters": "class_name", "count": 1},
    )


def test_those_who_left_come_with_the_day(world, school, counsellor, as_superuser):
    student_id = world.student(school, name="Putri Rekaan")
    as_superuser.execute(
        text("UPDATE students SET left_on = '2026-10-01' WHERE id = :id"), {"id": student_id}
    )
    as_superuser.commit()
    rows = sheet(taken(counsellor, school, "students/register.xlsx?show=left"))
    assert rows[0][-1] == "Left on"
    assert [(row[0], str(row[-1])[:10]) for row in rows[1:]] == [("Putri Rekaan", "2026-10-01")]


@pytest.mark.parametrize("name", ["=1+1", "+62812", "-2", "@SUM(A1)", "http://contoh.example", "00123"])
def test_a_name_that_looks_like_a_formula_a_link_or_a_number_stays_text(world, school, counsellor, name):
    world.student(school, name=name)
    answer = taken(counsellor, school, "students/register.xlsx")
    cell = openpyxl.load_workbook(io.BytesIO(answer.data)).active["A2"]
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", name, None)


def test_the_monitoring_board_comes_as_its_team_sees_it_and_not_cut(world, as_superuser):
    watched = Watched.build(world)
    other = Watched.build(world, watched.place)
    watched.promise(-2, what="=Mendampingi belajar")
    watched.promise(3, what="Menjemput")
    watched.goal(2, 3)
    other.promise(-1, what="Janji kasus lain")
    rows = sheet(taken(watched.counsellor, watched.place, "monitoring/board.xlsx"))
    assert rows[0][:4] == ["When", "Case", "Kind", "What"]
    assert {row[1] for row in rows[1:]} == {watched.number}
    assert [row[3] for row in rows[1:3]] == ["=Mendampingi belajar", "Menjemput"]
    assert len(rows) == 4
    late = sheet(taken(watched.counsellor, watched.place, "monitoring/board.xlsx?show=overdue"))
    assert [row[3] for row in late[1:]] == ["=Mendampingi belajar"]
    assert [detail for _, detail in exports_in_trail(as_superuser, watched.place)] == [
        {"register": "monitoring", "filters": "", "count": 3},
        {"register": "monitoring", "filters": "show", "count": 1},
    ]


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


def test_without_the_token_of_a_page_nothing_leaves(school, counsellor, as_superuser):
    answer = counsellor.client().post(f"/s/{school.slug}/students/register.xlsx")
    assert answer.status_code == 400
    assert exports_in_trail(as_superuser, school) == []
