"""The district's people in the browser: inviting, letting go, and what nobody of another district reaches."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from tests.factories import PASSWORD, csrf_token, fresh_id
from tests.queries import count_queries


@pytest.fixture
def office(world):
    return world.district()


@pytest.fixture
def chief(world, office):
    person = world.person(name="Kepala Dinas Rekaan")
    world.join_district(person, office)
    return person


def _post(client, path: str, data: dict, *, page: str | None = None):
    return client.post(path, data={**data, "csrf_token": csrf_token(client.get(page or path).text)})


def _open_case(person, school):
    from tests.services.cases.test_cases import opened

    with person.world.app.app_context():
        return opened(person, school, person.world.student(school))


def test_staff_are_invited_with_a_role_in_each_of_several_schools(world, office, chief, as_superuser):
    first, second = world.school(office), world.school(office)
    client = chief.client()
    email = f"undangan{fresh_id()}@contoh.example"
    answer = _post(
        client,
        f"/d/{office.slug}/people/new",
        {
            "email": email,
            "name": "Guru Undangan",
            "locale": "id",
            "grant-0-place": str(first.id),
            "grant-0-role": "counsellor",
            "grant-1-place": str(second.id),
            "grant-1-role": "principal",
            "grant-7-place": "",
            "grant-7-role": "",
        },
    )
    assert answer.status_code == 303
    rows = as_superuser.execute(
        text(
            "SELECT m.school_id, m.role FROM memberships m JOIN users u ON u.id = m.user_id"
            " WHERE u.email = :email"
        ),
        {"email": email},
    ).all()
    assert {tuple(row) for row in rows} == {(first.id, "counsellor"), (second.id, "principal")}
    page = client.get(f"/d/{office.slug}/people/?q={email}").text
    assert "Guru Undangan" in page
    assert first.name in page


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ({}, "roles"),
        ({"grant-0-place": "office", "grant-0-role": ""}, "roles"),
        ({"grant-0-place": "office", "grant-0-role": "counsellor"}, "roles"),
        ({"grant-0-place": "12x", "grant-0-role": "counsellor"}, "roles"),
        ({"grant-0-place": "office", "grant-0-role": "district_officer", "email": "no"}, "email"),
    ],
)
def test_an_incomplete_invitation_keeps_what_was_typed_and_makes_nobody(
    world, office, chief, as_superuser, rows, field
):
    world.school(office)
    before = as_superuser.scalar(text("SELECT count(*) FROM users"))
    data = {"email": f"a{fresh_id()}@contoh.example", "name": "Tetap Tertulis", "locale": "id", **rows}
    answer = _post(chief.client(), f"/d/{office.slug}/people/new", data)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert 'value="Tetap Tertulis"' in answer.text
    assert as_superuser.scalar(text("SELECT count(*) FROM users")) == before


def test_nobody_is_invited_into_a_school_of_another_district(world, office, chief, as_superuser):
    world.school(office)
    foreign = world.school()
    data = {"email": f"b{fresh_id()}@contoh.example", "name": "X", "locale": "id", "grant-0-role": "teacher"}
    client = chief.client()
    for place in (foreign.id, 2_000_000_000):
        answer = _post(client, f"/d/{office.slug}/people/new", {**data, "grant-0-place": str(place)})
        assert answer.status_code == 404
    known = as_superuser.scalar(text("SELECT count(*) FROM users WHERE email = :it"), {"it": data["email"]})
    assert known == 0


def test_who_leaves_a_school_is_out_at_once_and_their_other_school_stays_open(world, office, chief):
    school, other = world.school(office), world.school()
    person = world.person(school, "counsellor")
    world.join(person, other, "counsellor")
    browser = person.client()
    assert browser.get(f"/s/{school.slug}/").status_code == 200
    client = chief.client()
    page = f"/d/{office.slug}/people/{person.user_id}/at/{school.id}/"
    assert _post(client, page + "end", {}, page=page).status_code == 303
    gone = browser.get(f"/s/{other.slug}/")
    assert (gone.status_code, "/login" in gone.location) == (302, True)
    again = person.client()
    assert again.get(f"/s/{school.slug}/").status_code == 404
    assert again.get(f"/s/{other.slug}/").status_code == 200


def test_open_cases_hold_their_owner_back_until_somebody_takes_them(world, office, chief, as_superuser):
    school = world.school(office)
    leaver, successor = world.person(school, "counsellor"), world.person(school, "counsellor")
    teacher = world.person(school, "teacher")
    case_id = _open_case(leaver, school)
    client = chief.client()
    page = f"/d/{office.slug}/people/{leaver.user_id}/at/{school.id}/"
    for wrong in ("", str(teacher.user_id), "abc", str(leaver.user_id)):
        refused = _post(client, page + "end", {"successor_id": wrong}, page=page)
        assert refused.status_code == 422
        assert 'href="#successor_id"' in refused.text
    shown = client.get(page).text
    assert successor.name in shown
    assert teacher.name not in shown
    assert not re.search(r"K-20\d\d-\d{3}", shown)
    done = _post(client, page + "hand-over", {"successor_id": str(successor.user_id)}, page=page)
    assert done.status_code == 303
    owner = as_superuser.scalar(text("SELECT owner_id FROM cases WHERE id = :id"), {"id": case_id})
    assert owner == successor.user_id
    assert _post(client, page + "end", {}, page=page).status_code == 303


def test_another_districts_people_answer_like_people_who_do_not_exist(world, office, chief, as_superuser):
    school, foreign = world.school(office), world.school()
    mine, stranger = world.person(school, "teacher"), world.person(foreign, "teacher")
    client = chief.client()
    token = csrf_token(client.get(f"/d/{office.slug}/people/new").text)
    at_foreign = f"{stranger.user_id}/at/{foreign.id}/"
    at_own = f"{stranger.user_id}/at/{school.id}/"
    nobody = f"{fresh_id()}/at/{school.id}/"
    for person in (f"{stranger.user_id}/", f"{fresh_id()}/", at_foreign, at_own, nobody):
        assert client.get(f"/d/{office.slug}/people/{person}").status_code == 404
    for path in (
        at_foreign,
        at_foreign + "end",
        at_foreign + "hand-over",
        at_own + "end",
        nobody + "end",
        f"{stranger.user_id}/end",
        f"{stranger.user_id}/invite-again",
        f"{fresh_id()}/end",
    ):
        data = {"roles": "teacher", "number_label": "none", "successor_id": "1", "csrf_token": token}
        assert client.post(f"/d/{office.slug}/people/{path}", data=data).status_code == 404
    running = as_superuser.scalar(
        text("SELECT count(*) FROM memberships WHERE user_id = :id AND ended_on IS NULL"),
        {"id": stranger.user_id},
    )
    assert running == 1
    listed = client.get(f"/d/{office.slug}/people/").text
    assert mine.name in listed
    assert stranger.email not in listed


def test_roles_are_changed_and_a_wrong_number_keeps_the_form(world, office, chief, as_superuser):
    school = world.school(office)
    person = world.person(school, "teacher")
    client = chief.client()
    page = f"/d/{office.slug}/people/{person.user_id}/at/{school.id}/"
    form = {"roles": ["teacher", "homeroom"], "position-homeroom": "Wali Kelas X-1", "number_label": "nip"}
    wrong = _post(client, page, {**form, "number": "12"})
    assert wrong.status_code == 422
    assert 'href="#number"' in wrong.text
    assert 'value="Wali Kelas X-1"' in wrong.text
    assert _post(client, page, {**form, "number": "198001012005011003"}).status_code == 303
    rows = as_superuser.execute(
        text("SELECT role, position, number FROM memberships WHERE user_id = :id ORDER BY role"),
        {"id": person.user_id},
    ).all()
    assert [tuple(row) for row in rows] == [
        ("homeroom", "Wali Kelas X-1", "198001012005011003"),
        ("teacher", None, "198001012005011003"),
    ]


def test_a_district_role_ends_but_not_ones_own(world, office, chief):
    officer = world.person()
    world.join_district(officer, office, "district_officer")
    browser, client = officer.client(), chief.client()
    assert browser.get(f"/d/{office.slug}/").status_code == 200
    page = f"/d/{office.slug}/people/{officer.user_id}/"
    assert _post(client, page + "end", {}, page=page).status_code == 303
    assert browser.get(f"/d/{office.slug}/").status_code == 302
    own = f"/d/{office.slug}/people/{chief.user_id}/"
    assert _post(client, own + "end", {}, page=own).status_code == 422
    assert client.get(own).status_code == 200


def test_an_invited_person_chooses_a_password_by_the_mailed_link_and_signs_in(
    world, office, chief, monkeypatch
):
    from webapp.services import accounts

    school = world.school(office)
    links = []
    real = accounts.AccountInvitationFacts

    def remember(**values):
        links.append(values["link"])
        return real(**values)

    monkeypatch.setattr(accounts, "AccountInvitationFacts", remember)
    email = f"c{fresh_id()}@contoh.example"
    data = {"email": email, "name": "Guru Tautan", "locale": "id"}
    grant = {"grant-0-place": str(school.id), "grant-0-role": "counsellor"}
    _post(chief.client(), f"/d/{office.slug}/people/new", {**data, **grant})
    path = "/reset/" + links[0].partition("/reset/")[2]
    visitor = world.app.test_client()
    token = csrf_token(visitor.get(path).text)
    visitor.post(path, data={"password": PASSWORD, "password_confirm": PASSWORD, "csrf_token": token})
    fresh = world.app.test_client()
    fresh.post(
        "/login",
        data={"email": email, "password": PASSWORD, "csrf_token": csrf_token(fresh.get("/login").text)},
    )
    assert fresh.get(f"/s/{school.slug}/").status_code == 200


def test_the_list_asks_as_much_for_many_people_as_for_few(world, office, chief):
    school = world.school(office)
    client, url = chief.client(), f"/d/{office.slug}/people/"
    client.get(url)
    with count_queries() as few:
        client.get(url)
    for _ in range(5):
        world.join(world.person(school, "teacher"), world.school(office), "teacher")
    with count_queries() as many:
        client.get(url)
    assert len(many) == len(few) <= 12
