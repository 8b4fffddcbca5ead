"""Guardians: entered by those who may, told apart by school, and never contacted once that is forbidden."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.services import guardians

MOTHER = {
    "relation": "mother",
    "name": "Intan Fajar Rekaan",
    "email": "Intan@CONTOH.example",
    "phone": "0812-3456-7890",
}


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor").at(school)


def test_a_guardian_is_entered_with_numbers_in_one_form(app, world, school, counsellor):
    student_id = world.student(school)
    with tenancy.work(counsellor):
        guardians.add_guardian(counsellor, student_id, MOTHER)
    with tenancy.work(counsellor):
        (mother,) = guardians.of_student(counsellor, student_id)
    assert (mother.name, mother.email, mother.phone) == (
        "Intan Fajar Rekaan",
        "Intan@contoh.example",
        "+6281234567890",
    )
    assert mother.may_contact


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "12345"),
        ("name", "Rekaan " * 40),
        ("relation", "neighbour"),
        ("email", "bukan alamat"),
        ("email", "dua@alamat@contoh.example"),
        ("phone", "tidak ada"),
        ("phone", "08"),
        ("phone", "+9991234567"),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_field(app, world, school, counsellor, field, value):
    student_id = world.student(school)
    with tenancy.work(counsellor):
        with pytest.raises(Invalid) as refusal:
            guardians.add_guardian(counsellor, student_id, MOTHER | {field: value})
        assert refusal.value.field == field
        assert guardians.of_student(counsellor, student_id) == []


def test_only_those_who_keep_guardians_see_or_change_them(app, world, school):
    student_id = world.student(school)
    guardian_id = world.guardian(school, student_id)
    for role in ("counsellor", "class_teacher", "school_admin"):
        actor = world.person(school, role).at(school)
        with tenancy.work(actor):
            assert [one.id for one in guardians.of_student(actor, student_id)] == [guardian_id]
    for role in ("principal", "homeroom", "teacher"):
        actor = world.person(school, role).at(school)
        with tenancy.work(actor):
            with pytest.raises(Forbidden):
                guardians.of_student(actor, student_id)
            with pytest.raises(Forbidden):
                guardians.edit_guardian(actor, student_id, guardian_id, MOTHER)


def test_a_guardian_of_another_school_or_student_does_not_exist(app, world, school, counsellor):
    elsewhere = world.school()
    foreign_student = world.student(elsewhere)
    foreign = world.guardian(elsewhere, foreign_student)
    own_student, sibling = world.student(school), world.student(school)
    own = world.guardian(school, own_student)
    with tenancy.work(counsellor):
        for student_id, guardian_id in ((foreign_student, foreign), (own_student, foreign), (sibling, own)):
            with pytest.raises(NotFound):
                guardians.get_guardian(counsellor, student_id, guardian_id)
            with pytest.raises(NotFound):
                guardians.forbid_contact(counsellor, student_id, guardian_id, reason="x")
        assert guardians.get_guardian(counsellor, own_student, own).id == own


def test_do_not_contact_asks_for_a_reason_both_ways_and_leaves_a_trail(
    app, world, school, counsellor, as_superuser
):
    student_id = world.student(school)
    guardian_id = world.guardian(school, student_id)
    with tenancy.work(counsellor):
        with pytest.raises(Invalid, match="reason"):
            guardians.forbid_contact(counsellor, student_id, guardian_id, reason="  ")
        guardians.forbid_contact(counsellor, student_id, guardian_id, reason="Alasan rekaan pertama")
        with pytest.raises(Conflict):
            guardians.forbid_contact(counsellor, student_id, guardian_id, reason="lagi")
    with tenancy.work(counsellor):
        marked = guardians.get_guardian(counsellor, student_id, guardian_id)
        assert not marked.may_contact
        assert marked.reason == "Alasan rekaan pertama"
        # Editing the rest neither lifts nor hides it.
        guardians.edit_guardian(counsellor, student_id, guardian_id, MOTHER)
        assert not guardians.get_guardian(counsellor, student_id, guardian_id).may_contact
        with pytest.raises(Invalid, match="reason"):
            guardians.allow_contact(counsellor, student_id, guardian_id, reason="")
        guardians.allow_contact(counsellor, student_id, guardian_id, reason="Alasan rekaan kedua")
        assert guardians.get_guardian(counsellor, student_id, guardian_id).may_contact
        with pytest.raises(Conflict):
            guardians.allow_contact(counsellor, student_id, guardian_id, reason="lagi")
    trail = as_superuser.execute(
        text("SELECT action, detail::text FROM audit_entries WHERE subject_id = :id ORDER BY id"),
        {"id": guardian_id},
    ).all()
    assert [action for action, _ in trail] == [
        "guardian.contact_forbidden",
        "guardian.changed",
        "guardian.contact_allowed",
    ]
    assert not any("rekaan" in detail.lower() for _, detail in trail)


def test_guardians_stand_sealed_in_the_database(app, world, school, counsellor, as_superuser):
    student_id = world.student(school)
    with tenancy.work(counsellor):
        guardian = guardians.add_guardian(counsellor, student_id, MOTHER | {"name": "Intan Terkunci Rekaan"})
        guardians.forbid_contact(counsellor, student_id, guardian.id, reason="Alasan tersegel")
    rows = as_superuser.execute(text("SELECT to_jsonb(g)::text FROM guardians g")).scalars()
    dump = "\n".join(rows)
    for secret in ("Terkunci", "Intan@", "81234567890", "tersegel"):
        assert secret not in dump
