"""CSV that a spreadsheet cannot mistake for a program."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

# A formula may begin a cell, or what a spreadsheet set to another separator takes for one: that
# reader splits inside our quotes. Full-width signs are read as formulas by some East Asian builds.
_FORMULA = re.compile(r"(^|[;\t\r\n])(\s*)(?=[=+\-@＝＋－＠|%])")
_LEADING_CONTROL = re.compile(r"^[\t\r\n]")


def escape_cell(value: Any) -> str:
    """One value as CSV text: dates as ISO, None as "", numbers as they are, text never a formula.

    Text that a spreadsheet could run gets an apostrophe in front of the dangerous sign.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value).replace("\x00", "")
    escaped = _FORMULA.sub(r"\1\2'", text)
    return f"'{escaped}" if _LEADING_CONTROL.match(escaped) else escaped


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The rows as CSV lines, one at a time, every cell escaped and quoted; the first line carries the
    mark by which Excel knows that the file is UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    buffer.write("\ufeff")
    for row in rows:
        writer.writerow([escape_cell(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
