"""Days off, and the traps of the register that holds them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from admin.base import SchoolModelView
from tests.admin.test_settings import _holiday, _next_year, _post, _url
from tests.factories import csrf_token, fresh_id
from webapp.models.schools import SchoolHoliday


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def admin(world, school):
    return world.person(school, "school_admin")


def test_a_day_off_is_added_changed_and_removed(school, admin, as_superuser):
    client, year = admin.client(), _next_year()
    new = _url(school, "holidays/new/")
    assert _post(client, new, {"on": f"{year}-02-10", "name": "Ujian praktik"}).status_code == 303
    page = client.get(_url(school, "holidays/")).text
    assert "Ujian praktik" in page
    row_id = as_superuser.scalar(
        text("SELECT id FROM school_holidays WHERE school_id = :id"), {"id": school.id}
    )
    edit = _url(school, f"holidays/edit/?id={row_id}")
    assert _post(client, edit, {"on": f"{year}-02-11", "name": "Ujian tulis"}).status_code == 303
    stored = as_superuser.execute(
        text('SELECT "on"::text, name FROM school_holidays WHERE id = :id'), {"id": row_id}
    ).one()
    assert tuple(stored) == (f"{year}-02-11", "Ujian tulis")
    gone = _post(client, _url(school, "holidays/delete/"), {"id": str(row_id)}, page=edit)
    assert gone.status_code == 303
    assert (
        as_superuser.scalar(text("SELECT count(*) FROM school_holidays WHERE id = :id"), {"id": row_id}) == 0
    )
    trail = as_superuser.scalars(
        text(
            "SELECT action FROM audit_entries WHERE school_id = :id AND action LIKE 'holiday.%' ORDER BY id"
        ),
        {"id": school.id},
    ).all()
    assert trail == ["holiday.added", "holiday.changed", "holiday.removed"]


def test_a_wrong_day_off_is_refused_at_its_field_and_what_was_typed_stays(school, admin, as_superuser):
    client, year = admin.client(), _next_year()
    new = _url(school, "holidays/new/")
    for values, field in (
        ({"on": "never", "name": "Tertulis"}, "on"),
        ({"on": f"{year}-01-01", "name": "Tertulis"}, "on"),
        ({"on": "1990-05-05", "name": "Tertulis"}, "on"),
        ({"on": f"{year}-02-10", "name": " "}, "name"),
    ):
        answer = _post(client, new, values)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        if field == "on":
            assert 'value="Tertulis"' in answer.text
    count = as_superuser.scalar(
        text("SELECT count(*) FROM school_holidays WHERE school_id = :id"), {"id": school.id}
    )
    assert count == 0


def test_a_day_is_off_once_per_school_and_another_school_may_have_the_same(world, school, admin):
    other = world.school()
    on = date(2026, 12, 2)
    _holiday(world, other, on)
    client, new = admin.client(), _url(school, "holidays/new/")
    day = f"{_next_year()}-02-10"
    assert _post(client, new, {"on": day, "name": "Pertama"}).status_code == 303
    assert _post(client, new, {"on": day, "name": "Kedua"}).status_code == 422


@pytest.mark.parametrize(("locale", "name"), [("id", "Hari Kemerdekaan"), ("en", "Independence Day")])
def test_public_holidays_stand_beside(world, school, locale, name):
    admin = world.person(school, "school_admin", locale=locale)
    assert name in admin.client().get(_url(school, "holidays/")).text


def test_another_schools_row_answers_like_none_for_edit_and_delete(world, school, admin, as_superuser):
    other = world.school()
    foreign = _holiday(world, other, date(2026, 12, 3))
    client = admin.client()
    token = csrf_token(client.get(_url(school, "holidays/new/")).text)
    for row_id in (foreign, fresh_id(), "x", "", f"{other.id},{foreign}"):
        edit = client.get(_url(school, "holidays/edit/"), query_string={"id": row_id})
        assert edit.status_code == 404
        changed = client.post(
            _url(school, f"holidays/edit/?id={row_id}"),
            data={"on": "2026-12-04", "name": "Diambil", "csrf_token": token},
        )
        assert changed.status_code == 404
        deleted = client.post(_url(school, "holidays/delete/"), data={"id": row_id, "csrf_token": token})
        assert deleted.status_code == 404
    assert "Libur Rekaan" not in client.get(_url(school, "holidays/")).text
    kept = as_superuser.execute(
        text("SELECT school_id, name FROM school_holidays WHERE id = :id"), {"id": foreign}
    ).one()
    assert tuple(kept) == (other.id, "Libur Rekaan")


def test_a_school_id_slipped_into_the_form_is_ignored(world, school, admin, as_superuser):
    other = world.school()
    day = f"{_next_year()}-02-12"
    form = {"on": day, "name": "Titipan", "school_id": str(other.id), "id": "1"}
    assert _post(admin.client(), _url(school, "holidays/new/"), form).status_code == 303
    stored = as_superuser.execute(
        text("SELECT school_id, id FROM school_holidays WHERE name = 'Titipan'")
    ).one()
    assert stored.school_id == school.id
    assert stored.id != 1


def test_writes_need_the_token_of_the_form(school, admin):
    client = admin.client()
    for path in ("holidays/new/", "homerooms/copy", "homerooms/assign", "schedule"):
        assert client.post(_url(school, path), data={"on": "2026-12-04", "name": "X"}).status_code == 400


@pytest.mark.parametrize("route", ["export/csv/", "ajax/lookup/?name=user", "details/?id=1"])
def test_what_was_not_asked_for_does_not_exist(school, admin, route):
    client = admin.client()
    assert client.get(_url(school, "holidays/" + route)).status_code == 404
    assert client.get(_url(school, "homerooms/" + route)).status_code == 404


@pytest.mark.parametrize("route", ["action/", "ajax/update/"])
def test_mass_actions_and_editing_in_the_list_do_not_exist(school, admin, route):
    client = admin.client()
    token = csrf_token(client.get(_url(school, "holidays/new/")).text)
    answer = client.post(_url(school, "holidays/" + route), data={"csrf_token": token, "action": "delete"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "declared",
    [
        {"column_list": ("on",)},
        {"form_columns": ("on",)},
        {"column_list": (), "form_columns": ("on",)},
        {"column_list": ("on", "school.name"), "form_columns": ("on",)},
        {"column_list": ("on",), "form_columns": ("on", "nothing")},
        {"column_list": ("on",), "form_columns": ("on", "school_id")},
        {"column_list": ("on",), "form_columns": ("id",)},
    ],
)
def test_a_register_that_does_not_name_its_columns_cannot_even_be_imported(declared):
    with pytest.raises(TypeError):
        type("Careless", (SchoolModelView,), {"table": SchoolHoliday, "noun": "careless", **declared})
