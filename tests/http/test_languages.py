"""Indonesian unless somebody chooses English: pages, guests, mails, and what the packages below us say."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from tests.factories import MONDAY, PASSWORD, csrf_token
from tests.services.stage import ENDS_AT, STARTS_AT, Stage
from webapp import tenancy
from webapp.domain import dates
from webapp.mail.messages import MAILS, MailContent, render
from webapp.models.background import OutboxMail
from webapp.services.participants import Proposed

ID, EN = "id", "en"


def _text(page) -> str:
    return " ".join(BeautifulSoup(page.text, "html.parser").get_text(" ").split())


def _browser(world, locale: str):
    return world.app.test_client() if locale == ID else world.visitor()


def _send(client, path: str, **data):
    return client.post(path, data=data | {"csrf_token": csrf_token(client.get(path).text)})


# --- which language ------------------------------------------------------------------------------


def test_without_any_choice_a_page_is_indonesian_and_says_so(world):
    page = world.app.test_client().get("/login")
    assert '<html lang="id"' in page.text
    assert "Kata sandi" in _text(page)
    assert "Password" not in _text(page)


def test_a_browser_that_asks_for_english_gets_it_and_the_switch_wins_over_the_browser(world):
    client = world.visitor()
    page = client.get("/login")
    assert '<html lang="en"' in page.text
    client.post("/language/id", data={"csrf_token": csrf_token(page.text), "next": "/login"})
    assert '<html lang="id"' in client.get("/login").text


@pytest.mark.parametrize(("locale", "heading"), [(ID, "Hari ini"), (EN, "Today")])
def test_a_signed_in_person_reads_the_language_of_the_account(world, locale, heading):
    school = world.school()
    client = world.person(school, "counsellor", locale=locale).client()
    page = client.get(f"/s/{school.slug}/")
    assert f'<html lang="{locale}"' in page.text
    today = dates.format_day(dates.local_date(datetime.now(UTC), school.time_zone), locale)
    assert BeautifulSoup(page.text, "html.parser").h1.get_text().strip() == heading
    assert today in _text(page)


def test_a_state_and_a_button_of_one_english_word_are_two_words_in_indonesian(world):
    school = world.school()
    page = world.person(school, "counsellor", locale=ID).client().get(f"/s/{school.slug}/cases/")
    assert "Terbuka" in _text(page)


# --- guests and mails ------------------------------------------------------------------------------


def _written(stage: Stage, kind: str) -> list[MailContent]:
    """The mails of that kind in the school's outbox, as they will be sent."""
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, MONDAY)):
        query = select(OutboxMail).where(OutboxMail.school_id == stage.school.id, OutboxMail.kind == kind)
        return [
            render(kind, MAILS[kind].facts.from_json(json.dumps(row.facts)), row.locale)
            for row in tenancy.session.scalars(query)
        ]


def _invited(world, locale: str | None) -> Stage:
    """A guardian who was invited with that language, or without anybody naming one."""
    stage = Stage.build(world, now=datetime.now(UTC))
    language = {} if locale is None else {"locale": locale}
    guardian = Proposed(
        "guardian", "commitment", "Mendampingi di rumah", guardian_id=stage.guardian_id, **language
    )
    return stage.invited(proposed=(guardian,))


@pytest.mark.parametrize(
    ("locale", "subject", "question"),
    [
        (None, "Undangan pertemuan sekolah", "Apakah Anda akan hadir?"),
        (EN, "Invitation to a school meeting", "Will you come?"),
    ],
)
def test_a_guest_reads_indonesian_in_mail_and_page_unless_english_was_chosen(
    world, locale, subject, question
):
    stage = _invited(world, locale)
    (mail,) = [m for m in _written(stage, "invitation") if "/g/" in m.text]
    page = world.app.test_client().get(f"/g/{stage.token()}/")
    ends_at = stage.starts_at + (ENDS_AT - STARTS_AT)
    when = dates.format_meeting(stage.starts_at, ends_at, stage.school.time_zone, locale or ID)
    assert mail.subject == subject
    assert when in mail.text
    assert question in _text(page)
    assert when in _text(page)


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        (ID, "Permohonan pertemuan menunggu persetujuan Anda"),
        (EN, "A meeting request waits for your approval"),
    ],
)
def test_staff_get_their_mails_in_the_language_of_the_account(world, locale, subject):
    stage = Stage.build(world)
    client = stage.principal.client()
    client.post(f"/language/{locale}", data={"csrf_token": csrf_token(client.get("/me/").text)})
    stage.requested()
    assert [mail.subject for mail in _written(stage, "approval_requested")] == [subject]


