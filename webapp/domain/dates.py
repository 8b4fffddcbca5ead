"""Dates and times as people in Indonesia write them, and in English.

Times come in as aware datetimes (UTC in storage) and are shown in the school's own zone with its
abbreviation. Every function takes the day or moment as an argument; none asks a clock.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from webapp.domain.errors import N_, Invalid
from webapp.domain.words import TIME_ZONES

MONTHS = {
    "id": ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
           "November", "Desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}
WEEKDAYS = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

# What people type for a month: every full name and the usual short forms.
_SHORT_MONTHS = {"agu": 8, "agt": 8, "ags": 8, "agust": 8, "okt": 10, "oct": 10, "des": 12, "dec": 12,
                 "mei": 5, "peb": 2, "pebruari": 2, "nop": 11, "nopember": 11, "sept": 9}
_MONTH_NUMBERS = {
    **{name.casefold()[:3]: n for names in MONTHS.values() for n, name in enumerate(names, 1)},
    **{name.casefold(): n for names in MONTHS.values() for n, name in enumerate(names, 1)},
    **_SHORT_MONTHS,
}
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_NAMED = re.compile(r"(?:[^\W\d]+,?\s+)?(\d{1,2})[\s-]+([^\W\d]+)\.?,?[\s-]+(\d{4})")


def _language(locale: str) -> str:
    return "en" if locale == "en" else "id"


@lru_cache(maxsize=64)
def zone(tz: str) -> ZoneInfo:
    """The zone of a school, from its IANA name."""
    return ZoneInfo(tz)


def zone_label(tz: str) -> str:
    """WIB, WITA or WIT."""
    return TIME_ZONES[tz].id


def local_time(at: datetime, tz: str) -> datetime:
    """The moment on the clocks of `tz`; refuses a datetime without a zone."""
    if at.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return at.astimezone(zone(tz))


def local_date(at: datetime, tz: str) -> date:
    """The calendar day in `tz` at that moment."""
    return local_time(at, tz).date()


def format_date(on: date, locale: str) -> str:
    """`3 Agustus 2026` / `3 August 2026`."""
    return f"{on.day} {MONTHS[_language(locale)][on.month - 1]} {on.year:04d}"


def format_short(on: date, locale: str) -> str:
    """`3 Agu 2026` / `3 Aug 2026`, never broken at a line's end: for the columns of a table."""
    month = MONTHS[_language(locale)][on.month - 1][:3]
    return "\N{NO-BREAK SPACE}".join((str(on.day), month, f"{on.year:04d}"))


def format_day(on: date, locale: str) -> str:
    """`Senin, 3 Agustus 2026` / `Monday, 3 August 2026`."""
    return f"{weekday_name(on, locale)}, {format_date(on, locale)}"


def weekday_name(on: date, locale: str) -> str:
    """`Senin` / `Monday`."""
    return WEEKDAYS[_language(locale)][on.weekday()]


def format_month(on: date, locale: str) -> str:
    """`Agustus 2026` / `August 2026`."""
    return f"{MONTHS[_language(locale)][on.month - 1]} {on.year:04d}"


def format_clock(at: datetime, tz: str, locale: str) -> str:
    """`09.00` / `09:00` on the school's clock."""
    return local_time(at, tz).strftime("%H:%M" if locale == "en" else "%H.%M")


def format_hours(starts_at: datetime, ends_at: datetime | None, tz: str, locale: str) -> str:
    """`09.00–10.30`; the beginning alone where the end lies on another day or is not known."""
    text = format_clock(starts_at, tz, locale)
    if ends_at is None or local_date(ends_at, tz) != local_date(starts_at, tz):
        return text
    return f"{text}–{format_clock(ends_at, tz, locale)}"


def format_meeting(starts_at: datetime, ends_at: datetime | None, tz: str, locale: str) -> str:
    """`Senin, 3 Agustus 2026 pukul 09.00–10.30 WIB`; a meeting over midnight names both days."""
    first = local_date(starts_at, tz)
    text = f"{format_day(first, locale)}{_at_word(locale)}{format_clock(starts_at, tz, locale)}"
    if ends_at is not None and ends_at != starts_at:
        last = local_date(ends_at, tz)
        clock = format_clock(ends_at, tz, locale)
        if last == first:
            text += f"–{clock}"
        else:
            text += f" – {format_day(last, locale)}{_at_word(locale)}{clock}"
    return f"{text} {zone_label(tz)}"


def format_moment(at: datetime, tz: str, locale: str) -> str:
    """`3 Agustus 2026 pukul 09.05 WIB` / `3 August 2026, 09:05 WIB`."""
    day = format_date(local_date(at, tz), locale)
    return f"{day}{_at_word(locale)}{format_clock(at, tz, locale)} {zone_label(tz)}"


def _at_word(locale: str) -> str:
    return ", " if locale == "en" else " pukul "


def relative_day(on: date, today: date, locale: str) -> str:
    """How far a day is from today: `hari ini`, `besok`, `3 hari lagi`, `2 hari lalu`."""
    days = (on - today).days
    english = locale == "en"
    if days in _NEAR_DAYS:
        return _NEAR_DAYS[days][1 if english else 0]
    if days > 0:
        return f"in {days} days" if english else f"{days} hari lagi"
    return f"{-days} days ago" if english else f"{-days} hari lalu"


_NEAR_DAYS = {0: ("hari ini", "today"), 1: ("besok", "tomorrow"), -1: ("kemarin", "yesterday"),
              2: ("lusa", "in 2 days")}


def due_words(due_on: date, today: date, locale: str) -> str:
    """A due day in words: `terlambat 3 hari` / `3 days overdue`, `jatuh tempo besok` / `due tomorrow`."""
    late = (today - due_on).days
    if late > 0:
        if locale == "en":
            return f"{late} day overdue" if late == 1 else f"{late} days overdue"
        return f"terlambat {late} hari"
    return f"{'due' if locale == 'en' else 'jatuh tempo'} {relative_day(due_on, today, locale)}"


def parse_date(text: str, *, field: str | None = None) -> date:
    """Read a date as people type it; the day always comes before the month.

    Takes `2026-08-03`, `03/08/2026`, `3-8-2026`, `3.8.2026`, `3 Agustus 2026`, `Senin, 3 Agu 2026` and the
    English names. Raises Invalid for anything else and for days that do not exist.
    """
    cleaned = " ".join(text.split())
    year, month, day = _split_date(cleaned, field)
    try:
        return date(year, month, day)
    except ValueError:
        raise Invalid(N_("There is no such day in the calendar."), field=field) from None


def _split_date(text: str, field: str | None) -> tuple[int, int, int]:
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.groups()
        return int(year), int(month), int(day)
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
        return int(year), int(month), int(day)
    if (found := _NAMED.fullmatch(text)) and found[2].casefold() in _MONTH_NUMBERS:
        return int(found[3]), _MONTH_NUMBERS[found[2].casefold()], int(found[1])
    raise Invalid(N_("Write the date as day/month/year, for example 03/08/2026."), field=field)
