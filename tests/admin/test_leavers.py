"""The page of those whom a list does not name, as people of two schools open it."""

from __future__ import annotations

import pytest

from tests.dapodik.lists import write
from tests.factories import csrf_token
from tests.queries import count_queries
from tests.services.rosters import imported
from tests.services.test_leavers import pupil


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
def job(world, tmp_path, school, operator):
    """The address of an imported list that does not name the last `missing` of twenty pupils."""

    def run(missing):
        with world.app.app_context():
            for named in (20, 20 - missing):
                pupils = [pupil(n, f"X-{1 + n % 2}") for n in range(named)]
                job_id = imported(operator, school, write(tmp_path / "l.xlsx", pupils).read_bytes()).id
        return f"/s/{school.slug}/imports/{job_id}/"

    return run


def send(client, url, page, **data):
    return client.post(url, data={"csrf_token": csrf_token(client.get(page).text), **data})


def ticked(page):
    return [
        part.split('"')[0]
        for part in page.split('name="students" value="')[1:]
        if part[:40].count(" checked")
    ]


def test_those_not_named_are_ticked_marked_and_taken_back(client, job):
    list_page = job(2)
    leavers = list_page + "leavers"
    assert "2 students of the classes in this list do not stand in it." in client.get(list_page).text
    page = client.get(leavers).text
    assert len(ticked(page)) == 2
    assert "Whether somebody has open cases is shown to counsellors only." in page
    first = ticked(page)[0]

    unsaid = send(client, leavers, leavers, students=[first], left_kind="", left_on="2026-11-20")
    assert unsaid.status_code == 422
    assert "Choose how they left." in unsaid.text
    assert ticked(unsaid.text) == [first]
    nobody = send(client, leavers, leavers, left_kind="moved", left_on="2026-11-20")
    assert nobody.status_code == 422
    assert "Tick those who have left." in nobody.text

    done = send(client, leavers, leavers, students=[first], left_kind="graduated", left_on="2026-11-20")
    assert done.location == leavers
    after = client.get(leavers).text
    assert "One student is marked as having left." in after
    assert "Graduated · 20 November 2026" in after
    assert len(ticked(after)) == 1
    assert send(client, leavers + "/back", leavers, marked=[first]).location == leavers
    assert len(ticked(client.get(leavers).text)) == 2


def test_where_the_list_may_not_be_whole_nobody_is_ticked_before_a_person_asks(client, job):
    leavers = job(6) + "leavers"
    page = client.get(leavers).text
    assert "more than a fifth" in page
    assert ticked(page) == []
    assert len(ticked(client.get(leavers + "?tick=all").text)) == 6
    one_class = client.get(leavers + "?class=X-2&tick=all").text
    assert len(ticked(one_class)) == 3
    assert 'name="class" value="X-2"' in one_class


def test_the_page_asks_little_and_is_closed_to_others(world, client, school, job):
    list_page = job(3)
    for path in (list_page, list_page + "leavers"):
        with world.app.app_context(), count_queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= 12, (path, len(seen), seen)
    elsewhere = world.school()
    stranger = world.person(elsewhere, "school_admin").client()
    foreign = list_page.replace(f"/s/{school.slug}/", f"/s/{elsewhere.slug}/") + "leavers"
    assert stranger.get(foreign).status_code == 404
    assert world.person(school, "teacher").client().get(list_page + "leavers").status_code == 403
