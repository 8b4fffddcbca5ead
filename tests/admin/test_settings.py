"""The school's settings in the browser, and the traps of the registers that Flask-Admin draws."""

from __future__ import annotations

import base64
import io
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from admin.base import SchoolModelView
from tests.factories import csrf_token, fresh_id
from tests.queries import count_queries
from webapp.models.schools import SchoolHoliday

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def admin(world, school):
    return world.person(school, "school_admin")


def _post(client, path: str, data: dict, *, page: str | None = None, **kwargs):
    token = csrf_token(client.get(page or path).text)
    return client.post(path, data={**data, "csrf_token": token}, **kwargs)


def _url(school, path=""):
    return f"/s/{school.slug}/settings/{path}"


def _next_year() -> int:
    return datetime.now(UTC).year + 1


LETTERHEAD = {
    "letterhead_line1": "PEMERINTAH PROVINSI REKAAN",
    "letterhead_line2": "DINAS PENDIDIKAN",
    "address": "Jalan Khayal 1",
    "city": "Kota Rekaan",
    "phone": "(0341) 000111",
    "email": "Sekolah@Contoh.example",
    "website": "",
}
SCHEDULE = {
    "time_zone": "Asia/Makassar",
    "school_year_starts_month": "7",
    "daily_digest_at": "05:45",
    "weekly_digest_at": "06:15",
    "weekly_digest_weekday": "5",
    "reminders_at": "07:30",
    "six_day_week": "1",
}


# --- letterhead -----------------------------------------------------------------------------------------


def test_the_letterhead_is_saved_and_another_schools_stays_as_it_was(world, school, admin, as_superuser):
    other = world.school()
    assert _post(admin.client(), _url(school), {**LETTERHEAD, "name": "Nama Lain"}).status_code == 303
    rows = {
        row.id: row
        for row in as_superuser.execute(
            text("SELECT id, name, letterhead_line1, email, website FROM schools WHERE id IN (:a, :b)"),
            {"a": school.id, "b": other.id},
        )
    }
    mine = rows[school.id]
    assert (mine.letterhead_line1, mine.email, mine.website) == (
        "PEMERINTAH PROVINSI REKAAN",
        "sekolah@contoh.example",
        None,
    )
    assert mine.name == school.name, "the name is the district's"
    assert rows[other.id].letterhead_line1 is None


def test_a_wrong_address_of_the_letterhead_keeps_what_was_typed(school, admin, as_superuser):
    answer = _post(admin.client(), _url(school), {**LETTERHEAD, "email": "bukan alamat"})
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert 'value="PEMERINTAH PROVINSI REKAAN"' in answer.text
    stored = as_superuser.scalar(
        text("SELECT letterhead_line1 FROM schools WHERE id = :id"), {"id": school.id}
    )
    assert stored is None


def test_a_logo_is_shown_with_its_own_type_to_the_own_school_and_can_be_removed(world, school, admin):
    client = admin.client()
    sent = {"logo": (io.BytesIO(PNG), "logo.png")}
    url = _url(school, "logos/left")
    answer = _post(client, url, sent, page=_url(school), content_type="multipart/form-data")
    assert answer.status_code == 303
    shown = client.get(url)
    assert (shown.status_code, shown.data, shown.headers["Content-Type"]) == (200, PNG, "image/png")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert url in client.get(_url(school)).text
    other = world.school()
    foreign = world.person(other, "school_admin").client()
    assert foreign.get(_url(other, "logos/left")).status_code == 404
    assert _post(client, url + "/remove", {}, page=_url(school)).status_code == 303
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", PNG[:20], b"x" * 400_000])
def test_what_is_no_picture_is_refused_at_its_own_field(school, admin, content):
    client = admin.client()
    answer = _post(
        client,
        _url(school, "logos/right"),
        {"logo": (io.BytesIO(content), "logo.png")},
        page=_url(school),
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert 'href="#logo-right"' in answer.text
    assert client.get(_url(school, "logos/right")).status_code == 404


def test_there_are_two_slots_and_no_third(school, admin):
    client = admin.client()
    assert client.get(_url(school, "logos/middle")).status_code == 404
    answer = _post(
        client,
        _url(school, "logos/middle"),
        {"logo": (io.BytesIO(PNG), "logo.png")},
        page=_url(school),
        content_type="multipart/form-data",
    )
    assert answer.status_code == 404


# --- clock, cases ----------------------------------------------------------------------------------------


def test_a_changed_clock_is_saved_and_asks_the_worker_to_plan_anew(school, admin, as_superuser):
    assert _post(admin.client(), _url(school, "schedule"), SCHEDULE).status_code == 303
    row = as_superuser.execute(
        text(
            "SELECT time_zone, six_day_week, daily_digest_at::text, weekly_digest_weekday, reminders_at::text"
            " FROM schools WHERE id = :id"
        ),
        {"id": school.id},
    ).one()
    assert tuple(row) == ("Asia/Makassar", True, "05:45:00", 5, "07:30:00")
    waiting = as_superuser.scalars(
        text("SELECT kind FROM dues WHERE school_id = :id AND state = 'waiting'"), {"id": school.id}
    ).all()
    assert waiting == ["replan"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"school_year_starts_month": "13"}, "school_year_starts_month"),
        ({"school_year_starts_month": "x"}, "school_year_starts_month"),
        ({"daily_digest_at": "soon"}, "daily_digest_at"),
        ({"reminders_at": "24:30"}, "reminders_at"),
        ({"weekly_digest_weekday": "6"}, "weekly_digest_weekday"),
    ],
)
def test_a_wrong_field_of_the_clock_is_named_and_nothing_is_half_saved(
    school, admin, as_superuser, wrong, field
):
    answer = _post(admin.client(), _url(school, "schedule"), {**SCHEDULE, **wrong})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    zone = as_superuser.scalar(text("SELECT time_zone FROM schools WHERE id = :id"), {"id": school.id})
    assert zone == "Asia/Jakarta"


