"""The school admin's people: the own school's, and no case."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.factories import csrf_token, fresh_id
from tests.queries import count_queries
from tests.services.cases.test_cases import opened


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def admin(world, school):
    return world.person(school, "school_admin")


def _post(client, path: str, data: dict, *, page: str | None = None):
    return client.post(path, data={**data, "csrf_token": csrf_token(client.get(page or path).text)})


def _open_case(world, school, owner):
    with world.app.app_context():
        return opened(owner, school, world.student(school))


def test_the_list_shows_the_own_staff_only(world, school, admin):
    colleague = world.person(school, "counsellor", name="Guru Sendiri Rekaan")
    stranger = world.person(world.school(), "counsellor", name="Guru Asing Rekaan")
    page = admin.client().get(f"/s/{school.slug}/people/").text
    assert colleague.email in page
    assert stranger.email not in page
    found = admin.client().get(f"/s/{school.slug}/people/?q=sendiri").text
    assert colleague.email in found
    assert admin.email not in found


@pytest.mark.parametrize("role", ["counsellor", "principal", "homeroom", "class_teacher", "teacher"])
def test_people_and_settings_are_closed_to_everybody_else(world, school, admin, role):
    client = world.person(school, role).client()
    for path in (
        "people/",
        "people/new",
        f"people/{admin.user_id}/",
        "settings/",
        "settings/schedule",
        "settings/cases",
        "settings/cases/example?pattern={nomor}",
        "settings/logos/left",
        "settings/holidays/",
        "settings/holidays/new/",
        "settings/homerooms/",
    ):
        assert client.get(f"/s/{school.slug}/{path}").status_code == 403, path
    token = csrf_token(client.get("/me/").text)
    for path in (
        "people/new",
        f"people/{admin.user_id}/end",
        "settings/",
        "settings/holidays/new/",
        "settings/holidays/delete/",
        "settings/homerooms/assign",
        "settings/homerooms/copy",
        "settings/logos/left/remove",
    ):
        assert client.post(f"/s/{school.slug}/{path}", data={"csrf_token": token}).status_code == 403, path


def test_somebody_is_invited_and_a_wrong_form_keeps_what_was_typed(world, school, admin, as_superuser):
    client, url = admin.client(), f"/s/{school.slug}/people/new"
    data = {"email": f"d{fresh_id()}@contoh.example", "name": "Guru Kelas Rekaan", "locale": "id"}
    wrong = _post(client, url, data)
    assert wrong.status_code == 422
    assert 'href="#roles"' in wrong.text
    assert 'value="Guru Kelas Rekaan"' in wrong.text
    assert _post(client, url, {**data, "roles": ["homeroom", "teacher"]}).status_code == 303
    user_id = as_superuser.scalar(text("SELECT id FROM users WHERE email = :email"), {"email": data["email"]})
    page = f"/s/{school.slug}/people/{user_id}/"
    assert _post(client, page + "invite-again", {}, page=page).status_code == 303
    mails = as_superuser.scalars(
        text("SELECT kind FROM outbox WHERE user_id = :id AND school_id = :school"),
        {"id": user_id, "school": school.id},
    ).all()
    assert mails == ["account_invitation"] * 2


def test_a_district_role_cannot_be_slipped_into_the_form(world, school, admin, as_superuser):
    data = {"email": f"e{fresh_id()}@contoh.example", "name": "X", "locale": "id", "roles": "district_admin"}
    answer = _post(admin.client(), f"/s/{school.slug}/people/new", {**data, "school_id": "1"})
    assert answer.status_code == 422
    known = as_superuser.scalar(text("SELECT count(*) FROM users WHERE email = :it"), {"it": data["email"]})
    assert known == 0


def test_a_person_of_another_school_answers_like_nobody(world, school, admin):
    stranger = world.person(world.school(), "counsellor")
    client = admin.client()
    token = csrf_token(client.get(f"/s/{school.slug}/people/new").text)
    for user_id in (stranger.user_id, fresh_id(), 2**70):
        assert client.get(f"/s/{school.slug}/people/{user_id}/").status_code == 404
    for user_id in (stranger.user_id, fresh_id()):
        for act in ("", "end", "hand-over", "invite-again"):
            answer = client.post(
                f"/s/{school.slug}/people/{user_id}/{act}", data={"roles": "teacher", "csrf_token": token}
            )
            assert answer.status_code == 404


def test_an_acting_principal_has_a_last_day_and_signs_with_plt(world, school, admin, as_superuser):
    person = world.person(school, "teacher")
    client, page = admin.client(), f"/s/{school.slug}/people/{person.user_id}/"
    form = {"roles": ["teacher", "principal"], "number_label": "none", "acting": "1"}
    wrong = _post(client, page, form)
    assert wrong.status_code == 422
    assert 'href="#acting_until_on"' in wrong.text
    assert _post(client, page, {**form, "acting_until_on": "2099-12-31"}).status_code == 303
    row = as_superuser.execute(
        text(
            "SELECT acting, acting_until_on::text FROM memberships WHERE user_id = :id AND role = 'principal'"
        ),
        {"id": person.user_id},
    ).one()
    assert tuple(row) == (True, "2099-12-31")
    assert "Plt." in client.get(f"/s/{school.slug}/people/").text


def test_an_acting_principal_is_one_no_more_after_the_last_day(world, school, admin, as_superuser):
    person = world.person(school, "teacher")
    client, page = admin.client(), f"/s/{school.slug}/people/{person.user_id}/"
    form = {"roles": ["teacher", "principal"], "number_label": "none", "acting": "1"}
    _post(client, page, {**form, "acting_until_on": "2099-12-31"})
    assert person.client().get(f"/s/{school.slug}/monitoring/").status_code == 200
    as_superuser.execute(
        text("UPDATE memberships SET acting_until_on = '2020-01-01' WHERE user_id = :id AND acting"),
        {"id": person.user_id},
    )
    as_superuser.commit()
    assert person.client().get(f"/s/{school.slug}/monitoring/").status_code == 403


def test_the_admin_sees_how_many_cases_and_hands_them_over_without_seeing_one(
    world, school, admin, as_superuser
):
    leaver, successor = world.person(school, "counsellor"), world.person(school, "counsellor")
    case_id = _open_case(world, school, leaver)
    number = as_superuser.scalar(text("SELECT number FROM cases WHERE id = :id"), {"id": case_id})
    client, page = admin.client(), f"/s/{school.slug}/people/{leaver.user_id}/"
    shown = client.get(page).text
    assert number not in shown
    assert str(case_id) not in shown
    refused = _post(client, page + "end", {}, page=page)
    assert refused.status_code == 422
    browser = leaver.client()
    gone = _post(client, page + "end", {"successor_id": str(successor.user_id)}, page=page)
    assert gone.status_code == 303
    assert browser.get(f"/s/{school.slug}/").status_code == 302
    assert leaver.client().get(f"/s/{school.slug}/").status_code == 404
    assert client.get(page).status_code == 404
    owner = as_superuser.scalar(text("SELECT owner_id FROM cases WHERE id = :id"), {"id": case_id})
    assert owner == successor.user_id
    assert client.get(f"/s/{school.slug}/cases/{case_id}/").status_code in (403, 404)


def test_the_admin_cannot_leave_by_their_own_hand(world, school, admin):
    client, page = admin.client(), f"/s/{school.slug}/people/{admin.user_id}/"
    assert _post(client, page + "end", {}, page=page).status_code == 422
    assert client.get(page).status_code == 200


def test_the_pages_ask_as_much_for_many_people_as_for_few(world, school, admin):
    client = admin.client()
    paths = (f"/s/{school.slug}/people/", f"/s/{school.slug}/people/{admin.user_id}/")
    counts = []
    for _ in range(2):
        for path in paths:
            with count_queries() as seen:
                client.get(path)
            counts.append(len(seen))
        for _ in range(4):
            world.person(school, "teacher", "homeroom")
    assert counts[:2] == counts[2:]
    assert max(counts) <= 12
