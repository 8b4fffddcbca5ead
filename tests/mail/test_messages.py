from __future__ import annotations

import dataclasses
import os
import re
from html import unescape
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask_babel import force_locale, get_locale

from tests.mail.conftest import (
    DISTRICT,
    ENDS_AT,
    HIGH_SCHOOL,
    PRIMARY_SCHOOL,
    ROOT,
    STARTS_AT,
    examples,
    meeting,
)
from webapp.mail.messages import (
    MAILS,
    CommitmentReminderFacts,
    Facts,
    Letterhead,
    MailContent,
    MeetingFacts,
    MonthlyDigestFacts,
    render,
)

SNAPSHOTS = Path(__file__).parent / "snapshots"
SCHOOL = {"high": HIGH_SCHOOL, "primary": PRIMARY_SCHOOL, "district": DISTRICT}
every_mail = pytest.mark.parametrize("name", sorted(MAILS))
every_locale = pytest.mark.parametrize("locale", ["id", "en"])
WITH_CALENDAR = {
    "invitation": "REQUEST",
    "invitation_update": "REQUEST",
    "conference_cancelled": "CANCEL",
    "invitation_withdrawn": "CANCEL",
    "visit_appointment": "REQUEST",
    "visit_companion": "REQUEST",
    "visit_called_off": "CANCEL",
}
WITHOUT_LINK = {"one_time_code", "visit_appointment", "visit_called_off"}


def made(name: str, locale: str = "en", school: Letterhead = HIGH_SCHOOL) -> MailContent:
    return render(name, examples(school)[name], locale)


def words_of(html: str) -> str:
    soup = BeautifulSoup(html, "html.parser")
    return " ".join(soup.main.get_text(" ").split())


def test_every_registered_mail_has_an_example_and_every_example_is_registered():
    assert set(examples(HIGH_SCHOOL)) == set(MAILS)


def test_every_mail_has_its_three_templates_and_no_folder_is_left_over():
    folders = {folder.name: folder for folder in (ROOT / "templates" / "mail").iterdir() if folder.is_dir()}
    assert set(folders) == set(MAILS)
    for folder in folders.values():
        assert {part.name for part in folder.iterdir()} == {"subject.txt", "body.txt", "body.html"}


@every_locale
@pytest.mark.parametrize("school", sorted(SCHOOL))
@every_mail
def test_every_mail_has_all_its_parts_for_every_school_in_both_languages(in_app, name, locale, school):
    content = made(name, locale, SCHOOL[school])
    assert content.subject
    assert "\n" not in content.subject
    assert len(content.subject) < 100
    assert SCHOOL[school].name in content.text
    assert f'<html lang="{locale}">' in content.html
    assert SCHOOL[school].name in words_of(content.html)
    assert (content.calendar_method, content.calendar is not None) == (
        WITH_CALENDAR.get(name), name in WITH_CALENDAR)
    for part in (content.subject, content.text, content.html):
        assert not re.search(r"%\(|\{\{|\{%|None", part), "a placeholder was left over"


@every_mail
@every_locale
def test_the_text_part_tells_everything_that_the_html_part_tells(in_app, name, locale):
    content = made(name, locale)
    text = " ".join(content.text.split())
    only_html = {
        "en": "If the button does not work, open this address:",
        "id": "Jika tombol tidak berfungsi, buka alamat ini:",
    }[locale]
    for paragraph in BeautifulSoup(content.html, "html.parser").main.find_all(["h1", "h2", "p", "li"]):
        # A link's label and its address stand in another order in the text.
        for piece in paragraph.find_all(string=True):
            words = " ".join(piece.replace(only_html, "").split()).strip(": ·")
            assert words in text, words


@every_mail
@pytest.mark.parametrize(
    ("locale", "genuine", "why"),
    [
        ("en", "Is this mail genuine? Ask at your school", r"^You get this (mail|reminder|digest) "),
        (
            "id",
            "Apakah surel ini asli? Tanyakan kepada sekolah Anda",
            r"^Anda menerima (surel|pengingat|ringkasan) ini ",
        ),
    ],
)
def test_every_mail_says_how_to_check_it_and_why_it_came(in_app, name, locale, genuine, why):
    with_phone, without_phone = made(name, locale).text, made(name, locale, PRIMARY_SCHOOL).text
    assert HIGH_SCHOOL.phone in with_phone
    assert genuine in without_phone
    for text in (with_phone, without_phone):
        assert re.search(why, text, re.MULTILINE)


@every_mail
def test_a_mail_has_one_button_whose_address_is_also_written_out_and_loads_nothing(in_app, name):
    content = made(name)
    soup = BeautifulSoup(content.html, "html.parser")
    buttons = soup.select("a.button")
    assert len(buttons) == (0 if name in WITHOUT_LINK else 1)
    for button in buttons:
        assert button["href"] in words_of(content.html)
        assert button["href"] in content.text
    assert not soup.find_all(["img", "script", "iframe", "table", "link", "object", "form"])
    assert "url(" not in content.html


def test_an_invitation_reads_indonesian_with_neutral_words(in_app):
    content = made("invitation", "id")
    assert content.subject == "Undangan pertemuan sekolah"
    assert "Yth. Dedi Khayal," in content.text
    assert "Kamis, 26 November 2026 pukul 09.00–10.30 WIB" in content.text
    assert b"SUMMARY:Pertemuan sekolah" in (content.calendar or b"")


