"""Writing a list of students in Dapodik's layout: title lines, two header rows, data from row 7."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from webapp.dapodik.layout import HEADER_ROW, SHEET_NAME, Column
from webapp.reports.xlsx import Sheet, writing

Record = Mapping[str, Any]  # Column.label -> cell


def write_list(
    target: Path | BinaryIO,
    title_lines: Sequence[str],
    columns: Sequence[Column],
    records: Iterable[Record],
    *,
    widths: Mapping[str, float] | None = None,
) -> None:
    """Write the sheet; `title_lines` (at most four) stand above the headers, the school's name second."""
    with writing(target) as book:
        sheet = book.sheet(SHEET_NAME)
        sheet.widths((widths or {}).get(column.label, 16) for column in columns)
        for line in title_lines:
            sheet.row([line])
        sheet.skip(HEADER_ROW - 1 - len(title_lines))
        _write_headers(sheet, columns)
        for record in records:
            sheet.row([record.get(column.label) for column in columns])


def _write_headers(sheet: Sheet, columns: Sequence[Column]) -> None:
    heads: list[str | None] = []
    for index, column in enumerate(columns):
        starts_group = index == 0 or columns[index - 1].group != column.group
        heads.append((column.group if starts_group else None) if column.group else column.header)
    for group in dict.fromkeys(column.group for column in columns if column.group):
        inside = [index for index, column in enumerate(columns) if column.group == group]
        if len(inside) > 1:
            sheet.merge_in_next_row(inside[0], inside[-1], group)
            heads[inside[0]] = None
    sheet.row(heads, bold=True)
    sheet.row([column.header if column.group else None for column in columns], bold=True)
