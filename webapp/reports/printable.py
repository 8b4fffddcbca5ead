"""Values as a document prints them: dates as people say them, text that the typefaces can show."""

from __future__ import annotations

import dataclasses
import unicodedata
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

SUBSTITUTE = "□"
_BABEL_LOCALES = {"id": "id_ID", "en": "en_GB"}


def printable(value: Any, locale: str, timezone: str, without: frozenset[str] = frozenset()) -> Any:
    """`value` as JSON for a template: dataclasses as objects, times as text, bytes as lists of integers.

    A date becomes {"weekday", "long", "short"}. Characters in `without` are replaced by SUBSTITUTE.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {
            field.name: printable(getattr(value, field.name), locale, timezone, without) for field in fields
        }
    if isinstance(value, tuple):
        return [printable(item, locale, timezone, without) for item in value]
    if isinstance(value, str):
        return printable_text(value, without)
    if isinstance(value, datetime):
        return moment(value, locale, timezone)
    if isinstance(value, date):
        return {
            "weekday": format_date(value, "EEEE", locale=_BABEL_LOCALES[locale]),
            "long": format_date(value, "d MMMM y", locale=_BABEL_LOCALES[locale]),
            "short": format_date(value, "d MMM y", locale=_BABEL_LOCALES[locale]),
        }
    if isinstance(value, time):
        return clock(value, locale)
    if isinstance(value, bytes):
        return list(value)
    return value


def clock(at: time, locale: str) -> str:
    """09.30 in Indonesian, 09:30 in English."""
    return at.strftime("%H:%M" if locale == "en" else "%H.%M")


def moment(at: datetime, locale: str, timezone: str) -> str:
    """An aware time on the clock of `timezone`, with the name of the zone (WIB, WITA, WIT)."""
    local = at.astimezone(ZoneInfo(timezone))
    day = format_date(local.date(), "d MMM y", locale=_BABEL_LOCALES[locale])
    return f"{day} {clock(local.time(), locale)} {local.strftime('%Z')}"


def printable_text(text: str, without: frozenset[str] = frozenset()) -> str:
    """Text that can be set: composed, without control or direction-changing characters.

    Direction overrides could make a signed line read otherwise than it is stored. Line ends stay as "\\n".
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(_printed(character, without) for character in composed)


def _printed(character: str, without: frozenset[str]) -> str:
    if character == "\n":
        return character
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    # Variation selectors only choose the look of an emoji, and no bundled typeface has them.
    if category in ("Cc", "Cf") or "\ufe00" <= character <= "\ufe0f":
        return ""
    if character in without:
        return "" if category.startswith("M") else SUBSTITUTE
    if category in ("Cs", "Co", "Cn"):
        return SUBSTITUTE
    return character