@pytest.mark.parametrize("name", [*sorted(WITH_CALENDAR), "answer_reminder", "attendance_reminder"])
def test_a_mail_about_a_meeting_says_when_with_the_schools_zone_and_where_and_who_invites(in_app, name):
    for part in (made(name).text, unescape(made(name).html)):
        assert "Thursday, 26 November 2026, 09:00–10:30 WIB" in part
        # Where a visit goes is the address of a home: only the family itself reads it.
        assert ("Ruang BK" in part) == (not name.startswith("visit_"))
        assert ("Jalan Contoh 3" in part) == (name == "visit_appointment")
        assert "Ratna Rekaan" in part
    assert "11.00–12.30 WIT" in made(name, "id", PRIMARY_SCHOOL).text


@every_locale
@every_mail
def test_a_reader_outside_learns_nothing_of_a_case_from_a_mail(in_app, name, locale):
    content = made(name, locale)
    outside = {*WITH_CALENDAR, "answer_reminder", "attendance_reminder", "minutes_ready", "fresh_link",
               "commitment_assigned", "commitment_reminder", "one_time_code", "visit_asked"}
    words = f"{content.subject} {content.text}".lower() + (content.calendar or b"").decode().lower()
    if name in outside:
        inside = r"student|case|konferensi|conference|problem|counsel|k-2026|siswa|kasus|masalah|guru bk"
        assert not re.search(inside, words), words
    assert "student" not in words
    assert "peserta didik" not in words


def test_rendering_leaves_the_language_of_the_page_as_it_was(in_app):
    with force_locale("en"):
        render("answer_reminder", meeting(), "id")
        assert str(get_locale()) == "en"


@every_locale
def test_names_with_markup_stay_text_in_every_part(in_app, locale):
    school = Letterhead(name="SMA <b>Rekaan</b> & \"Anak\"", phone="<script>1</script>")
    facts = MeetingFacts(
        letterhead=school, to_name="<i>Dedi</i>%(x)s{{ 7*7 }}", invited_by="O'Rekaan", starts_at=STARTS_AT,
        ends_at=ENDS_AT, place="Ruang <img src=x>", link="https://pamong.example/g/a?b=1&c=2",
    )
    content = render("answer_reminder", facts, locale)
    soup = BeautifulSoup(content.html, "html.parser")
    assert not soup.find_all(["b", "i", "script", "img"])
    assert soup.select_one("a.button")["href"] == facts.link
    for value in (school.name, facts.to_name, facts.place, facts.link):
        assert value in content.text
        assert value in words_of(content.html)


def test_the_digest_lists_every_line_of_every_filled_section_and_no_empty_section(in_app):
    facts = examples(HIGH_SCHOOL)["daily_digest"]
    content = render("daily_digest", facts, "en")
    lines = [line for line in content.text.splitlines() if line.startswith("- ")]
    wanted = [line for section in facts.sections for line in section.lines]
    assert len(lines) == len(wanted) == len(BeautifulSoup(content.html, "html.parser").find_all("li")) == 5
    for line in wanted:
        assert any(line.case_number in text and text.endswith(": " + line.link) for text in lines)
    assert "Overdue (2)" in content.text
    assert "Newly reported" not in content.text


def test_the_monthly_digest_hides_small_figures_and_shows_zero(in_app):
    content = made("monthly_digest", school=DISTRICT)
    small_school = content.text.split(PRIMARY_SCHOOL.name)[1]
    assert "Open cases: <5" in small_school
    assert "Conferences held: 0" in small_school
    assert "Share of the invited who came: –" in small_school
    assert "Share of the invited who came: 78 %" in content.text
    assert "<5" in words_of(content.html)
    assert "&lt;5" in content.html
    assert isinstance(examples(DISTRICT)["monthly_digest"], MonthlyDigestFacts)


@pytest.mark.parametrize(
    ("moment", "subject"), [("before", "due soon"), ("on", "due today"), ("after", "overdue")]
)
def test_a_promise_is_reminded_of_in_other_words_before_on_and_after_its_day(in_app, moment, subject):
    before = examples(HIGH_SCHOOL)["commitment_reminder"]
    assert isinstance(before, CommitmentReminderFacts)
    content = render("commitment_reminder", dataclasses.replace(before, moment=moment), "en")
    assert subject in content.subject
    assert ("past its date" in content.text) is (moment == "after")


def test_only_digests_can_be_switched_off_and_nothing_sent_by_a_person_counts_as_automatic():
    assert {kind.name for kind in MAILS.values() if kind.optional} == {
        "daily_digest", "weekly_digest", "monthly_digest"}
    assert {kind.name for kind in MAILS.values() if kind.automatic} == {
        "daily_digest", "weekly_digest", "monthly_digest", "approval_reminder", "answer_reminder",
        "attendance_reminder", "commitment_reminder", "commitment_escalation", "report_failed"}
    assert all(issubclass(kind.facts, Facts) for kind in MAILS.values())


@every_locale
@every_mail
def test_every_mail_reads_as_its_snapshot(in_app, name, locale):
    """Refresh on purpose with `PAMONG_REFRESH_SNAPSHOTS=1 pytest tests/mail`, then read the difference."""
    content = made(name, locale)
    seen = f"Subject: {content.subject}\n\n{content.text}"
    if content.calendar is not None:
        seen += "\n" + content.calendar.decode().replace("\r\n", "\n")
    snapshot = SNAPSHOTS / locale / f"{name}.txt"
    if os.environ.get("PAMONG_REFRESH_SNAPSHOTS") == "1":
        snapshot.write_text(seen, encoding="utf-8")
    assert snapshot.read_text(encoding="utf-8") == seen


def test_only_a_guest_is_told_that_no_account_is_needed(in_app):
    def text(*, has_account: bool) -> str:
        facts = dataclasses.replace(examples(HIGH_SCHOOL)["invitation"], has_account=has_account)
        content = render("invitation", facts, "en")
        return content.text + content.html

    assert text(has_account=False).count("You need no account") == 2
    assert "no account" not in text(has_account=True)
    assert text(has_account=True).count("Please sign in") == 2