# --- what the packages say -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (ID, "Tidak dapat masuk: alamat surel atau kata sandi tidak benar"),
        (EN, "Authentication failed - identity or password/passcode invalid"),
    ],
)
def test_a_refused_sign_in_is_said_in_the_readers_language(world, locale, said):
    client = _browser(world, locale)
    page = _send(client, "/login", email="tidak.ada@contoh.example", password="salah-sekali-123")
    assert said in _text(page)


@pytest.mark.parametrize(
    ("locale", "sent", "short", "unlike", "link"),
    [
        (
            ID,
            "Cara mengatur ulang kata sandi telah dikirim ke",
            "Kata sandi harus paling sedikit 12 karakter",
            "Kedua kata sandi tidak sama",
            "Tautan untuk mengatur ulang kata sandi tidak berlaku.",
        ),
        (
            EN,
            "Instructions to reset your password have been sent to",
            "Password must be at least 12 characters",
            "Passwords do not match",
            "Invalid reset password token.",
        ),
    ],
)
def test_resetting_and_changing_a_password_speak_the_readers_language(
    world, locale, sent, short, unlike, link
):
    visitor = _browser(world, locale)
    assert sent in _text(_send(visitor, "/reset", email="tidak.ada@contoh.example"))
    assert link in _text(visitor.get("/reset/not-a-token", follow_redirects=True))
    client = world.person(world.school(), "teacher", locale=locale).client()
    passwords = {"password": PASSWORD, "new_password": "pendek", "new_password_confirm": "pendek"}
    assert short in _text(_send(client, "/change", **passwords))
    passwords |= {"new_password": "sandi-baru-panjang-1", "new_password_confirm": "sandi-baru-panjang-2"}
    assert unlike in _text(_send(client, "/change", **passwords))


@pytest.mark.parametrize(
    ("locale", "said"),
    [(ID, "Kata sandi Anda telah diganti."), (EN, "You successfully changed your password.")],
)
def test_a_changed_password_is_confirmed_in_the_readers_language(world, locale, said):
    client = world.person(world.school(), "teacher", locale=locale).client()
    new = "sandi-baru-panjang-1"
    _send(client, "/change", password=PASSWORD, new_password=new, new_password_confirm=new)
    assert said in _text(client.get("/me/"))


@pytest.mark.parametrize(
    ("locale", "required", "no_date", "expired", "delete"),
    [
        (
            ID,
            "Isian ini wajib diisi.",
            "Ini bukan tanggal yang sah.",
            "Formulir ini sudah kedaluwarsa",
            "Entri ini akan dihapus.",
        ),
        (
            EN,
            "This field is required.",
            "Not a valid date value.",
            "This form has expired",
            "This entry is deleted.",
        ),
    ],
)
def test_registers_of_flask_admin_speak_the_readers_language(
    world, locale, required, no_date, expired, delete
):
    school = world.school()
    client = world.person(school, "school_admin", locale=locale).client()
    home = f"/s/{school.slug}/settings/holidays/"
    assert required in _text(_send(client, f"{home}new/", on="", name=""))
    assert no_date in _text(_send(client, f"{home}new/", on="bukan-tanggal", name="Libur rekaan"))
    assert expired in _text(client.post(f"{home}new/", data={"on": "2027-03-01", "name": "Libur rekaan"}))
    _send(client, f"{home}new/", on=date(2027, 3, 1).isoformat(), name="Libur rekaan")
    page = client.get(home)
    assert delete in _text(page)
    assert dates.format_day(date(2027, 3, 1), locale) in _text(page)


@pytest.mark.parametrize(
    ("locale", "said"), [(ID, "Pilih salah satu dari daftar."), (EN, "Not a valid choice.")]
)
def test_a_choice_that_is_none_is_refused_in_the_readers_language(world, locale, said):
    school = world.school()
    client = world.person(school, "school_admin", locale=locale).client()
    path = f"/s/{school.slug}/settings/homerooms/new/"
    assert said in _text(_send(client, path, class_name="X-1", user_id="1", school_year="2026/2027"))
