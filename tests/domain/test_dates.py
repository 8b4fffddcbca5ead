"""Dates as people write and read them."""

import contextlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import dates
from webapp.domain.errors import Invalid
from webapp.domain.words import TIME_ZONES

LOCALES = st.sampled_from(["id", "en"])
DAYS = st.dates(date(1950, 1, 1), date(2100, 12, 31))
ZONES = st.sampled_from(TIME_ZONES.keys)
AUGUST_3 = date(2026, 8, 3)
NINE = datetime(2026, 8, 3, 2, 0, tzinfo=UTC)  # 09.00 in Jakarta


def test_a_day_reads_as_indonesians_and_as_english_people_write_it():
    assert dates.format_date(AUGUST_3, "id") == "3 Agustus 2026"
    assert dates.format_date(AUGUST_3, "en") == "3 August 2026"
    assert dates.format_day(AUGUST_3, "id") == "Senin, 3 Agustus 2026"
    assert dates.format_day(AUGUST_3, "en") == "Monday, 3 August 2026"
    assert dates.format_month(AUGUST_3, "id") == "Agustus 2026"


def test_an_unknown_language_reads_indonesian():
    assert dates.format_day(AUGUST_3, "fr") == "Senin, 3 Agustus 2026"


def test_a_meeting_says_day_time_and_zone():
    end = NINE + timedelta(minutes=90)
    meeting = dates.format_meeting(NINE, end, "Asia/Jakarta", "id")
    assert meeting == "Senin, 3 Agustus 2026 pukul 09.00–10.30 WIB"
    assert dates.format_meeting(NINE, end, "Asia/Jakarta", "en") == "Monday, 3 August 2026, 09:00–10:30 WIB"
    assert dates.format_meeting(NINE, None, "Asia/Makassar", "id") == "Senin, 3 Agustus 2026 pukul 10.00 WITA"


def test_a_meeting_over_midnight_names_both_days():
    late = datetime(2026, 8, 3, 15, 0, tzinfo=UTC)
    text = dates.format_meeting(late, late + timedelta(hours=3), "Asia/Jayapura", "id")
    assert text == "Selasa, 4 Agustus 2026 pukul 00.00–03.00 WIT"
    text = dates.format_meeting(late, late + timedelta(hours=3), "Asia/Jakarta", "id")
    assert text == "Senin, 3 Agustus 2026 pukul 22.00 – Selasa, 4 Agustus 2026 pukul 01.00 WIB"


def test_a_moment_reads_in_the_schools_zone():
    assert dates.format_moment(NINE, "Asia/Jayapura", "id") == "3 Agustus 2026 pukul 11.00 WIT"
    assert dates.format_moment(NINE, "Asia/Jayapura", "en") == "3 August 2026, 11:00 WIT"


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        dates.local_date(datetime(2026, 8, 3), "Asia/Jakarta")  # noqa: DTZ001


@pytest.mark.parametrize(
    ("days", "indonesian", "english"),
    [
        (0, "jatuh tempo hari ini", "due today"),
        (1, "jatuh tempo besok", "due tomorrow"),
        (2, "jatuh tempo lusa", "due in 2 days"),
        (5, "jatuh tempo 5 hari lagi", "due in 5 days"),
        (-1, "terlambat 1 hari", "1 day overdue"),
        (-3, "terlambat 3 hari", "3 days overdue"),
    ],
)
def test_a_due_day_is_said_in_words(days, indonesian, english):
    due_on = AUGUST_3 + timedelta(days=days)
    assert dates.due_words(due_on, AUGUST_3, "id") == indonesian
    assert dates.due_words(due_on, AUGUST_3, "en") == english


def test_a_past_day_is_said_in_words():
    assert dates.relative_day(AUGUST_3, AUGUST_3 + timedelta(days=1), "id") == "kemarin"
    assert dates.relative_day(AUGUST_3, AUGUST_3 + timedelta(days=4), "en") == "4 days ago"


@given(DAYS, LOCALES)
def test_a_written_date_is_read_back(on, locale):
    assert dates.parse_date(dates.format_date(on, locale)) == on
    assert dates.parse_date(dates.format_day(on, locale)) == on
    assert dates.parse_date(on.isoformat()) == on
    for sign in "/-.":
        assert dates.parse_date(f"{on.day:02d}{sign}{on.month}{sign}{on.year}") == on


@pytest.mark.parametrize(
    "text", ["3 Agt 2026", "3 agustus 2026", "03-Aug-2026", " 3   Ags. 2026 ", "3 AUGUST 2026"]
)
def test_short_and_untidy_month_names_are_read(text):
    assert dates.parse_date(text) == AUGUST_3


def test_the_day_comes_before_the_month():
    assert dates.parse_date("03/08/2026") == AUGUST_3


@pytest.mark.parametrize(
    "text", ["", "besok", "31/02/2026", "2026-13-01", "3 Foo 2026", "3/8/26", "0000-01-01"]
)
def test_what_is_no_date_is_refused_with_its_field(text):
    with pytest.raises(Invalid) as refusal:
        dates.parse_date(text, field="due_on")
    assert refusal.value.field == "due_on"


@given(st.text(max_size=40))
def test_any_text_is_either_a_date_or_refused(text):
    with contextlib.suppress(Invalid):
        assert isinstance(dates.parse_date(text), date)


@given(
    st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)), ZONES, LOCALES
)
def test_every_moment_names_the_local_day_and_the_zone(at, tz, locale):
    text = dates.format_meeting(at, None, tz, locale)
    assert text.startswith(dates.format_day(dates.local_date(at, tz), locale))
    assert text.endswith(dates.zone_label(tz))
