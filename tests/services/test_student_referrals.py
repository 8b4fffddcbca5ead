"""A teacher refers a student to the counsellor without ever seeing a case."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from tests.services.cases.test_cases import opened
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.background import OutboxMail
from webapp.models.cases import Case
from webapp.services import case_page, student_referrals

BODY = "Sudah seminggu tidak mau bicara."


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


@pytest.fixture
def teacher(world, school):
    return world.person(school, "teacher")


@pytest.fixture
def student_id(world, school):
    return world.student(school, name="Sari Rekaan")


@pytest.fixture
def referral_id(app, school, teacher, student_id, counsellor):
    return act(teacher, school, student_referrals.refer, student_id=student_id, body=BODY).id


def act(person, school, service, *args, **values):
    actor = person.at(school)
    with tenancy.work(actor):
        return service(actor, *args, **values)


def mails(person, school):
    with tenancy.work(person.at(school)) as session:
        return list(session.scalars(select(OutboxMail).where(OutboxMail.school_id == school.id)))


def test_every_counsellor_is_told_by_a_mail_that_names_nobody(
    app, world, school, counsellor, teacher, student_id
):
    second = world.person(school, "counsellor")
    world.person(world.school(), "counsellor")
    act(teacher, school, student_referrals.refer, student_id=student_id, body=BODY)
    with tenancy.work(counsellor.at(school)) as session:
        rows = list(session.scalars(select(OutboxMail).where(OutboxMail.school_id == school.id)))
        assert {row.user_id for row in rows} == {counsellor.user_id, second.user_id}
        for row in rows:
            said = str(row.facts)
            assert row.kind == "concern_received"
            assert not [word for word in ("Sari", "bicara", teacher.name) if word in said]
            assert row.facts["link"].endswith(f"/s/{school.slug}/cases/referrals/")


def test_class_teachers_are_told_where_there_is_no_counsellor(app, world):
    school = world.school(level="sd")
    class_teacher, teacher = world.person(school, "class_teacher"), world.person(school, "teacher")
    act(teacher, school, student_referrals.refer, student_id=world.student(school), body=BODY)
    assert [row.user_id for row in mails(class_teacher, school)] == [class_teacher.user_id]


@pytest.mark.parametrize("role", ["homeroom", "teacher", "class_teacher", "principal"])
def test_teachers_and_the_principal_refer(app, world, school, student_id, role):
    person = world.person(school, role)
    act(person, school, student_referrals.refer, student_id=student_id, body=BODY)
    (own,) = act(person, school, student_referrals.list_own)
    assert (own.student, own.state, own.body, own.case_id) == ("Sari Rekaan", "new", BODY, None)


@pytest.mark.parametrize("role", ["school_admin", "counsellor"])
def test_others_do_not_refer(app, world, school, student_id, role):
    with pytest.raises(Forbidden):
        act(world.person(school, role), school, student_referrals.refer, student_id=student_id, body=BODY)


def test_another_schools_student_is_not_referred(app, world, school, teacher):
    with pytest.raises(NotFound):
        act(teacher, school, student_referrals.refer, student_id=world.student(world.school()), body=BODY)


@pytest.mark.parametrize("body", ["", "  ", "x" * 5001])
def test_a_referral_says_what_worries(app, school, teacher, student_id, body):
    with pytest.raises(Invalid) as refusal:
        act(teacher, school, student_referrals.refer, student_id=student_id, body=body)
    assert refusal.value.field == "body"


def test_a_referral_is_read_by_those_who_take_it_and_by_its_author_only(
    app, world, school, counsellor, referral_id
):
    (waiting,) = act(counsellor, school, student_referrals.list_incoming)
    assert (waiting.id, waiting.body) == (referral_id, BODY)
    assert act(counsellor, school, student_referrals.count_new) == 1
    for role in ("principal", "homeroom", "teacher"):
        other = world.person(school, role)
        assert act(other, school, student_referrals.list_own) == []
        for service in (student_referrals.list_incoming, student_referrals.count_new):
            with pytest.raises(Forbidden):
                act(other, school, service)
    elsewhere = world.school()
    stranger = world.person(elsewhere, "counsellor")
    assert act(stranger, elsewhere, student_referrals.list_incoming) == []
    with pytest.raises(NotFound):
        act(stranger, elsewhere, student_referrals.decline, referral_id, answer="x")


def test_reading_the_list_is_recorded_and_the_text_is_sealed(
    app, school, counsellor, referral_id, as_superuser
):
    act(counsellor, school, student_referrals.list_incoming)
    recorded = as_superuser.execute(
        text(
            "SELECT count(*) FROM audit_entries WHERE school_id = :school"
            " AND action = 'student_referral.listed'"
        ),
        {"school": school.id},
    ).scalar_one()
    assert recorded == 1
    stored = as_superuser.execute(
        text("SELECT body_enc FROM student_referrals WHERE id = :id"), {"id": referral_id}
    ).scalar_one()
    assert b"bicara" not in bytes(stored)


def test_a_taken_referral_opens_a_case_that_its_author_does_not_see(
    app, school, counsellor, teacher, student_id, referral_id
):
    case_id = opened(counsellor, school, student_id, referral_id=referral_id)
    page = act(counsellor, school, case_page.page, case_id)
    assert [(entry.kind, entry.text) for entry in page.timeline.entries if entry.kind == "referral"] == [
        ("referral", BODY)
    ]
    (own,) = act(teacher, school, student_referrals.list_own)
    assert (own.state, own.taken_by, own.case_id) == ("taken", counsellor.name, None)
    with tenancy.work(teacher.at(school)) as session:
        assert session.scalars(select(Case)).all() == []
    with pytest.raises(NotFound):
        act(teacher, school, case_page.page, case_id)


def test_a_referral_is_attached_to_a_case_of_the_same_student_only(
    app, world, school, counsellor, teacher, student_id, referral_id
):
    wrong = opened(counsellor, school, world.student(school))
    with pytest.raises(Invalid):
        act(counsellor, school, student_referrals.take, referral_id, case_id=wrong)
    right = opened(counsellor, school, student_id)
    act(
        counsellor,
        school,
        student_referrals.take,
        referral_id,
        case_id=right,
        answer="Kami dampingi.",
    )
    (own,) = act(teacher, school, student_referrals.list_own)
    assert (own.state, own.answer) == ("taken", "Kami dampingi.")


def test_a_colleagues_case_is_not_attached_to(app, world, school, counsellor, student_id, referral_id):
    case_id = opened(world.person(school, "counsellor"), school, student_id)
    with pytest.raises(NotFound):
        act(counsellor, school, student_referrals.take, referral_id, case_id=case_id)


def test_a_declined_referral_carries_an_answer_and_is_settled_once(
    app, school, counsellor, teacher, referral_id
):
    with pytest.raises(Invalid):
        act(counsellor, school, student_referrals.decline, referral_id, answer=" ")
    act(counsellor, school, student_referrals.decline, referral_id, answer="Sudah ditangani wali kelas.")
    (own,) = act(teacher, school, student_referrals.list_own)
    assert (own.state, own.answer) == ("declined", "Sudah ditangani wali kelas.")
    with pytest.raises(Conflict):
        act(counsellor, school, student_referrals.decline, referral_id, answer="Lagi.")
