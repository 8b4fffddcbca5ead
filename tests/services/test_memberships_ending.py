"""People who leave, come back, are invited again; and the district."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY
from tests.services.cases.test_cases import opened
from tests.services.test_memberships import _address, _invite, _stored_mails
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
