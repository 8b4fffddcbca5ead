"""The district's page of lesson hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import csrf_token

PAGE = "/d/{}/settings/lesson-hours/"


def _post(client, url, page, data):
    return client.post(url, data=data | {"csrf_token": csrf_token(client.get(page).text)})


@pytest.fixture
def office(world):
    return world.district()


@pytest.fixture
def client(world, office):
    person = world.person()
    world.join_district(person, office, "district_admin")
    return person.client()


def _form(**changes):
    ahead = datetime.now(UTC).date() + timedelta(days=10)
    return {"activity": "home_visit", "hours": "1,5", "valid_from": ahead.isoformat()} | changes


def test_the_defaults_stand_until_a_weight_is_set_which_can_be_taken_back_before_its_day(client, office):
    url = PAGE.format(office.slug)
    assert client.get(url).text.count("By default") == 4
    assert _post(client, url, url, _form()).status_code == 303
    page = client.get(url).text
    assert "1.5 from" in page
    assert "By default" in page
    withdraw = next(part for part in page.split('"') if part.endswith("/withdraw"))
    assert _post(client, withdraw, url, {}).status_code == 303
    assert "1.5 from" not in client.get(url).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hours": "satu"}, "hours"),
        ({"hours": "1,3"}, "hours"),
        ({"hours": "25"}, "hours"),
        ({"valid_from": "besok"}, "valid_from"),
        ({"valid_from": "2020-01-01"}, "valid_from"),
        ({"activity": "nap"}, "activity"),
    ],
)
def test_a_refused_weight_shows_what_was_typed_and_which_field_is_wrong(client, office, changes, field):
    url = PAGE.format(office.slug)
    answer = _post(client, url, url, _form(**changes))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
