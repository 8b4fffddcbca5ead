"""The child process of the reader: it alone parses a file that came from outside.

Run as `python -m webapp.dapodik.sheet PATH`, with what a person said of columns as JSON on its input: it
bounds its own memory, time and output, then prints JSON lines: {"error": …}, or a head and one line per
row. Nothing here imports the rest of the application.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from webapp.dapodik.archive import refuse_unless_workbook
from webapp.dapodik.columns import Columns, MissingColumns, headers_key
from webapp.dapodik.filekind import ENCRYPTED, refuse_unless_zip
from webapp.dapodik.layout import (
    COLUMNS,
    GROUPS,
    IMPORTED,
    LABELS,
    MAX_ROWS,
    NO_HEADERS,
    REQUIRED,
    SHEET_NAME,
    header_key,
)
from webapp.domain.errors import N_, Invalid
from webapp.uploads.archive import DAMAGED

MAX_MEMORY = 1024 * 1024 * 1024  # 100,000 students in 66 columns take half of it
MAX_CPU_SECONDS = 90
MAX_OUTPUT = 400 * 1024 * 1024
MAX_CELL = 1_000
MAX_LABELS = 300  # so many columns can be chosen from by hand
_HEADER_WITHIN = 30  # the header stands in one of the first rows, or nowhere

NO_SHEET = N_('The sheet "%(sheet)s" is missing. The file has: %(found)s.')
NO_ROWS = N_("The file has the right columns but no student: 0 rows.")
TOO_MANY_ROWS = N_("The file has more than %(limit)s students. Split it into smaller files.")


def main(path: str) -> None:
    for kind, limit in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
    try:
        said = json.load(sys.stdin)
        for line in parse(Path(path), said["columns"], said["remembered"]):
            sys.stdout.write(encode(line) + "\n")
    except MissingColumns as error:
        sys.stdout.write(encode({"error": [error.message_id, error.params], "labels": error.labels}) + "\n")
    except Invalid as error:
        sys.stdout.write(encode({"error": [error.message_id, error.params]}) + "\n")
    sys.stdout.flush()


def parse(path: Path, columns: Columns | None, remembered: Mapping[str, Columns]) -> Iterator[Any]:
    """Check the file and yield a head, then rows as [number, values]; Invalid says what is wrong.

    The head is {"school": …, "labels": […], "columns": {field: label}}, and the values of a row stand in the
    order of its columns. `columns` is what a person chose for this file; else `remembered` may hold, by
    headers_key(), what was chosen for the same headers before; else the headers speak for themselves.
    """
    refuse_unless_zip(path)
    refuse_unless_workbook(path)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheet = _find_sheet(workbook)
            yield from _table(_numbered(sheet), sheet.name, columns, remembered)
    except PasswordError as error:
        raise Invalid(ENCRYPTED) from error
    except CalamineError as error:
        raise Invalid(DAMAGED) from error


def _find_sheet(workbook: CalamineWorkbook) -> CalamineSheet:
    wanted = header_key(SHEET_NAME)
    for name in workbook.sheet_names:
        if header_key(name) == wanted:
            return workbook.get_sheet_by_name(name)
    found = ", ".join(name[:60] for name in workbook.sheet_names[:10]) or "-"
    raise Invalid(NO_SHEET, sheet=SHEET_NAME, found=found)


def _numbered(sheet: CalamineSheet) -> Iterator[tuple[int, list[Any]]]:
    """Rows with Excel's row numbers; empty rows and columns in front keep their place."""
    if sheet.start is None:
        return
    yield from enumerate(sheet.iter_rows(), start=1)


