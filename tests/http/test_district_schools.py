"""The district's schools in the browser: who may, what is kept, what is refused."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import text

from tests.factories import csrf_token, fresh_id
from tests.queries import count_queries


@pytest.fixture
def two_districts(world):
    """An admin of a district with two schools, and another district with two."""
    mine, other = world.district(), world.district()
    admin = world.person()
    world.join_district(admin, mine)
    return {
        "mine": mine,
        "other": other,
        "admin": admin,
        "schools": [world.school(mine), world.school(mine)],
        "foreign": [world.school(other), world.school(other)],
    }


def _post(client, path: str, data: dict, *, page: str | None = None):
    token = csrf_token(client.get(page or path).text)
    return client.post(path, data={**data, "csrf_token": token})


NEW = {
    "name": "SMA Khayal Utara",
    "npsn": "2059 1234",
    "level": "sma",
    "time_zone": "Asia/Makassar",
    "slug": "",
}


def test_an_added_school_gets_an_address_from_its_name_and_a_data_key(two_districts, as_superuser):
    district, client = two_districts["mine"], two_districts["admin"].client()
    # A name that no other test gives: the address is made of it.
    new = {**NEW, "name": "SMA Khayal Seberang", "six_day_week": "1"}
    answer = _post(client, f"/d/{district.slug}/schools/new", new)
    assert answer.status_code == 303
    row = as_superuser.execute(
        text(
            "SELECT id, slug, npsn, time_zone, six_day_week FROM schools"
            " WHERE district_id = :id AND name = :name"
        ),
        {"id": district.id, "name": new["name"]},
    ).one()
    assert (row.slug, row.npsn, row.time_zone, row.six_day_week) == (
        "sma-khayal-seberang",
        "20591234",
        "Asia/Makassar",
        True,
    )
    keys = as_superuser.scalar(text("SELECT count(*) FROM school_keys WHERE school_id = :id"), {"id": row.id})
    trail = as_superuser.scalar(
        text("SELECT count(*) FROM audit_entries WHERE school_id = :id AND action = 'school.added'"),
        {"id": row.id},
    )
    assert (keys, trail) == (1, 1)
    assert f"school={row.id}" in answer.location


def test_a_second_school_of_the_same_name_gets_another_address(two_districts, as_superuser):
    district, client = two_districts["mine"], two_districts["admin"].client()
    for npsn in ("20590001", "20590002"):
        answer = _post(
            client, f"/d/{district.slug}/schools/new", {**NEW, "name": "SMA Khayal Kembar", "npsn": npsn}
        )
        assert answer.status_code == 303
    slugs = as_superuser.scalars(
        text("SELECT slug FROM schools WHERE district_id = :id AND name = 'SMA Khayal Kembar' ORDER BY id"),
        {"id": district.id},
    ).all()
    assert slugs == ["sma-khayal-kembar", "sma-khayal-kembar-2"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "name"),
        ({"npsn": "123"}, "npsn"),
        ({"level": "uni"}, "level"),
        ({"time_zone": "Europe/Berlin"}, "time_zone"),
        ({"slug": "Not A Slug!"}, "slug"),
        ({"slug": "platform"}, "slug"),
    ],
)
def test_a_wrong_field_is_named_what_was_typed_is_kept_and_nothing_is_saved(
    two_districts, as_superuser, wrong, said
):
    district, client = two_districts["mine"], two_districts["admin"].client()
    answer = _post(client, f"/d/{district.slug}/schools/new", {**NEW, "npsn": "20597777", **wrong})
    assert answer.status_code == 422
    assert f'href="#{said}"' in answer.text
    if said != "name":
        assert 'value="SMA Khayal Utara"' in answer.text
    count = as_superuser.scalar(
        text("SELECT count(*) FROM schools WHERE district_id = :id"), {"id": district.id}
    )
    assert count == 2


def test_an_address_or_npsn_that_another_district_uses_is_refused_by_name_of_the_field(two_districts):
    client, path = two_districts["admin"].client(), f"/d/{two_districts['mine'].slug}/schools/new"
    foreign = two_districts["foreign"][0]
    taken = _post(client, path, {**NEW, "npsn": "20593333", "slug": foreign.slug})
    assert taken.status_code == 422
    assert 'href="#slug"' in taken.text
    assert _post(client, path, {**NEW, "npsn": "20594444"}).status_code == 303
    again = _post(client, path, {**NEW, "npsn": "20594444"})
    assert again.status_code == 422
    assert 'href="#npsn"' in again.text


def test_a_closed_school_shuts_its_staff_out_at_once_and_lets_them_in_when_it_opens_again(
    world, two_districts
):
    school, district = two_districts["schools"][0], two_districts["mine"]
    counsellor = world.person(school, "counsellor")
    staff, client = counsellor.client(), two_districts["admin"].client()
    assert staff.get(f"/s/{school.slug}/").status_code == 200
    page = f"/d/{district.slug}/schools/{school.id}/"
    assert _post(client, page + "close", {}, page=page).status_code == 303
    assert staff.get(f"/s/{school.slug}/").status_code == 404
    assert _post(client, page + "reopen", {}, page=page).status_code == 303
    assert staff.get(f"/s/{school.slug}/").status_code == 200


def test_another_districts_school_answers_like_one_that_does_not_exist(two_districts, as_superuser):
    client, district = two_districts["admin"].client(), two_districts["mine"]
    foreign = two_districts["foreign"][0]
    token = csrf_token(client.get(f"/d/{district.slug}/schools/new").text)
    for suffix, method in (("", "get"), ("", "post"), ("close", "post"), ("reopen", "post")):
        bodies = []
        for school_id in (foreign.id, 2_000_000_000, fresh_id()):
            url = f"/d/{district.slug}/schools/{school_id}/{suffix}"
            answer = getattr(client, method)(
                url, **({"data": {**NEW, "csrf_token": token}} if method == "post" else {})
            )
            bodies.append(answer.status_code)
        assert bodies[:2] == [404, 404]
        assert bodies[2] in (400, 404)
    unchanged = as_superuser.execute(
        text("SELECT active, name FROM schools WHERE id = :id"), {"id": foreign.id}
    ).one()
    assert tuple(unchanged) == (True, foreign.name)
    assert client.get(f"/d/{two_districts['other'].slug}/schools/").status_code == 404


def test_the_list_shows_the_own_schools_only_and_what_each_lacks(world, two_districts):
    school, other = two_districts["schools"]
    world.person(school, "school_admin", "principal", "counsellor")
    page = two_districts["admin"].client().get(f"/d/{two_districts['mine'].slug}/schools/").text
    assert school.name in page
    assert other.name in page
    assert all(foreign.name not in page for foreign in two_districts["foreign"])
    assert page.count("chip-warn") == 1


def test_searching_takes_percent_signs_as_letters(two_districts):
    client, slug = two_districts["admin"].client(), two_districts["mine"].slug
    name = two_districts["schools"][0].name
    assert name in client.get(f"/d/{slug}/schools/?q={name.replace(' ', '+')}").text
    assert name not in client.get(f"/d/{slug}/schools/?q=%25").text


def test_the_list_goes_on_by_key_and_shows_every_school_once(world, two_districts, monkeypatch):
    from webapp.services import schools

    monkeypatch.setattr(schools, "PAGE", 2)
    for _ in range(3):
        two_districts["schools"].append(world.school(two_districts["mine"]))
    client, url = two_districts["admin"].client(), f"/d/{two_districts['mine'].slug}/schools/"
    seen: list[str] = []
    path: str | None = url
    while path is not None:
        page = client.get(path).text
        seen += [school.name for school in two_districts["schools"] if f">{school.name}</a></th>" in page]
        further = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(further[1]) if further else None
    assert sorted(seen) == sorted(school.name for school in two_districts["schools"])


def test_an_officer_reads_the_board_and_administers_nothing(world, two_districts):
    officer = world.person()
    world.join_district(officer, two_districts["mine"], "district_officer")
    client, slug = officer.client(), two_districts["mine"].slug
    assert client.get(f"/d/{slug}/").status_code == 200
    for path in ("schools/", "schools/new", "people/", "people/new", "settings/"):
        assert client.get(f"/d/{slug}/{path}").status_code == 403
    token = csrf_token(client.get(f"/d/{slug}/").text)
    refused = client.post(f"/d/{slug}/schools/new", data={**NEW, "csrf_token": token})
    assert refused.status_code == 403


def test_the_list_asks_as_much_for_many_schools_as_for_few(world, two_districts):
    client, url = two_districts["admin"].client(), f"/d/{two_districts['mine'].slug}/schools/"
    client.get(url)
    with count_queries() as few:
        client.get(url)
    for _ in range(4):
        world.person(world.school(two_districts["mine"]), "counsellor")
    with count_queries() as many:
        client.get(url)
    assert len(many) == len(few) <= 12


def test_the_districts_settings_are_saved_and_a_wrong_hour_is_refused(two_districts, as_superuser):
    client, url = two_districts["admin"].client(), f"/d/{two_districts['mine'].slug}/settings/"
    values = {"name": "Dinas Khayal", "time_zone": "Asia/Jayapura", "digest_at": "08:15"}
    assert _post(client, url, values).status_code == 303
    wrong = _post(client, url, {**values, "name": "Dinas Lain", "digest_at": "25:00"})
    assert wrong.status_code == 422
    assert 'value="Dinas Lain"' in wrong.text
    row = as_superuser.execute(
        text("SELECT name, time_zone, digest_at::text FROM districts WHERE id = :id"),
        {"id": two_districts["mine"].id},
    ).one()
    assert tuple(row) == ("Dinas Khayal", "Asia/Jayapura", "08:15:00")
