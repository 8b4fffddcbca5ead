"""The pages on which two records of a student become one."""

from __future__ import annotations

import pytest

from tests.factories import csrf_token
from tests.queries import count_queries
from tests.services.test_student_merges import add


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def operator(world, school):
    return world.person(school, "school_admin")


@pytest.fixture
def client(operator, school):
    client = operator.client()
    page = f"/s/{school.slug}/"
    client.post("/language/en", data={"csrf_token": csrf_token(client.get(page).text), "next": page})
    return client


@pytest.fixture
def double(world, school, operator):
    """(address of the register, the ids of two records of one student)"""
    with world.app.app_context():
        ids = add(operator, school, nipd="11"), add(operator, school, nipd="22", nisn="0999000002")
    return f"/s/{school.slug}/students/", *ids


def test_two_records_are_compared_and_merged(world, client, double):
    register, one, another = double
    page = f"{register}{one}/merge/{another}"
    found = client.get(register + "duplicates").text
    assert f'href="{page}"' in found
    assert "1 pair" in found
    compared = client.get(page).text
    assert "0999000002" in compared
    assert f'href="{register}{another}/merge/{one}"' in compared

    unsaid = client.post(page, data={"csrf_token": csrf_token(compared)})
    assert unsaid.status_code == 422
    assert "The two records differ here: choose what is right." in unsaid.text
    done = client.post(page, data={"csrf_token": csrf_token(compared), "nipd": "kept"})
    assert done.location == f"{register}{one}/"
    assert "0999000002" in client.get(done.location).text
    assert client.get(f"{register}{another}/").location == f"{register}{one}/"
    assert client.get(page).status_code == 404
    assert "Nobody seems to stand here twice" in client.get(register + "duplicates").text


def test_the_pages_ask_little_and_are_closed_to_others(world, client, school, double):
    register, one, another = double
    for path in (register + "duplicates", f"{register}{one}/merge/{another}"):
        with world.app.app_context(), count_queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= 12, (path, len(seen), seen)
    elsewhere = world.school()
    stranger = world.person(elsewhere, "counsellor").client()
    assert stranger.get(f"/s/{elsewhere.slug}/students/{one}/merge/{another}").status_code == 404
    assert stranger.get(f"/s/{elsewhere.slug}/students/{one}/").status_code == 404
    assert world.person(school, "teacher").client().get(register + "duplicates").status_code == 403
