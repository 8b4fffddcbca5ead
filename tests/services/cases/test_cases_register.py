"""The register of cases: who sees which, filters, search and pages."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.services.cases.test_cases import TODAY, opened
from webapp import tenancy
from webapp.domain.errors import Forbidden, NotFound
from webapp.models.schools import HomeroomAssignment
from webapp.services import (
    case_notes,
    case_page,
    case_register,
    case_team,
    cases,
)
from webapp.services.case_register import CaseFilters


def numbers_seen(person, school, filters=None):
    with tenancy.work(person.at(school)):
        page = case_register.list_cases(person.at(school), filters or CaseFilters())
    return [row.id for row in page.rows]


def test_the_register_by_role(app, world, school, counsellor, case_id):
    other_class = opened(counsellor, school, world.student(school, class_name="X-2"))
    homeroom = world.person(school, "homeroom")
    with tenancy.work(tenancy.system(school.id, MONDAY)):
        tenancy.add(HomeroomAssignment(user_id=homeroom.user_id, class_name="X-1", school_year="2026/2027"))
    for role in ("counsellor", "principal"):
        assert numbers_seen(world.person(school, role), school) == [other_class, case_id]
    assert numbers_seen(homeroom, school) == [case_id]
    assert numbers_seen(world.person(school, "homeroom"), school) == []
    for role in ("teacher", "school_admin"):
        with pytest.raises(Forbidden):
            numbers_seen(world.person(school, role), school)
    elsewhere = world.school()
    assert numbers_seen(world.person(elsewhere, "counsellor"), elsewhere) == []


@pytest.mark.parametrize(
    "role", ["counsellor", "principal", "homeroom", "class_teacher", "teacher", "school_admin"]
)
def test_nobody_outside_the_team_opens_a_case(app, world, school, counsellor, case_id, role):
    outsider = world.person(school, role)
    with tenancy.work(outsider.at(school)), pytest.raises(NotFound):
        case_page.page(outsider.at(school), case_id)
    with tenancy.work(counsellor.at(school)):
        case_team.add_member(counsellor.at(school), case_id, user_id=outsider.user_id)
    with tenancy.work(outsider.at(school)):
        assert case_page.page(outsider.at(school), case_id).head.id == case_id


def test_another_schools_counsellor_finds_nothing_to_read_or_to_change(app, world, case_id):
    elsewhere = world.school()
    stranger = world.person(elsewhere, "counsellor")
    actor = stranger.at(elsewhere)
    acts = [
        lambda: case_page.page(actor, case_id),
        lambda: case_page.head(actor, case_id, part="team"),
        lambda: cases.case_facts(actor, case_id),
        lambda: cases.change_status(actor, case_id, to="in_progress"),
        lambda: case_notes.add_note(actor, case_id, kind="fact", body="x", happened_on=TODAY),
        lambda: case_team.team(actor, case_id),
        lambda: case_team.add_member(actor, case_id, user_id=stranger.user_id),
        lambda: case_team.shut_out(actor, case_id, user_id=stranger.user_id, reason="x"),
    ]
    for act in acts:
        with tenancy.work(actor), pytest.raises(NotFound):
            act()


def test_reading_a_case_is_recorded(app, school, counsellor, case_id, as_superuser):
    with tenancy.work(counsellor.at(school)):
        case_page.page(counsellor.at(school), case_id)
    reads = as_superuser.execute(
        text("SELECT person_id, detail FROM audit_entries WHERE subject_id = :id AND action = 'case.read'"),
        {"id": case_id},
    ).all()
    assert [(row.person_id, row.detail["part"]) for row in reads] == [(counsellor.user_id, "page")]


def test_filters_search_and_views(app, world, school, counsellor):
    other = world.person(school, "counsellor")
    ani = opened(counsellor, school, world.student(school, name="Ani Putri Rekaan", class_name="X-1"))
    budi = opened(
        other,
        school,
        world.student(school, name="Budi Rekaan", class_name="XI-2"),
        field="career",
        kinds=[],
        severity="urgent",
    )
    with tenancy.work(counsellor.at(school)):
        cases.change_status(counsellor.at(school), ani, to="monitoring")

    def seen(**values):
        return numbers_seen(counsellor, school, CaseFilters(**values))

    assert seen() == [budi, ani]
    assert seen(mine=True) == seen(status="monitoring") == seen(owner_id=counsellor.user_id) == [ani]
    assert seen(field="career") == seen(severity="urgent") == seen(class_name="XI-2") == [budi]
    assert seen(status="closed") == []
    for text_typed in ("ani", "ANI PUT", "put ani", "rek ani", "2026-001"):
        assert seen(text=text_typed) == [ani], text_typed
    assert seen(text="rekaan") == seen(text="k-2026") == [budi, ani]
    assert seen(text="kaan") == seen(text="%") == seen(text="_") == []
    with tenancy.work(counsellor.at(school)):
        assert case_register.count_views(counsellor.at(school)) == {
            "active": 2,
            "mine": 1,
            "monitoring": 1,
            "closed": 0,
        }
        assert case_register.classes(counsellor.at(school)) == ["X-1", "XI-2"]
        assert {owner for owner, _ in case_register.owners(counsellor.at(school))} == {
            counsellor.user_id,
            other.user_id,
        }


def test_kinds_of_problem_filter_only_cases_of_ones_own_team(app, world, school, counsellor, case_id):
    assert numbers_seen(counsellor, school, CaseFilters(kind="bullying")) == [case_id]
    assert numbers_seen(counsellor, school, CaseFilters(kind="truancy")) == []
    assert numbers_seen(world.person(school, "principal"), school, CaseFilters(kind="bullying")) == []


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_all_pages_together_are_all_cases_once_each_both_ways(
    app, world, school, counsellor, monkeypatch, size
):
    monkeypatch.setattr(case_register, "PAGE", size)
    student_id = world.student(school)
    everything = [opened(counsellor, school, student_id) for _ in range(7)][::-1]
    actor = counsellor.at(school)
    down, older = [], None
    with tenancy.work(actor):
        while True:
            page = case_register.list_cases(actor, CaseFilters(), older_than=older)
            assert (page.newer_than is None) == (older is None)
            down += [row.id for row in page.rows]
            if page.older_than is None:
                break
            older = page.older_than
        up = [row.id for row in page.rows]
        while page.newer_than is not None:
            page = case_register.list_cases(actor, CaseFilters(), newer_than=page.newer_than)
            up = [row.id for row in page.rows] + up
    assert down == up == everything


def test_the_cases_of_a_student_are_found_for_the_card(app, world, school, counsellor):
    student_id = world.student(school)
    mine = opened(counsellor, school, student_id)
    opened(counsellor, school, world.student(school))
    with tenancy.work(counsellor.at(school)):
        assert [row.id for row in case_register.for_student(counsellor.at(school), student_id)] == [mine]
        assert [
            option.id for option in cases.open_case_options(counsellor.at(school), student_id=student_id)
        ] == [mine]
    teacher = world.person(school, "teacher")
    with tenancy.work(teacher.at(school)), pytest.raises(Forbidden):
        case_register.for_student(teacher.at(school), student_id)
    elsewhere = world.school()
    stranger = world.person(elsewhere, "counsellor")
    with tenancy.work(stranger.at(elsewhere)), pytest.raises(NotFound):
        case_register.for_student(stranger.at(elsewhere), student_id)
