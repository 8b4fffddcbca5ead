"""A paper: what reports, letters and forms of all services are made of.

Its words are chosen when the data are collected, in the language of the document, and frozen with them: a
service that is declared tomorrow needs no template of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from webapp.reports.letterhead import Letterhead, Signatory


@dataclass(frozen=True)
class Fact:
    """A labelled value; an empty one prints a dash, and in a form (`for_pen`) a line to write on."""

    label: str
    value: str = ""
    for_pen: bool = False


def filled(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Those with a value: a report tells what is known, and leaves out what nobody wrote."""
    return tuple(fact for fact in facts if fact.value)


@dataclass(frozen=True)
class Grid:
    """A table; its lines are numbered, save that of the sums. `widths` are shares of the width, one per
    column; `pen_rows` are empty lines to write on, below the others."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    pen_rows: int = 0
    sums: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it, in this order; with nothing under it the paper says so.

    `ticks` are answers with a box before each, `pen_lines` empty lines to write on. `note` stands small at
    the right of a part's heading, such as its day. `picture` is an SVG, `picture_says` its words.
    """

    heading: str = ""
    facts: tuple[Fact, ...] = ()
    texts: tuple[str, ...] = ()
    grid: Grid | None = None
    ticks: tuple[str, ...] = ()
    pen_lines: int = 0
    parts: tuple[Section, ...] = ()
    note: str = ""
    picture: bytes = b""
    picture_says: str = ""


@dataclass(frozen=True)
class Signer:
    """Who signs, and the words above: "Mengetahui," or place and day."""

    above: str
    person: Signatory


@dataclass(frozen=True)
class Address:
    """The head of a letter: to whom it goes, the name in the first line, and about what."""

    subject: str
    recipient: tuple[str, ...]
    enclosures: str = ""


@dataclass(frozen=True)
class Slip:
    """A strip below the letter, to be torn off and given back; `pens` are labels of lines for a pen."""

    title: str
    sections: tuple[Section, ...]
    pens: tuple[str, ...]


@dataclass(frozen=True)
class Paper:
    """A report, a letter (with an `address`) or a form.

    number: empty leaves a line for a pen, None prints no such line. case_number stands in the head of every
    page: empty where outsiders read it. confidential: the words at the foot. held_on: the day that the paper
    is about. Signers stand side by side, two to a row.
    """

    letterhead: Letterhead
    number: str | None
    case_number: str
    held_on: date
    timezone: str
    frozen_at: datetime
    sections: tuple[Section, ...]
    signers: tuple[Signer, ...] = ()
    address: Address | None = None
    closing: str = ""
    confidential: str = ""
    slip: Slip | None = None
    template_version: int = 1
