"""Patterns for the numbers of cases and letters.

A pattern is text with tokens in braces: `{nomor}` or `{nomor:03}` (the running number, padded), `{kode}`,
`{unit}`, `{jenis}` (the short code of the kind of letter), `{bulan_romawi}`, `{bulan}`, `{tahun}`,
`{tahun_ajaran}`. Everything else stands as it is written.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from webapp.domain.calendar import DEFAULT_START_MONTH, school_year, school_year_start
from webapp.domain.dates import ROMAN_MONTHS
from webapp.domain.errors import N_, Invalid

DEFAULT_CASE_PATTERN = "K-{tahun}-{nomor:03}"
DEFAULT_LETTER_PATTERN = "{nomor:03}/{jenis}/{bulan_romawi}/{tahun}"
TOKENS = ("nomor", "kode", "unit", "jenis", "bulan", "bulan_romawi", "tahun", "tahun_ajaran")
LETTER_CODES = {
    "invitation": "UND",
    "visit_assignment": "ST",
    "visit_notice": "PEM",
    "advocacy_letter": "ADV",
    "referral_letter": "RUJ",
}
"""Kind of letter -> what stands for `{jenis}` in its number."""
LETTER_KINDS = tuple(LETTER_CODES)
"""Kinds of letter that bear a number; each is counted by itself, and may have a pattern of its own."""
LONGEST_PATTERN = 80
MODES = ("pattern", "hand", "blank")
"""How a letter gets its number: counted by the pattern, written by a person, or left to a pen."""

_TOKEN = re.compile(r"\{([^{}]*)\}")
_PADDED = re.compile(r"nomor:0?([1-9])")


def check_pattern(pattern: str, *, field: str = "pattern") -> None:
    """Raise Invalid, naming the token, for a pattern that could not be rendered or would repeat numbers."""
    if len(pattern) > LONGEST_PATTERN:
        message = N_("A number pattern has at most %(limit)s characters.")
        raise Invalid(message, field=field, limit=LONGEST_PATTERN)
    if not pattern.isprintable():
        raise Invalid(N_("A number pattern stands on one line."), field=field)
    tokens = _TOKEN.findall(pattern)
    for token in tokens:
        if token not in TOKENS and not _PADDED.fullmatch(token):
            message = N_("The number pattern has an unknown token: {%(token)s}")
            raise Invalid(message, field=field, token=token)
    if re.search(r"[{}]", _TOKEN.sub("", pattern)):
        raise Invalid(N_("The number pattern has a brace without its partner."), field=field)
    if not any(token.partition(":")[0] == "nomor" for token in tokens):
        raise Invalid(N_("The number pattern needs the running number: {nomor}"), field=field)


def render(
    pattern: str,
    *,
    number: int,
    on: date,
    code: str = "",
    unit: str = "",
    kind: str = "",
    year: int | None = None,
    start_month: int = DEFAULT_START_MONTH,
) -> str:
    """The number that a document issued on `on` bears; `year` stands for `{tahun}` (default: of `on`)."""
    check_pattern(pattern)
    if number < 1:
        raise Invalid(N_("A running number starts at 1."), field="number")
    values = {
        "nomor": str(number),
        "kode": code,
        "unit": unit,
        "jenis": LETTER_CODES.get(kind, ""),
        "bulan": f"{on.month:02d}",
        "bulan_romawi": ROMAN_MONTHS[on.month - 1],
        "tahun": f"{on.year if year is None else year:04d}",
        "tahun_ajaran": school_year(on, start_month),
    }

    def fill(found: re.Match[str]) -> str:
        padded = _PADDED.fullmatch(found[1])
        return str(number).zfill(int(padded[1])) if padded else values[found[1]]

    return _TOKEN.sub(fill, pattern)


def alike(patterns: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """Groups of kinds whose letters can bear the same number: their patterns (by kind) render alike."""
    groups: dict[str, list[str]] = defaultdict(list)
    for kind, pattern in patterns.items():
        told = pattern.replace("{jenis}", LETTER_CODES.get(kind, ""))
        # However it is padded, one number grows into the other.
        groups[re.sub(r"\{nomor:0?[1-9]\}", "{nomor}", told)].append(kind)
    return tuple(tuple(kinds) for kinds in groups.values() if len(kinds) > 1)


def check_written(number: str) -> str:
    """A number that a person wrote for one letter, tidied; Invalid when it is none or stands on no line."""
    tidy = " ".join(number.split())
    if not tidy:
        raise Invalid(N_("Write the number of the letter."), field="number")
    if len(tidy) > LONGEST_PATTERN or not tidy.isprintable():
        message = N_("A letter's number stands on one line of at most %(limit)s characters.")
        raise Invalid(message, field="number", limit=LONGEST_PATTERN)
    return tidy


def case_number(
    number: int, on: date, *, pattern: str = DEFAULT_CASE_PATTERN, start_month: int = DEFAULT_START_MONTH
) -> str:
    """Number of the `number`-th case of the school year holding `on`; `{tahun}` is its first year."""
    year = school_year_start(on, start_month)
    return render(pattern, number=number, on=on, year=year, start_month=start_month)
