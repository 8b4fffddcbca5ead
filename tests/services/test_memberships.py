"""Inviting, changing roles, letting go: what an admin may do, and nothing beyond."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.services import departures, memberships, staff_register
from webapp.services.memberships import Duties, Grant


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def admin(world, school):
    return world.person(school, "school_admin")


def _invite(actor, school, *roles, email="baru.sekali@contoh.example", name="Guru Baru Rekaan"):
    return memberships.invite(
        actor, email=email, name=name, locale="id", grants=[Grant(role, school.id) for role in roles]
    )


def _stored_mails(connection, user_id):
    return [
        tuple(row)
        for row in connection.execute(
            text("SELECT kind, school_id, locale FROM outbox WHERE user_id = :id ORDER BY id"),
            {"id": user_id},
        )
    ]


def _address(tag):
    return f"{tag}.{MONDAY.timestamp():.0f}.{id(object())}@contoh.example"


def test_a_new_person_gets_an_account_their_roles_and_one_mail_to_choose_a_password(
    app, school, admin, as_superuser
):
    email = _address("konselor")
    with tenancy.work(admin.at(school)):
        user_id = _invite(admin.at(school), school, "counsellor", "homeroom", email=f"  {email.upper()} ")
    account = as_superuser.execute(
        text("SELECT email, name, password, active FROM users WHERE id = :id"), {"id": user_id}
    ).one()
    assert tuple(account) == (email, "Guru Baru Rekaan", None, True)
    roles = as_superuser.scalars(
        text("SELECT role FROM memberships WHERE user_id = :id AND school_id = :school ORDER BY role"),
        {"id": user_id, "school": school.id},
    ).all()
    assert roles == ["counsellor", "homeroom"]
    assert _stored_mails(as_superuser, user_id) == [("account_invitation", school.id, "id")]
    trail = as_superuser.scalar(
        text(
            "SELECT count(*) FROM audit_entries WHERE school_id = :school AND person_id = :admin"
            " AND action = 'membership.given'"
        ),
        {"school": school.id, "admin": admin.user_id},
    )
    assert trail == 2


def test_a_counsellor_who_is_invited_gets_the_daily_digest_from_then_on(app, school, admin, as_superuser):
    with tenancy.work(admin.at(school)):
        user_id = _invite(admin.at(school), school, "counsellor", email=_address("ringkasan"))
    due = as_superuser.execute(
        text("SELECT kind, state FROM dues WHERE school_id = :school AND recipient = :who"),
        {"school": school.id, "who": f"user:{user_id}"},
    ).all()
    assert [tuple(row) for row in due] == [("daily_digest", "waiting")]


def test_somebody_with_an_account_elsewhere_is_told_of_the_role_and_keeps_name_and_password(
    app, world, school, admin, as_superuser
):
    other = world.school()
    person = world.person(other, "counsellor")
    before = as_superuser.execute(
        text("SELECT name, password, locale FROM users WHERE id = :id"), {"id": person.user_id}
    ).one()
    with tenancy.work(admin.at(school)):
        user_id = _invite(admin.at(school), school, "teacher", email=person.email, name="Nama Lain")
    assert user_id == person.user_id
    after = as_superuser.execute(
        text("SELECT name, password, locale FROM users WHERE id = :id"), {"id": person.user_id}
    ).one()
    assert after == before
    assert _stored_mails(as_superuser, person.user_id) == [("role_added", school.id, "en")]


def test_who_holds_the_role_already_is_not_mailed_again(app, world, school, admin, as_superuser):
    person = world.person(school, "counsellor")
    with tenancy.work(admin.at(school)), pytest.raises(Conflict):
        _invite(admin.at(school), school, "counsellor", email=person.email)
    assert _stored_mails(as_superuser, person.user_id) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [({"email": "bukan-alamat"}, "email"), ({"name": "  "}, "name"), ({"locale": "xx"}, "locale")],
)
def test_a_wrong_field_of_an_invitation_is_named(app, school, admin, values, field):
    given = {"email": "x@contoh.example", "name": "Nama", "locale": "id"} | values
    with tenancy.work(admin.at(school)), pytest.raises(Invalid) as refusal:
        memberships.invite(admin.at(school), **given, grants=[Grant("teacher", school.id)])
    assert refusal.value.field == field


@pytest.mark.parametrize("role", ["district_admin", "janitor"])
def test_no_role_is_given_that_does_not_belong_to_a_school(app, school, admin, role):
    with tenancy.work(admin.at(school)), pytest.raises(Invalid):
        _invite(admin.at(school), school, role)


def test_a_school_admin_invites_into_no_other_school_and_not_into_the_district(app, world, school, admin):
    other = world.school()
    with tenancy.work(admin.at(school)):
        with pytest.raises(NotFound):
            _invite(admin.at(school), other, "teacher")
        with pytest.raises(Forbidden):
            memberships.invite(
                admin.at(school),
                email="x@contoh.example",
                name="X",
                locale="id",
                grants=[Grant("district_admin", None)],
            )


@pytest.mark.parametrize("role", ["counsellor", "principal", "homeroom", "class_teacher", "teacher"])
def test_nobody_but_the_admin_touches_people(app, world, school, role):
    person, other = world.person(school, role), world.person(school, "teacher")
    actor = person.at(school)
    with tenancy.work(actor):
        for act in (
            lambda: _invite(actor, school, "teacher"),
            lambda: memberships.change(actor, school.id, other.user_id, Duties({"teacher": None})),
            lambda: departures.end(actor, school.id, other.user_id),
            lambda: departures.hand_over(actor, school.id, other.user_id, successor_id=person.user_id),
            lambda: staff_register.school_people(actor),
            lambda: staff_register.person_at_school(actor, school.id, other.user_id),
        ):
            with pytest.raises(Forbidden):
                act()


def test_the_database_itself_refuses_an_admin_who_changes_an_account(app, world, school, admin, as_superuser):
    person = world.person(school, "counsellor")
    with tenancy.work(admin.at(school)) as session:
        session.execute(text("UPDATE users SET name = 'Diganti' WHERE id = :id"), {"id": person.user_id})
    name = as_superuser.scalar(text("SELECT name FROM users WHERE id = :id"), {"id": person.user_id})
    assert name == person.name


# --- what a person does ---------------------------------------------------------------------------------


def test_roles_positions_and_numbers_are_changed_together(app, world, school, admin, as_superuser):
    person = world.person(school, "teacher", "homeroom")
    duties = Duties(
        {"teacher": "Guru Fisika", "principal": None},
        number_label="nip",
        number="19800101 200501 1 003",
        phone="0812-0000-1111",
        acting=True,
        acting_until_on=date(2026, 12, 31),
    )
    with tenancy.work(admin.at(school)):
        memberships.change(admin.at(school), school.id, person.user_id, duties)
    rows = as_superuser.execute(
        text(
            "SELECT role, position, number, phone, acting, acting_until_on, ended_on FROM memberships"
            " WHERE user_id = :id ORDER BY role"
        ),
        {"id": person.user_id},
    ).all()
    number, phone = "198001012005011003", "+6281200001111"
    assert [tuple(row) for row in rows] == [
        ("homeroom", None, None, None, False, None, date(2026, 11, 23)),
        ("principal", None, number, phone, True, date(2026, 12, 31), None),
        ("teacher", "Guru Fisika", number, phone, False, None, None),
    ]


@pytest.mark.parametrize(
    ("duties", "field"),
    [
        (Duties({}), "roles"),
        (Duties({"janitor": None}), "roles"),
        (Duties({"teacher": "x" * 101}), "position-teacher"),
        (Duties({"teacher": None}, number_label="nip", number="123"), "number"),
        (Duties({"teacher": None}, number_label="none", number="123"), "number_label"),
        (Duties({"teacher": None}, number_label="other"), "number_label"),
        (Duties({"teacher": None}, phone="abc"), "phone"),
        (Duties({"teacher": None}, acting=True, acting_until_on=date(2027, 1, 1)), "acting"),
        (Duties({"principal": None}, acting=True), "acting_until_on"),
        (Duties({"principal": None}, acting=True, acting_until_on=date(2026, 11, 22)), "acting_until_on"),
    ],
)
def test_a_wrong_duty_is_named_and_nothing_changes(app, world, school, admin, as_superuser, duties, field):
    person = world.person(school, "teacher")
    with tenancy.work(admin.at(school)), pytest.raises(Invalid) as refusal:
        memberships.change(admin.at(school), school.id, person.user_id, duties)
    assert refusal.value.field == field


def test_an_admin_keeps_the_admin_role_of_their_own(app, school, admin):
    actor = admin.at(school)
    with tenancy.work(actor):
        with pytest.raises(Invalid):
            memberships.change(actor, school.id, admin.user_id, Duties({"teacher": None}))
        with pytest.raises(Invalid):
            departures.end(actor, school.id, admin.user_id)
        memberships.change(actor, school.id, admin.user_id, Duties({"teacher": None, "school_admin": None}))


def test_a_role_that_ended_is_taken_up_again(app, world, school, admin, as_superuser):
    person = world.person(school, "teacher", "counsellor")
    actor = admin.at(school)
    with tenancy.work(actor):
        memberships.change(actor, school.id, person.user_id, Duties({"teacher": None}))
    with tenancy.work(actor):
        memberships.change(actor, school.id, person.user_id, Duties({"teacher": None, "counsellor": None}))
    running = as_superuser.scalars(
        text("SELECT role FROM memberships WHERE user_id = :id AND ended_on IS NULL ORDER BY role"),
        {"id": person.user_id},
    ).all()
    assert running == ["counsellor", "teacher"]


def test_a_person_of_another_school_is_not_found(app, world, school, admin):
    stranger = world.person(world.school(), "counsellor")
    actor = admin.at(school)
    with tenancy.work(actor):
        for act in (
            lambda: memberships.change(actor, school.id, stranger.user_id, Duties({"teacher": None})),
            lambda: departures.end(actor, school.id, stranger.user_id),
            lambda: memberships.invite_again(actor, stranger.user_id, school_id=school.id),
            lambda: staff_register.person_at_school(actor, school.id, stranger.user_id),
        ):
            with pytest.raises(NotFound):
                act()