def _table(
    rows: Iterator[tuple[int, list[Any]]],
    sheet_name: str,
    chosen: Columns | None,
    remembered: Mapping[str, Columns],
) -> Iterator[Any]:
    top = list(islice(rows, _HEADER_WITHIN))
    at, labels, height = _best_header(top, [*remembered.values(), chosen or {}])
    if chosen is None:
        chosen = remembered.get(headers_key(filter(None, labels)), {})
    places = _places(labels, chosen, sheet_name)
    indexes = list(places.values())
    yield {
        "school": _school_name(row for _, row in top[:at]),
        "labels": _distinct(labels),
        "columns": {field: labels[index] for field, index in places.items()},
    }
    count = 0
    for number, row in _chain(top[at + height :], rows):
        width = len(row)
        values = [_plain(row[index]) if index < width else None for index in indexes]
        if any(value is not None for value in values):
            count += 1
            if count > MAX_ROWS:
                raise Invalid(TOO_MANY_ROWS, limit=MAX_ROWS)
            yield [number, values]
    if not count:
        raise Invalid(NO_ROWS)


def _distinct(labels: list[str]) -> list[str]:
    return list(dict.fromkeys(label for label in labels if label))[:MAX_LABELS]


def _chain(first: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    yield from first
    yield from rest


def _best_header(top: list[tuple[int, list[Any]]], chosen: Sequence[Columns]) -> tuple[int, list[str], int]:
    """(index of the header row, its labels, rows it takes): the row of the top that names most columns; where
    none names any, the first of those with most texts."""
    known = {column.key for column in COLUMNS}
    known |= {header_key(label) for columns in chosen for label in columns.values() if label}
    best: tuple[tuple[int, int], int, list[str], int] = ((0, 1), 0, [], 1)
    for index, (_, row) in enumerate(top):
        below = top[index + 1][1] if index + 1 < len(top) else []
        labels, height = _labels(row, below)
        keys = {header_key(label) for label in labels if label}
        score = (len(known & keys), len(keys))
        if score > best[0]:
            best = (score, index, labels, height)
    return best[1:]


def _labels(row: list[Any], below: list[Any]) -> tuple[list[str], int]:
    """Labels per column, "Group / Header" under a group; and whether one or two rows were header."""
    groups = {header_key(group): group for group in GROUPS}
    if not any(header_key(_text(cell)) in groups for cell in row):
        return [_text(cell) for cell in row], 1
    labels, group = [], ""
    for index, cell in enumerate(row):
        head = _text(cell)
        sub = _text(below[index]) if index < len(below) else ""
        if head:  # a merged title stands in its first column only
            group = groups.get(header_key(head), "")
        labels.append(f"{group} / {sub}" if group and sub else head or sub)
    return labels, 2


def _places(labels: list[str], chosen: Columns, sheet_name: str) -> dict[str, int]:
    """Our field -> index of its column; the first column of a name wins."""
    places: dict[str, int] = {}
    for index, label in enumerate(labels):
        if label:
            places.setdefault(header_key(label), index)
    found, missing = {}, []
    for column in IMPORTED:
        field = column.field or ""
        label = chosen.get(field, column.label)
        index_of = places.get(header_key(label)) if label else None
        if index_of is not None:
            found[field] = index_of
        elif label and field in chosen:
            missing.append(label)
        elif field in REQUIRED:
            missing.append(LABELS[field])
    if missing:
        raise MissingColumns(NO_HEADERS, _distinct(labels), sheet=sheet_name, missing=", ".join(missing))
    return found


def _school_name(above: Iterator[list[Any]]) -> str:
    """The line right below the sheet's own title, or the first line where there is no title."""
    lines = [next((_text(cell) for cell in row if _text(cell)), "") for row in above]
    titles = [index for index, line in enumerate(lines) if header_key(line) == header_key(SHEET_NAME)]
    return next(iter(lines[titles[0] + 1 :] if titles else filter(None, lines)), "")


def _text(cell: Any) -> str:
    return " ".join(cell.split())[:200] if isinstance(cell, str) else ""


def _plain(cell: Any) -> Any:
    """A cell as JSON: text, number, bool, {"date": ISO}, or None where it is blank."""
    if isinstance(cell, str):
        return cell.strip()[:MAX_CELL] or None
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return str(cell)
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, int) or cell is None:
        return cell
    if isinstance(cell, datetime):
        cell = cell.date()
    return {"date": cell.isoformat()} if isinstance(cell, date) else str(cell)


if __name__ == "__main__":
    main(sys.argv[1])
