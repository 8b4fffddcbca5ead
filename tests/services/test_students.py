"""The register of students: found by name or number, paged, entered by hand under the import's rules."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.services import student_entries, students

ENTRIES = {
    "name": "Melati Senja Rekaan",
    "nisn": "0999000001",
    "nipd": "2600001",
    "sex": "P",
    "birth_on": "2011-03-04",
    "class_name": "X-1",
    "mobile": "0812 3456 7890",
    "address": "Jl. Contoh No. 1",
}


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor").at(school)


def names(actor, text_):
    return [hit.name for hit in students.search(actor, text_)]


def test_a_search_finds_words_by_their_beginning_and_numbers_by_theirs(app, world, school, counsellor):
    elsewhere = world.school()
    foreigner = world.person(elsewhere, "counsellor").at(elsewhere)
    with tenancy.work(foreigner):
        student_entries.add_student(foreigner, ENTRIES | {"name": "Melati Asing Rekaan"})
    with tenancy.work(counsellor):
        student_entries.add_student(counsellor, ENTRIES)
        student_entries.add_student(
            counsellor, ENTRIES | {"name": "Éka Sénja Umpama", "nisn": "0999000002", "nipd": "B/17_2"}
        )
        assert names(counsellor, "sen mel") == ["Melati Senja Rekaan"]
        assert names(counsellor, "SENJA") == ["Éka Sénja Umpama", "Melati Senja Rekaan"]
        assert names(counsellor, "0999") == ["Éka Sénja Umpama", "Melati Senja Rekaan"]
        assert names(counsellor, "B/17_") == ["Éka Sénja Umpama"]
        assert names(counsellor, "B/17%") == []
        assert names(counsellor, "enja") == names(counsellor, "%") == names(counsellor, "  ") == []


def test_a_search_gives_twenty_at_most_and_leaves_out_those_who_left(app, world, school, counsellor):
    for _ in range(23):
        gone = world.student(school, name="Seragam Rekaan")
    with tenancy.work(counsellor):
        assert len(students.search(counsellor, "seragam", limit=1000)) == 20
        assert len(students.search(counsellor, "seragam", limit=5)) == 5
        student_entries.mark_left(counsellor, gone, on=date(2026, 11, 1), kind="moved")
        assert gone not in {line.id for line in students.register(counsellor).lines}
        assert [line.id for line in students.register(counsellor, left=True).lines] == [gone]
        student_entries.mark_back(counsellor, gone)
        assert gone in {line.id for line in students.register(counsellor).lines}


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(doubles=st.lists(st.integers(1, 4), min_size=1, max_size=8))
def test_paging_shows_every_student_once_forwards_and_backwards(app, world, monkeypatch, doubles):
    monkeypatch.setattr(students, "PAGE", 3)
    school, elsewhere = world.school(), world.school()
    counsellor = world.person(school, "counsellor").at(school)
    world.student(elsewhere, name="Asing Rekaan")
    ids = [
        world.student(school, name=f"Murid {letter} Rekaan")
        for letter, times in zip("ABCDEFGH", doubles, strict=False)
        for _ in range(times)
    ]
    with tenancy.work(counsellor):
        page = students.register(counsellor)
        forwards = [page]
        while page.after is not None:
            page = students.register(counsellor, after=page.after)
            forwards.append(page)
        backwards = [page]
        while page.before is not None:
            page = students.register(counsellor, before=page.before)
            backwards.append(page)
    seen = [line.id for page in forwards for line in page.lines]
    assert sorted(seen) == sorted(ids)
    assert {page.total for page in forwards} == {len(ids)}
    assert [line.id for page in reversed(backwards) for line in page.lines] == seen
    assert [line.name for page in forwards for line in page.lines] == sorted(
        line.name for page in forwards for line in page.lines
    )


def test_the_register_filters_by_class(app, world, school, counsellor):
    one, other = world.student(school, class_name="X-1"), world.student(school, class_name="X-2")
    with tenancy.work(counsellor):
        assert [line.id for line in students.register(counsellor, class_name="X-2").lines] == [other]
        assert students.register(counsellor).classes == ["X-1", "X-2"]
        assert one in {line.id for line in students.register(counsellor).lines}


def test_a_student_of_another_school_does_not_exist(app, world, school, counsellor):
    foreign = world.student(world.school())
    own = world.student(school)
    with tenancy.work(counsellor):
        for look in (students.record, student_entries.entered):
            with pytest.raises(NotFound):
                look(counsellor, foreign)
            look(counsellor, own)
        with pytest.raises(NotFound):
            student_entries.edit_student(counsellor, foreign, ENTRIES)
        with pytest.raises(NotFound):
            student_entries.mark_left(counsellor, foreign, on=date(2026, 11, 1), kind="moved")


def test_who_may_list_may_not_therefore_open_cards_or_enter_students(app, world, school):
    own = world.student(school)
    for role in ("principal", "homeroom", "teacher"):
        actor = world.person(school, role).at(school)
        with tenancy.work(actor):
            assert [line.id for line in students.register(actor).lines] == [own]
            assert not students.may_open_card(actor)
            with pytest.raises(Forbidden):
                students.record(actor, own)
            with pytest.raises(Forbidden):
                student_entries.add_student(actor, ENTRIES)
    for role in ("counsellor", "class_teacher", "school_admin"):
        actor = world.person(school, role).at(school)
        with tenancy.work(actor):
            assert students.record(actor, own).id == own


def test_reading_a_card_is_recorded(app, world, school, counsellor, as_superuser):
    own = world.student(school)
    with tenancy.work(counsellor):
        students.record(counsellor, own)
    read = as_superuser.execute(
        text("SELECT person_id FROM audit_entries WHERE action = 'student.read' AND subject_id = :id"),
        {"id": own},
    ).scalars()
    assert list(read) == [counsellor.person_id]


def test_an_entered_student_is_stored_in_the_form_of_the_import(app, school, counsellor):
    with tenancy.work(counsellor):
        student = student_entries.add_student(counsellor, ENTRIES | {"birth_on": "04/03/2011"})
    with tenancy.work(counsellor):
        card = students.record(counsellor, student.id)
        entered = student_entries.entered(counsellor, student.id)
    assert (card.birth_on, card.details["mobile"]) == (date(2011, 3, 4), "+6281234567890")
    assert {name: value for name, value in entered.items() if value} == ENTRIES | {"mobile": "+6281234567890"}
    with tenancy.work(counsellor):
        changed = entered | {"class_name": "XI-1", "address": ""}
        student_entries.edit_student(counsellor, student.id, changed)
        card = students.record(counsellor, student.id)
    assert (card.class_name, "address" in card.details) == ("XI-1", False)


def test_everything_that_is_wrong_is_said_at_once_field_by_field(app, school, counsellor):
    wrong = ENTRIES | {
        "name": "",
        "nisn": "12",
        "sex": "X",
        "birth_on": "31/02/2011",
        "mobile": "tidak ada",
        "email": "tidak punya",
        "class_name": "X" * 100,
    }
    with tenancy.work(counsellor):
        with pytest.raises(student_entries.InvalidStudent) as refusal:
            student_entries.add_student(counsellor, wrong)
        assert set(refusal.value.problems) == {
            "name",
            "nisn",
            "sex",
            "birth_on",
            "mobile",
            "email",
            "class_name",
        }
        assert students.register(counsellor).lines == []


def test_a_number_belongs_to_one_student_of_a_school(app, world, school, counsellor):
    elsewhere = world.school()
    colleague = world.person(elsewhere, "counsellor").at(elsewhere)
    with tenancy.work(colleague):
        student_entries.add_student(colleague, ENTRIES)
    with tenancy.work(counsellor):
        first = student_entries.add_student(counsellor, ENTRIES)
        with pytest.raises(student_entries.InvalidStudent) as refusal:
            student_entries.add_student(counsellor, ENTRIES | {"name": "Mawar Fajar Rekaan"})
        assert set(refusal.value.problems) == {"nisn", "nipd"}
        student_entries.edit_student(counsellor, first.id, ENTRIES | {"class_name": "X-3"})


def test_one_leaves_once_and_not_in_the_future(app, world, school, counsellor):
    own = world.student(school)
    with tenancy.work(counsellor):
        with pytest.raises(Conflict):
            student_entries.mark_back(counsellor, own)
        with pytest.raises(Invalid):
            student_entries.mark_left(counsellor, own, on=date(2026, 11, 24), kind="moved")
        student_entries.mark_left(counsellor, own, on=date(2026, 11, 23), kind="moved")
        with pytest.raises(Conflict):
            student_entries.mark_left(counsellor, own, on=date(2026, 11, 23), kind="moved")
