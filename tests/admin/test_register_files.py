"""Registers as XLSX files: who gets one, what stands in it, and what the trail keeps."""

from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import text

from tests.admin.registers import case_of, exports_in_trail, fetched, sheet, taken
from tests.monitoring_world import Watched
from webapp import tenancy
from webapp.services import case_team


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


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


def test_without_the_token_of_a_page_nothing_leaves(school, counsellor, as_superuser):
    answer = counsellor.client().post(f"/s/{school.slug}/students/register.xlsx")
    assert answer.status_code == 400
    assert exports_in_trail(as_superuser, school) == []
