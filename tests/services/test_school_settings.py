"""What a school sets for itself: by its admin alone, for itself alone."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from webapp import tenancy
from webapp.domain.errors import Forbidden, Invalid, NotFound
from webapp.domain.figures import period_days
from webapp.services import holidays, homerooms, letterheads, school_settings
from webapp.services.school_settings import Schedule

SCHEDULE = Schedule("Asia/Jayapura", 7, False, "06.00", "6:15", 2, "07:00")


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def admin(world, school):
    return world.person(school, "school_admin")


@pytest.mark.parametrize("role", ["counsellor", "principal", "homeroom", "class_teacher", "teacher"])
def test_nobody_but_the_admin_sets_anything(app, world, school, role):
    actor = world.person(school, role).at(school)
    with tenancy.work(actor):
        for act in (
            lambda: school_settings.change_letterhead(actor, {}),
            lambda: school_settings.change_schedule(actor, SCHEDULE),
            lambda: school_settings.change_case_rules(
                actor, case_number_pattern="{nomor}", minutes_access_days=1, substitute_approver_id=None,
                overdue_counsellor_days=7, overdue_principal_days=7
            ),
            lambda: school_settings.change_letter_numbers(
                actor, pattern="{nomor}", code="", unit="", patterns={}
            ),
            lambda: school_settings.letter_number_example(actor, pattern="{nomor}", code="", unit=""),
            lambda: school_settings.set_logo(actor, "left", b""),
            lambda: school_settings.logo(actor, "left"),
            lambda: holidays.add(actor, on=date(2026, 12, 1), name="X"),
            lambda: homerooms.assign(actor, class_name="X-1", school_year="2026/2027", user_id=1),
            lambda: homerooms.copy_last_year(actor),
        ):
            with pytest.raises(Forbidden):
                act()


def test_a_schools_clock_is_its_own(app, world, school, admin, as_superuser):
    other = world.school()
    with tenancy.work(admin.at(school)):
        school_settings.change_schedule(admin.at(school), SCHEDULE)
    zones = {
        row.id: (row.time_zone, row.weekly)
        for row in as_superuser.execute(
            text("SELECT id, time_zone, weekly_digest_at::text AS weekly FROM schools WHERE id IN (:a, :b)"),
            {"a": school.id, "b": other.id},
        )
    }
    assert zones == {school.id: ("Asia/Jayapura", "06:15:00"), other.id: ("Asia/Jakarta", "06:30:00")}


def test_a_weekly_digest_falls_on_a_school_day(app, school, admin):
    saturday = Schedule("Asia/Jakarta", 7, False, "06.00", "06.00", 5, "07.00")
    with tenancy.work(admin.at(school)), pytest.raises(Invalid) as refusal:
        school_settings.change_schedule(admin.at(school), saturday)
    assert refusal.value.field == "weekly_digest_weekday"


def test_letters_carry_the_letterhead_that_was_set(app, school, admin):
    actor = admin.at(school)
    with tenancy.work(actor):
        school_settings.change_letterhead(actor, {"letterhead_line1": "  PEMDA   REKAAN ", "phone": "0341 1"})
        printed = letterheads.report_letterhead(actor)
    assert (printed.line1, printed.line2, printed.phone) == ("PEMDA REKAAN", "", "0341 1")


def test_a_line_that_is_too_long_is_refused(app, school, admin):
    with tenancy.work(admin.at(school)), pytest.raises(Invalid) as refusal:
        school_settings.change_letterhead(admin.at(school), {"address": "x" * 161})
    assert refusal.value.field == "address"


def test_days_off_and_homerooms_of_another_school_are_not_found(app, world, school, admin):
    other = world.school()
    foreign_admin = world.person(other, "school_admin")
    world.student(other)
    teacher = world.person(other, "homeroom")
    with tenancy.work(foreign_admin.at(other)):
        day = holidays.add(foreign_admin.at(other), on=date(2026, 12, 1), name="Libur")
        row = homerooms.assign(
            foreign_admin.at(other), class_name="X-1", school_year="2026/2027", user_id=teacher.user_id
        )
    actor = admin.at(school)
    with tenancy.work(actor):
        for act in (
            lambda: holidays.change(actor, day.id, on=date(2026, 12, 2), name="X"),
            lambda: holidays.remove(actor, day.id),
            lambda: homerooms.change(
                actor, row.id, class_name="X-1", school_year="2026/2027", user_id=teacher.user_id
            ),
            lambda: homerooms.remove(actor, row.id),
        ):
            with pytest.raises(NotFound):
                act()


def test_a_homeroom_teacher_sees_the_own_class_once_it_is_assigned(app, world, school, admin):
    mine, others = world.student(school, class_name="X-1"), world.student(school, class_name="X-2")
    teacher = world.person(school, "homeroom")
    visible = text("SELECT unnest(app_my_student_ids())")
    with tenancy.work(teacher.at(school)) as session:
        assert session.scalars(visible).all() == []
    with tenancy.work(admin.at(school)):
        homerooms.assign(admin.at(school), class_name="X-1", school_year="2026/2027", user_id=teacher.user_id)
    with tenancy.work(teacher.at(school)) as session:
        assert session.scalars(visible).all() == [mine]
    assert others != mine


def test_public_holidays_are_those_of_the_running_school_year(app, school, admin):
    actor = admin.at(school)
    with tenancy.work(actor):
        days = [on for on, _name in holidays.public(actor, "id")]
    first, after = period_days("year", actor.today)
    assert days == sorted(days)
    assert all(first <= on < after for on in days)
    assert date(2026, 8, 17) in days
    assert date(2026, 1, 1) not in days


def test_a_school_numbers_its_letters_by_its_own_pattern(app, world, school, admin, as_superuser):
    other = world.school()
    with tenancy.work(admin.at(school)):
        given = {"pattern": " {kode}/{nomor:03}/{unit}/{tahun} ", "code": " 421.3 ", "unit": "SMAN1"}
        school_settings.change_letter_numbers(admin.at(school), **given, patterns={})
        example = school_settings.letter_number_example(admin.at(school), **given)
    assert example == "421.3/014/SMAN1/2026"
    rows = as_superuser.execute(
        text("SELECT id, letter_number_pattern, letter_code, letter_unit FROM schools WHERE id IN (:a, :b)"),
        {"a": school.id, "b": other.id},
    )
    assert {row.id: tuple(row)[1:] for row in rows} == {
        school.id: ("{kode}/{nomor:03}/{unit}/{tahun}", "421.3", "SMAN1"),
        other.id: ("{nomor:03}/{jenis}/{bulan_romawi}/{tahun}", None, None),
    }


@pytest.mark.parametrize(
    ("pattern", "code", "unit", "field"),
    [
        ("{tahun}", "", "", "letter_number_pattern"),
        ("{nomor}/{kode}", " ", "SMAN1", "letter_code"),
        ("{nomor}/{unit}", "421.3", "", "letter_unit"),
        ("{nomor}", "4" * 41, "", "letter_code"),
        ("{nomor}", "", "satu\u202edua", "letter_unit"),
    ],
)
def test_a_pattern_that_would_leave_a_hole_in_the_number_is_refused(
    app, school, admin, pattern, code, unit, field
):
    with tenancy.work(admin.at(school)), pytest.raises(Invalid) as refused:
        school_settings.change_letter_numbers(
            admin.at(school), pattern=pattern, code=code, unit=unit, patterns={}
        )
    assert refused.value.field == field
