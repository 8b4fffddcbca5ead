"""The school's settings in the browser, and the traps of the registers that Flask-Admin draws."""

from __future__ import annotations

import base64
import io
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from tests.factories import csrf_token
from webapp.domain.numbering import LETTER_KINDS

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


def test_the_page_says_when_letters_of_two_kinds_can_bear_the_same_number(school, admin):
    client, url = admin.client(), _url(school, "letters")
    told = "Letters of different kinds can bear the same number"
    page = client.get(url).text
    assert told not in page
    assert "014/PEM/" in page
    typed = {"letter_number_pattern": "{nomor}/{tahun}", "letter_code": "", "letter_unit": ""}
    assert _post(client, url, typed).status_code == 303
    assert told in client.get(url).text
    own = {f"pattern_{kind}": f"{kind}-{{nomor}}" for kind in LETTER_KINDS[1:]}
    assert _post(client, url, typed | own).status_code == 303
    assert told not in client.get(url).text


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
