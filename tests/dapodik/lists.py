"""Lists of students made for a test: sound ones, and ones bent in a chosen way."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from webapp.dapodik.layout import COLUMNS, SHEET_NAME, Column
from webapp.dapodik.reader import RawRow, reading
from webapp.dapodik.rows import RowProblems, StudentRow, parse_rows
from webapp.dapodik.writer import write_list
from webapp.reports.xlsx import writing

TODAY = date(2026, 8, 3)
TITLES = (SHEET_NAME, "SMP Contoh Rekaan")


def record(**cells: Any) -> dict[str, Any]:
    """A sound student as a record; keyword names are labels with "_" for space ("Tanggal_Lahir")."""
    sound = {
        "Nama": "Melati Senja Rekaan",
        "NIPD": "2600001",
        "JK": "P",
        "NISN": "0999000001",
        "Tanggal Lahir": "2012-03-04",
        "Rombel Saat Ini": "VII-1",
    }
    return sound | {label.replace("_", " "): cell for label, cell in cells.items()}


def write(path: Path, records: Sequence[dict[str, Any]], columns: Sequence[Column] = COLUMNS) -> Path:
    write_list(path, TITLES, columns, records)
    return path


def write_rows(path: Path, rows: Sequence[Sequence[Any]], sheet_name: str = SHEET_NAME) -> Path:
    """A workbook with exactly these cells; None rows and cells stay empty."""
    with writing(path) as book:
        sheet = book.sheet(sheet_name)
        for row in rows:
            sheet.row(row)
    return path


def write_as_excel(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    """The list as Excel saves it: texts in the shared table, header cells merged downwards."""
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet(SHEET_NAME)
        for row, line in enumerate(TITLES):
            sheet.write_string(row, 0, line)
        for index, column in enumerate(COLUMNS):
            if column.group is None:
                sheet.merge_range(4, index, 5, index, column.header)
            else:
                sheet.write_string(5, index, column.header)
                if COLUMNS[index - 1].group != column.group:
                    sheet.merge_range(4, index, 4, index + 5, column.group)
        for row, item in enumerate(records, start=6):
            for index, column in enumerate(COLUMNS):
                cell = item.get(column.label)
                if isinstance(cell, str):
                    sheet.write_string(row, index, cell)
                elif cell is not None:
                    sheet.write_number(row, index, cell)
    return path


@dataclass(frozen=True)
class Read:
    """A file as read, all of it in memory."""

    school_name: str
    labels: list[str]
    columns: dict[str, str]
    rows: list[RawRow]


def read_file(path: Path, columns: dict[str, str] | None = None, remembered: Any = None) -> Read:
    with reading(path, columns, remembered) as table:
        return Read(table.school_name, table.labels, table.columns, list(table.rows()))


def imported(path: Path) -> tuple[list[StudentRow], list[RowProblems]]:
    return parse_rows(read_file(path).rows, TODAY)


def repack(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The workbook with every part passed through `change(name, content)`."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, change(name, content))
    return path
