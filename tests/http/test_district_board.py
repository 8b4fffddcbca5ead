"""The board as its readers see it."""

from __future__ import annotations

import re

import pytest

from tests.queries import count_queries
from tests.services.cases.test_cases import opened


@pytest.fixture
def office(world):
    return world.district()


@pytest.fixture
def officer(world, office):
    person = world.person()
    world.join_district(person, office, "district_officer")
    return person


def _cases(world, school, count):
    counsellor = world.person(school, "counsellor", name="Konselor Rahasia Rekaan")
    with world.app.app_context():
        for _ in range(count):
            opened(counsellor, school, world.student(school, name="Murid Rahasia Rekaan"))


def test_the_board_names_schools_and_nobody_else(world, office, officer):
    school, foreign = world.school(office), world.school()
    _cases(world, school, 2)
    page = officer.client().get(f"/d/{office.slug}/").text
    assert school.name in page
    assert foreign.name not in page
    assert "Rahasia" not in page
    assert "&lt;5" in page


def test_a_column_sorts_by_a_link_and_a_second_click_turns_it_round(world, office, officer):
    small, large = world.school(office), world.school(office)
    _cases(world, small, 5)
    _cases(world, large, 6)
    client = officer.client()
    url = f"/d/{office.slug}/"

    def order(page):
        return [name for name in re.findall(r'<th scope="row"[^>]*>([^<]+)</th>', page)][:2]

    page = client.get(url + "?sort=open_cases&order=desc").text
    assert order(page) == [large.name, small.name]
    assert 'aria-sort="descending"' in page
    assert re.search(r"sort=open_cases&amp;order=asc", page)
    assert order(client.get(url + "?sort=open_cases&order=asc").text) == [small.name, large.name]


@pytest.mark.parametrize("query", ["?period=x&level=y&sort=z&order=w", "?sort=slug", "?level=sd"])
def test_nonsense_in_the_address_is_the_plain_board(world, office, officer, query):
    world.school(office)
    assert officer.client().get(f"/d/{office.slug}/{query}").status_code == 200


def test_an_empty_district_says_so(office, officer):
    page = officer.client().get(f"/d/{office.slug}/").text
    assert "empty-state" in page
    assert "<table" not in page


def test_staff_of_a_school_and_people_of_another_district_find_no_board(world, office):
    principal = world.person(world.school(office), "principal")
    elsewhere = world.person()
    world.join_district(elsewhere, world.district())
    for person in (principal, elsewhere):
        client = person.client()
        assert client.get(f"/d/{office.slug}/").status_code == 404
        assert client.get("/d/no-such-district/").status_code == 404


def test_the_board_asks_as_much_for_many_schools_as_for_few(world, office, officer):
    world.school(office)
    client, url = officer.client(), f"/d/{office.slug}/"
    client.get(url)
    with count_queries() as few:
        client.get(url)
    for _ in range(4):
        world.school(office)
    with count_queries() as many:
        client.get(url)
    assert len(many) == len(few) <= 12
