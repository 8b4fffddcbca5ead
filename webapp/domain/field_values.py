"""Values of the fields that a step's form or entry asks for: checked as typed, stored as text, read again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time

from webapp.domain.clock_times import parse_clock_time
from webapp.domain.dates import format_date, parse_date
from webapp.domain.errors import N_, Invalid
from webapp.domain.procedure import Field, Step, Values

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Half-typed years come here too: a field saves itself while it is written."""
LONGEST_LINE = 300
LONGEST_TEXT = 20_000
_BREAKS = re.compile(r"\s+")


def clean(field: Field, typed: str, *, today: date, in_past: bool = False) -> str:
    """A value as it is stored; empty stays empty. Raises Invalid with the field's key.

    typed: of `choices` the keys with commas. in_past: the day may not lie ahead.
    """
    text = typed.strip()
    if not text:
        return ""
    if field.kind == "date":
        day = parse_date(text, field=field.key)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Invalid(N_("There is no such day in the calendar."), field=field.key)
        if in_past and day > today:
            raise Invalid(N_("This day lies in the future."), field=field.key)
        return day.isoformat()
    if field.kind == "time":
        return parse_clock_time(text, field=field.key).strftime("%H:%M")
    if field.kind in ("choice", "choices"):
        return _chosen(field, text)
    if field.kind == "line":
        return _short(_BREAKS.sub(" ", text), LONGEST_LINE, field)
    return _short(text, LONGEST_TEXT, field)


def clean_entry(step: Step, typed: Mapping[str, str], *, today: date) -> dict[str, str]:
    """The values of one entry of a step; Invalid where a required one is missing or one is wrong."""
    values = {
        field.key: clean(field, typed.get(field.key, ""), today=today, in_past=field.key == step.counts)
        for field in step.entry_fields
    }
    for field in step.entry_fields:
        if field.is_needed(values) and not values[field.key]:
            raise Invalid(N_("Please fill this in: %(what)s"), field=field.key, what=field.term)
    return values


def read_date(values: Values, key: str) -> date | None:
    """A stored day, None where there is none."""
    return date.fromisoformat(values[key]) if values.get(key) else None


def read_time(values: Values, key: str) -> time | None:
    """A stored time of day, None where there is none."""
    return time.fromisoformat(values[key]) if values.get(key) else None


def keys(value: str) -> tuple[str, ...]:
    """The keys in a stored value of `choices`."""
    return tuple(key for key in value.split(",") if key)


def shown(field: Field, value: str, locale: str) -> str:
    """A stored value as people read it."""
    if not value:
        return ""
    if field.choices is not None:
        terms = [field.choices[key] for key in keys(value) if key in field.choices]
        return ", ".join(term.label(locale) for term in terms)
    if field.kind == "date":
        return format_date(date.fromisoformat(value), locale)
    if field.kind == "time":
        return value.replace(":", ".") if locale == "id" else value
    return value


def _chosen(field: Field, text: str) -> str:
    assert field.choices is not None
    wanted = {part.strip() for part in text.split(",")} if field.kind == "choices" else {text}
    if not all(key in field.choices for key in wanted if key):
        raise Invalid(N_("Choose one of the values in the list."), field=field.key)
    return ",".join(key for key in field.choices.keys if key in wanted)


def _short(text: str, most: int, field: Field) -> str:
    if len(text) > most:
        raise Invalid(N_("The text is too long: at most %(most)s characters."), field=field.key, most=most)
    return text
