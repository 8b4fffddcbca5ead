"""XLSX files written safely: text stays text, whatever it looks like, and memory stays flat.

Every workbook that Pamong hands out is written through `Book`. A value's Python type decides the
type of its cell; no string ever becomes a formula, a link or a number, and one that begins like a
formula carries Excel's own "this is text" mark, so that editing the cell does not wake it.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_TEXT = 32_767  # an Excel cell holds no more
_FORMULA_START = re.compile(r"\s*[=+\-@＝＋－＠|%]|[\t\r\n]")
# What XML 1.0 cannot carry; Excel calls a file with these damaged.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Sheet:
    """A sheet that is written from top to bottom; rows already passed cannot be changed."""

    def __init__(self, worksheet: Worksheet, book: Book) -> None:
        self.worksheet = worksheet
        self._book = book
        self._next = 0
        self._styles: dict[tuple[bool, bool], _Styles] = {}

    def row(self, values: Sequence[Any], *, bold: bool = False, wrap: bool = False) -> None:
        """Write the next row: str, int, float, bool, date, datetime or None, each as its own type.

        Aware datetimes are shown in the book's time zone. Other types raise TypeError.
        """
        styles = self._styles.get((bold, wrap))
        if styles is None:
            styles = self._styles[bold, wrap] = _Styles(self._book, bold, wrap)
        row, write_string = self._next, self.worksheet.write_string
        for column, value in enumerate(values):
            if isinstance(value, str):  # most cells of a long list, so the short way
                text = value if value.isprintable() and len(value) <= MAX_TEXT else clean_text(value)
                if text[:1].isalpha():
                    style = styles.words
                else:
                    style = styles.marked if _FORMULA_START.match(text) else styles.text
                write_string(row, column, text, style)
            elif value is not None:
                self._cell(row, column, value, styles)
        self._next += 1

    def skip(self, rows: int = 1) -> None:
        self._next += rows

    def merge_in_next_row(self, first: int, last: int, text: str) -> None:
        """Put a bold text over the columns `first` to `last` (from 0) of the row written next."""
        style = self._book.style(text=True, bold=True, centre=True)
        # The merge itself gets no text: xlsxwriter's merge_range would guess a type from it.
        self.worksheet.merge_range(self._next, first, self._next, last, "", style)
        self.worksheet.write_string(self._next, first, clean_text(text), style)

    def widths(self, widths: Iterable[float]) -> None:
        """Column widths in characters, from the first column on; say them before the first row."""
        for column, width in enumerate(widths):
            self.worksheet.set_column(column, column, width)

    def freeze(self, rows: int, columns: int = 0) -> None:
        self.worksheet.freeze_panes(rows, columns)

    def _cell(self, row: int, column: int, value: Any, styles: _Styles) -> None:
        write = self.worksheet
        if isinstance(value, float) and not math.isfinite(value):
            return  # Excel has no infinite number; blank is the honest cell
        if isinstance(value, bool):
            write.write_boolean(row, column, value, styles.plain)
        elif isinstance(value, int | float):
            write.write_number(row, column, value, styles.plain)
        elif isinstance(value, datetime):
            write.write_datetime(row, column, self._book.local(value), styles.moment)
        elif isinstance(value, date):
            write.write_datetime(row, column, value, styles.day)
        else:
            raise TypeError(f"no cell type for {type(value).__name__}")


class _Styles:
    """The formats of one kind of row, looked up once and not for every cell."""

    def __init__(self, book: Book, bold: bool, wrap: bool) -> None:
        self.plain = book.style(bold=bold)
        self.words = book.style(bold=bold, wrap=wrap)
        # "@" is Excel's text format: a number with leading zeros stays as it is when edited.
        self.text = book.style("@", bold=bold, wrap=wrap)
        self.marked = book.style("@", text=True, bold=bold, wrap=wrap)
        self.day = book.style("dd/mm/yyyy", bold=bold)
        self.moment = book.style("dd/mm/yyyy hh:mm", bold=bold)


class Book:
    """A workbook under construction; made by `writing` or `to_bytes`."""

    def __init__(self, workbook: xlsxwriter.Workbook, zone: tzinfo | None) -> None:
        self._workbook = workbook
        self._zone = zone
        self._styles: dict[tuple[Any, ...], Format] = {}

    def sheet(self, name: str) -> Sheet:
        """Add a sheet; Excel's forbidden signs in the name are replaced and it is cut at 31 characters."""
        safe = re.sub(r"[\[\]:*?/\\]", "-", clean_text(name)).strip("'")[:31] or "Sheet"
        return Sheet(self._workbook.add_worksheet(safe), self)

    def local(self, moment: datetime) -> datetime:
        """The moment as a wall clock in the book's zone: Excel knows no zones."""
        if moment.tzinfo is None:
            return moment
        return moment.astimezone(self._zone).replace(tzinfo=None)

    def style(
        self,
        number: str = "",
        *,
        text: bool = False,
        bold: bool = False,
        wrap: bool = False,
        centre: bool = False,
    ) -> Format | None:
        """The cell format with these properties, made once per book."""
        key = (number, text, bold, wrap, centre)
        if not any(key):
            return None
        if key not in self._styles:
            made = self._workbook.add_format()
            if number:
                made.set_num_format(number)
            if text:
                made.set_quote_prefix()
            if bold:
                made.set_bold()
            if wrap:
                made.set_text_wrap()
                made.set_align("top")
            if centre:
                made.set_align("center")
            self._styles[key] = made
        return self._styles[key]


@contextmanager
def writing(target: Path | BinaryIO, *, zone: tzinfo | None = None) -> Iterator[Book]:
    """Write a workbook to a path or an open binary file; complete once the block ends without error."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target if not isinstance(target, Path) else str(target), options) as workbook:
        yield Book(workbook, zone)


def write_table(book: Book, sheet_name: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add a sheet that is a plain table: one bold header row, frozen, then the rows as they come."""
    sheet = book.sheet(sheet_name)
    sheet.widths(max(12, min(40, len(header) + 4)) for header in headers)
    sheet.freeze(1)
    sheet.row(headers, bold=True)
    for row in rows:
        sheet.row(row)


def table_bytes(
    sheet_name: str, headers: Sequence[str], rows: Iterable[Sequence[Any]], *, zone: tzinfo | None = None
) -> bytes:
    """A plain table (one bold header row, frozen) as the bytes of an XLSX file."""
    buffer = io.BytesIO()
    with writing(buffer, zone=zone) as book:
        write_table(book, sheet_name, headers, rows)
    return buffer.getvalue()


def clean_text(value: str) -> str:
    """The text as an Excel cell can hold it: no characters that XML forbids, at most 32,767 long."""
    return _NOT_XML.sub("", value)[:MAX_TEXT]
