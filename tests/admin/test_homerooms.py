"""Homeroom teachers of the classes, on the settings pages."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from tests.admin.test_settings import _holiday, _post, _url
from tests.factories import csrf_token, fresh_id
from tests.queries import count_queries


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def admin(world, school):
    return world.person(school, "school_admin")


def _year_name(more: int = 0) -> str:
    today = datetime.now(UTC).date()
    first = (today.year if today.month >= 7 else today.year - 1) + more
    return f"{first}/{first + 1}"


def _assignments(connection, school):
    rows = connection.execute(
        text("SELECT class_name, user_id, school_year FROM homeroom_assignments WHERE school_id = :id"),
        {"id": school.id},
    )
    return sorted(tuple(row) for row in rows)


def test_a_class_gets_its_teacher_for_a_year_and_that_can_be_changed(world, school, admin, as_superuser):
    world.student(school, class_name="X-1")
    first, second = world.person(school, "homeroom"), world.person(school, "class_teacher")
    client, year = admin.client(), _year_name()
    form = {"class_name": "X-1", "user_id": str(first.user_id), "school_year": year}
    assert _post(client, _url(school, "homerooms/new/"), form).status_code == 303
    page = client.get(_url(school, "homerooms/")).text
    assert first.name in page
    again = _post(client, _url(school, "homerooms/new/"), form)
    assert again.status_code == 422
    assert 'href="#class_name"' in again.text
    row_id = as_superuser.scalar(
        text("SELECT id FROM homeroom_assignments WHERE school_id = :id"), {"id": school.id}
    )
    edit = _url(school, f"homerooms/edit/?id={row_id}")
    assert _post(client, edit, {**form, "user_id": str(second.user_id)}).status_code == 303
    assert _assignments(as_superuser, school) == [("X-1", second.user_id, year)]


def test_only_homeroom_and_class_teachers_of_the_own_school_can_be_chosen(world, school, admin, as_superuser):
    world.student(school, class_name="X-1")
    teacher = world.person(school, "teacher")
    stranger = world.person(world.school(), "homeroom")
    client = admin.client()
    for user_id in (teacher.user_id, stranger.user_id, fresh_id()):
        form = {"class_name": "X-1", "user_id": str(user_id), "school_year": _year_name()}
        assert _post(client, _url(school, "homerooms/new/"), form).status_code == 422
        many = _post(
            client,
            _url(school, "homerooms/assign"),
            {"class_name": ["X-1"], "teacher": [str(user_id)]},
            page=_url(school, "homerooms/new/"),
        )
        assert many.status_code == 303
    assert _assignments(as_superuser, school) == []


def test_many_classes_are_filled_at_once_and_blank_ones_stay(world, school, admin, as_superuser):
    for name in ("X-1", "X-2", "X-3"):
        world.student(school, class_name=name)
    one, two = world.person(school, "homeroom"), world.person(school, "homeroom")
    client = admin.client()
    answer = _post(
        client,
        _url(school, "homerooms/assign"),
        {
            "class_name": ["X-1", "X-2", "X-3"],
            "teacher": [str(one.user_id), "", str(two.user_id)],
        },
        page=_url(school, "homerooms/"),
    )
    assert answer.status_code == 303
    year = _year_name()
    assert _assignments(as_superuser, school) == [("X-1", one.user_id, year), ("X-3", two.user_id, year)]


def test_last_years_teachers_are_taken_over_where_they_still_may(world, school, admin, as_superuser):
    for name in ("X-1", "X-2", "X-3"):
        world.student(school, class_name=name)
    stays, gone, new = (
        world.person(school, "homeroom"),
        world.person(school, "teacher"),
        world.person(school, "homeroom"),
    )
    other = world.school()
    world.student(other, class_name="X-3")
    elsewhere = world.person(other, "homeroom")
    for place, name, person, year in (
        (school, "X-1", stays, _year_name(-1)),
        (school, "X-2", gone, _year_name(-1)),
        (school, "X-3", stays, _year_name(-1)),
        (school, "X-3", new, _year_name()),
        (school, "X-9", stays, _year_name(-1)),
        (other, "X-3", elsewhere, _year_name(-1)),
    ):
        as_superuser.execute(
            text(
                "INSERT INTO homeroom_assignments (school_id, id, user_id, class_name, school_year)"
                " VALUES (:school, :id, :user, :name, :year)"
            ),
            {"school": place.id, "id": fresh_id(), "user": person.user_id, "name": name, "year": year},
        )
    as_superuser.commit()
    client = admin.client()
    page = _url(school, "homerooms/")
    assert _post(client, _url(school, "homerooms/copy"), {}, page=page).status_code == 303
    now = [row for row in _assignments(as_superuser, school) if row[2] == _year_name()]
    assert now == [("X-1", stays.user_id, _year_name()), ("X-3", new.user_id, _year_name())]
    assert len(_assignments(as_superuser, other)) == 1


def test_a_homeroom_teacher_who_left_is_marked_in_the_list(world, school, admin):
    world.student(school, class_name="X-1")
    person = world.person(school, "homeroom")
    client = admin.client()
    form = {"class_name": "X-1", "user_id": str(person.user_id), "school_year": _year_name()}
    _post(client, _url(school, "homerooms/new/"), form)
    assert f"{person.name}</td>" in client.get(_url(school, "homerooms/")).text
    page = f"/s/{school.slug}/people/{person.user_id}/"
    _post(client, page + "end", {}, page=page)
    assert f"{person.name} (" in client.get(_url(school, "homerooms/")).text


def test_another_schools_homeroom_cannot_be_edited_or_deleted(world, school, admin, as_superuser):
    other = world.school()
    person = world.person(other, "homeroom")
    row_id = fresh_id()
    as_superuser.execute(
        text(
            "INSERT INTO homeroom_assignments (school_id, id, user_id, class_name, school_year)"
            " VALUES (:school, :id, :user, 'X-1', '2026/2027')"
        ),
        {"school": other.id, "id": row_id, "user": person.user_id},
    )
    as_superuser.commit()
    client = admin.client()
    token = csrf_token(client.get(_url(school, "holidays/new/")).text)
    assert client.get(_url(school, f"homerooms/edit/?id={row_id}")).status_code == 404
    gone = client.post(_url(school, "homerooms/delete/"), data={"id": str(row_id), "csrf_token": token})
    assert gone.status_code == 404
    assert len(_assignments(as_superuser, other)) == 1


def test_the_settings_pages_ask_little_and_as_much_for_long_lists(world, school, admin):
    client = admin.client()
    paths = ["", "schedule", "cases", "holidays/", "holidays/new/", "homerooms/", "homerooms/new/"]
    counts = []
    for more in range(2):
        for number in range(3 * more):
            world.student(school, class_name=f"XI-{number}")
            _holiday(world, school, date(2026, 12, 7 + number))
            world.person(school, "homeroom")
        for path in paths:
            with count_queries() as seen:
                assert client.get(_url(school, path)).status_code == 200
            counts.append(len(seen))
    assert counts[: len(paths)] == counts[len(paths) :]
    assert max(counts) <= 12
