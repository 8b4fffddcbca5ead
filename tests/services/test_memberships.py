"""Inviting, changing roles, letting go: what an admin may do, and nothing beyond."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY
from tests.services.test_cases import opened
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.background import OutboxMail
from webapp.models.cases import Case
from webapp.services import accounts, case_team, departures, memberships, staff_register
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


# --- leaving ------------------------------------------------------------------------------------------------


def test_open_cases_must_be_handed_over_before_their_owner_leaves(app, world, school, admin, as_superuser):
    leaver, successor = world.person(school, "counsellor"), world.person(school, "counsellor")
    case_id = opened(leaver, school, world.student(school))
    actor = admin.at(school)
    with tenancy.work(actor):
        assert staff_register.person_at_school(actor, school.id, leaver.user_id).open_cases == 1
        with pytest.raises(Invalid) as refusal:
            departures.end(actor, school.id, leaver.user_id)
        assert refusal.value.field == "successor_id"
        with pytest.raises(Invalid):
            memberships.change(actor, school.id, leaver.user_id, Duties({"teacher": None}))
    with tenancy.work(actor):
        moved = departures.end(actor, school.id, leaver.user_id, successor_id=successor.user_id)
    assert moved == 1
    with tenancy.work(successor.at(school)) as session:
        assert session.scalar(select(Case.owner_id).where(Case.id == case_id)) == successor.user_id
        number = session.scalar(select(Case.number).where(Case.id == case_id))
        mail = session.scalars(select(OutboxMail).where(OutboxMail.user_id == successor.user_id)).one()
        assert mail.kind == "case_handed_over"
        assert mail.facts["case_number"] == number
        assert mail.facts["link"].endswith(f"/s/{school.slug}/cases/{case_id}/")
        assert mail.facts["handed_by"] == admin.name
    left = as_superuser.scalar(
        text("SELECT count(*) FROM case_members WHERE user_id = :id AND removed_at IS NULL"),
        {"id": leaver.user_id},
    )
    assert left == 0


@pytest.mark.parametrize("role", ["teacher", "principal", "homeroom", "school_admin"])
def test_cases_go_to_a_counsellor_or_class_teacher_only(app, world, school, admin, role):
    leaver, wrong = world.person(school, "counsellor"), world.person(school, role)
    opened(leaver, school, world.student(school))
    with tenancy.work(admin.at(school)), pytest.raises(Invalid) as refusal:
        departures.hand_over(admin.at(school), school.id, leaver.user_id, successor_id=wrong.user_id)
    assert refusal.value.field == "successor_id"


def test_cases_go_to_nobody_of_another_school_and_not_back_to_the_leaver(app, world, school, admin):
    leaver, stranger = world.person(school, "counsellor"), world.person(world.school(), "counsellor")
    opened(leaver, school, world.student(school))
    actor = admin.at(school)
    with tenancy.work(actor):
        for successor_id in (stranger.user_id, leaver.user_id, None):
            with pytest.raises(Invalid):
                departures.hand_over(actor, school.id, leaver.user_id, successor_id=successor_id)


def test_somebody_shut_out_of_a_case_does_not_become_its_owner_and_nothing_moves(
    app, world, school, admin, as_superuser
):
    leaver, accused = world.person(school, "counsellor"), world.person(school, "counsellor")
    first = opened(leaver, school, world.student(school))
    opened(leaver, school, world.student(school))
    with tenancy.work(leaver.at(school)):
        case_team.shut_out(leaver.at(school), first, user_id=accused.user_id, reason="Pihak dalam kasus.")
    with pytest.raises(Invalid), tenancy.work(admin.at(school)):
        departures.hand_over(admin.at(school), school.id, leaver.user_id, successor_id=accused.user_id)
    owned = as_superuser.scalar(
        text("SELECT count(*) FROM cases WHERE owner_id = :id"), {"id": leaver.user_id}
    )
    assert owned == 2


def test_who_left_and_comes_back_is_on_no_team_of_before(app, world, school, admin):
    owner, helper = world.person(school, "counsellor"), world.person(school, "counsellor")
    case_id = opened(owner, school, world.student(school))
    with tenancy.work(owner.at(school)):
        case_team.add_member(owner.at(school), case_id, user_id=helper.user_id)
    with tenancy.work(helper.at(school)):
        assert case_id in tenancy.session.scalars(text("SELECT unnest(app_my_case_ids())")).all()
    with tenancy.work(admin.at(school)):
        departures.end(admin.at(school), school.id, helper.user_id)
    with tenancy.work(admin.at(school)):
        _invite(admin.at(school), school, "counsellor", email=helper.email)
    with tenancy.work(helper.at(school)):
        assert tenancy.session.scalars(text("SELECT unnest(app_my_case_ids())")).all() == []


def test_the_last_of_a_role_is_pointed_out(app, world, school, admin):
    only, teacher = world.person(school, "counsellor"), world.person(school, "teacher")
    actor = admin.at(school)
    with tenancy.work(actor):
        assert staff_register.person_at_school(actor, school.id, only.user_id).last_in == ("counsellor",)
        assert staff_register.person_at_school(actor, school.id, teacher.user_id).last_in == ()
    world.person(school, "counsellor")
    with tenancy.work(actor):
        assert staff_register.person_at_school(actor, school.id, only.user_id).last_in == ()


def test_the_substitute_approver_who_leaves_stands_in_no_more(app, world, school, admin, as_superuser):
    substitute = world.person(school, "teacher")
    with tenancy.work(admin.at(school)) as session:
        session.execute(
            text("UPDATE schools SET substitute_approver_id = :who WHERE id = :id"),
            {"who": substitute.user_id, "id": school.id},
        )
    with tenancy.work(admin.at(school)):
        departures.end(admin.at(school), school.id, substitute.user_id)
    stored = as_superuser.scalar(
        text("SELECT substitute_approver_id FROM schools WHERE id = :id"), {"id": school.id}
    )
    assert stored is None


# --- inviting again -----------------------------------------------------------------------------------------


def test_who_never_signed_in_is_invited_again_and_who_has_is_not(app, world, school, admin, as_superuser):
    actor = admin.at(school)
    with tenancy.work(actor):
        user_id = _invite(actor, school, "teacher", email=_address("lagi"))
    later = actor.seen_at(MONDAY.replace(hour=5))
    with tenancy.work(later):
        memberships.invite_again(later, user_id, school_id=school.id)
    kinds = [kind for kind, _school, _locale in _stored_mails(as_superuser, user_id)]
    assert kinds == ["account_invitation", "account_invitation"]
    settled = world.person(school, "teacher")
    with tenancy.work(actor), pytest.raises(Conflict):
        memberships.invite_again(actor, settled.user_id, school_id=school.id)


def test_an_invited_account_that_another_school_adds_is_mailed_its_link_again(
    app, world, school, admin, as_superuser
):
    other = world.school()
    second = world.person(other, "school_admin")
    email = _address("dua-sekolah")
    with tenancy.work(admin.at(school)):
        user_id = _invite(admin.at(school), school, "teacher", email=email)
    later = second.at(other, when=MONDAY.replace(hour=6))
    with tenancy.work(later):
        assert _invite(later, other, "teacher", email=email) == user_id
    assert [kind for kind, *_rest in _stored_mails(as_superuser, user_id)] == ["account_invitation"] * 2


# --- the district -----------------------------------------------------------------------------------


def test_a_district_gives_roles_in_several_of_its_schools_at_once(app, world, as_superuser):
    district = world.district()
    first, second = world.school(district), world.school(district)
    chief = world.person()
    world.join_district(chief, district)
    actor = district.actor(chief)
    with tenancy.work(actor):
        user_id = memberships.invite(
            actor,
            email=_address("pengawas"),
            name="Pengawas Rekaan",
            locale="en",
            grants=[
                Grant("counsellor", first.id),
                Grant("teacher", second.id),
                Grant("district_officer", None),
            ],
        )
        page = staff_register.district_people(actor, search="pengawas")
    assert _stored_mails(as_superuser, user_id) == [("account_invitation", 0, "en")]
    places = {place.school_id: place.roles for line in page.lines for place in line.places}
    assert places == {None: ("district_officer",), first.id: ("counsellor",), second.id: ("teacher",)}


def test_a_district_hands_cases_over_without_reading_any(app, world, as_superuser):
    district = world.district()
    school = world.school(district)
    chief, leaver, successor = (
        world.person(),
        world.person(school, "counsellor"),
        world.person(school, "counsellor"),
    )
    world.join_district(chief, district)
    opened(leaver, school, world.student(school))
    actor = district.actor(chief)
    with tenancy.work(actor) as session:
        assert session.scalars(select(Case)).all() == []
        assert departures.end(actor, school.id, leaver.user_id, successor_id=successor.user_id) == 1
    assert _stored_mails(as_superuser, successor.user_id) == [("case_handed_over", 0, "en")]


def test_a_district_touches_nobody_of_another_district(app, world):
    mine, other = world.district(), world.district()
    school, foreign = world.school(mine), world.school(other)
    chief, stranger = world.person(), world.person(foreign, "counsellor")
    world.join_district(chief, mine)
    actor = mine.actor(chief)
    with tenancy.work(actor):
        for act in (
            lambda: _invite(actor, foreign, "teacher"),
            lambda: memberships.change(actor, foreign.id, stranger.user_id, Duties({"teacher": None})),
            lambda: departures.end(actor, foreign.id, stranger.user_id),
            lambda: departures.end(actor, school.id, stranger.user_id),
            lambda: staff_register.person_in_district(actor, stranger.user_id),
            lambda: memberships.end_district_roles(actor, stranger.user_id),
        ):
            with pytest.raises(NotFound):
                act()
        assert stranger.user_id not in [line.user_id for line in staff_register.district_people(actor).lines]


def test_an_officer_administers_nobody(app, world):
    district = world.district()
    school = world.school(district)
    officer = world.person()
    actor = district.actor(officer, "district_officer")
    with tenancy.work(actor):
        with pytest.raises(Forbidden):
            _invite(actor, school, "teacher")
        with pytest.raises(Forbidden):
            staff_register.district_people(actor)


def test_a_district_admin_does_not_end_their_own_role_but_anothers(app, world):
    district = world.district()
    chief, officer = world.person(), world.person()
    world.join_district(chief, district)
    world.join_district(officer, district, "district_officer")
    actor = district.actor(chief)
    with tenancy.work(actor):
        with pytest.raises(Invalid):
            memberships.end_district_roles(actor, chief.user_id)
        memberships.end_district_roles(actor, officer.user_id)
        with pytest.raises(NotFound):
            staff_register.person_in_district(actor, officer.user_id)


def test_an_account_is_found_by_its_whole_address_only(app, school, admin):
    with tenancy.work(admin.at(school)):
        known = tenancy.session.scalar(text("SELECT app_user_id_by_email(:it)"), {"it": admin.email})
        part = tenancy.session.scalar(
            text("SELECT app_user_id_by_email(:it)"), {"it": admin.email[:-3] + "%"}
        )
    assert (known, part) == (admin.user_id, None)
    assert accounts.normal_email(f" {admin.email.upper()} ") == admin.email