def test_case_rules_are_saved_with_a_substitute_who_works_here(world, school, admin, as_superuser):
    deputy, stranger = world.person(school, "teacher"), world.person(world.school(), "teacher")
    client, url = admin.client(), _url(school, "cases")
    rules = {"case_number_pattern": "BK/{nomor:04}/{tahun}", "minutes_access_days": "30"}
    rules |= {"overdue_counsellor_days": "5", "overdue_principal_days": "10"}
    refused = _post(client, url, {**rules, "substitute_approver_id": str(stranger.user_id)})
    assert refused.status_code == 422
    assert 'href="#substitute_approver_id"' in refused.text
    assert _post(client, url, {**rules, "substitute_approver_id": str(deputy.user_id)}).status_code == 303
    row = as_superuser.execute(
        text(
            "SELECT case_number_pattern, minutes_access_days, substitute_approver_id,"
            " overdue_counsellor_days, overdue_principal_days FROM schools"
            " WHERE id = :id"
        ),
        {"id": school.id},
    ).one()
    assert tuple(row) == ("BK/{nomor:04}/{tahun}", 30, deputy.user_id, 5, 10)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"case_number_pattern": "K-{tahun}"}, "case_number_pattern"),
        ({"case_number_pattern": "{apa}-{nomor}"}, "case_number_pattern"),
        ({"minutes_access_days": "0"}, "minutes_access_days"),
        ({"minutes_access_days": "many"}, "minutes_access_days"),
        ({"overdue_counsellor_days": "0"}, "overdue_counsellor_days"),
        ({"overdue_principal_days": "91"}, "overdue_principal_days"),
        ({"substitute_approver_id": "abc"}, "substitute_approver_id"),
    ],
)
def test_a_wrong_case_rule_is_named(school, admin, wrong, field):
    rules = {"case_number_pattern": "K-{nomor}", "minutes_access_days": "14", "substitute_approver_id": ""}
    rules |= {"overdue_counsellor_days": "7", "overdue_principal_days": "7"}
    answer = _post(admin.client(), _url(school, "cases"), {**rules, **wrong})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_the_example_shows_the_pattern_or_says_what_is_wrong_with_it(school, admin):
    client = admin.client()
    good = client.get(_url(school, "cases/example"), query_string={"pattern": "BK-{nomor:04}"})
    assert good.json == {"example": "BK-0014"}
    bad = client.get(_url(school, "cases/example"), query_string={"pattern": "BK"})
    assert bad.status_code == 422
    assert "{nomor}" in bad.json["error"]


# --- days off ----------------------------------------------------------------------------------------------


def _holiday(world, school, on: date, name="Libur Rekaan"):
    from webapp import tenancy
    from webapp.services import holidays

    admin = world.person(school, "school_admin")
    with world.app.app_context(), tenancy.work(admin.at(school)):
        return holidays.add(admin.at(school), on=on, name=name).id


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


# --- the traps of the hardened base -------------------------------------------------------------------


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


# --- homeroom teachers --------------------------------------------------------------------------------


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


# --- letter numbers -------------------------------------------------------------------------------------


def test_the_numbers_of_letters_are_set_and_an_example_is_shown_while_typing(world, school, admin):
    client, url = admin.client(), _url(school, "letters")
    typed = {
        "letter_number_pattern": "{kode}/{nomor:02}/{unit}",
        "letter_code": "421.3",
        "letter_unit": "SMAN1",
    }
    example = client.get(url + "/example", query_string=typed | {"pattern": "{kode}/{nomor:02}/{unit}"})
    assert example.json == {"example": "421.3/14/SMAN1"}
    wrong = client.get(url + "/example", query_string={"pattern": "{kode}/{nomor}"})
    assert (wrong.status_code, "fill it in" in wrong.json["error"]) == (422, True)
    assert _post(client, url, typed | {"letter_unit": ""}).status_code == 422
    assert _post(client, url, typed).status_code == 303
    assert "421.3/14/SMAN1" in client.get(url).text
    other = world.school()
    assert (
        'value="421.3"' not in world.person(other, "school_admin").client().get(_url(other, "letters")).text
    )


def test_each_kind_of_numbered_letter_stands_on_the_page_and_may_have_a_pattern_of_its_own(school, admin):
    client, url = admin.client(), _url(school, "letters")
    page = client.get(url).text
    titles = ("Letter of Invitation", "Letter of Assignment", "Notice of a Home Visit",
              "Official Letter of an Advocacy", "Letter of Referral")  # fmt: skip
    assert [title for title in titles if title not in page] == []
    typed = {"letter_number_pattern": "{nomor}", "letter_code": "", "letter_unit": ""}
    wrong = _post(client, url, typed | {"pattern_visit_assignment": "ST/{tahun}"})
    assert wrong.status_code == 422
    assert 'href="#pattern_visit_assignment"' in wrong.text
    own = {"pattern_visit_assignment": "ST-{nomor:03}/{tahun}"}
    assert _post(client, url, typed | own).status_code == 303
    assert "ST-014/2026" in client.get(url).text
    assert _post(client, url, typed).status_code == 303
    assert "ST-" not in client.get(url).text
