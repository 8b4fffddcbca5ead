"""The rows that were not imported, as a file to correct and import again."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from flask_babel import force_locale, gettext

from webapp.dapodik.layout import IMPORTED, SHEET_NAME, Column
from webapp.dapodik.reader import RawRow
from webapp.dapodik.rows import Problem
from webapp.dapodik.writer import Record, write_list


def write_failed_rows(
    failed: Iterable[tuple[RawRow, Sequence[Problem]]], locale: str, school_name: str = ""
) -> bytes:
    """An XLSX of rows that have problems: the imported columns as they stood, in Dapodik's layout, between
    the row number of the source (first) and the reasons in `locale` (last).

    Corrected in place, the file can be imported as it is. Text stays text, also when it looks like a formula.
    """
    with force_locale(locale):
        row_column, reason_column = Column(gettext("Row")), Column(gettext("Reason"))
        records = (
            {
                **{column.label: row.values.get(column.field or "") for column in IMPORTED},
                row_column.label: row.number,
                reason_column.label: _sentence(problems),
            }
            for row, problems in failed
        )
        return _bytes(school_name, (row_column, *IMPORTED, reason_column), records)


def _bytes(school_name: str, columns: tuple[Column, ...], records: Iterable[Record]) -> bytes:
    buffer = io.BytesIO()
    hint = gettext("Rows that were not imported. Correct them here and import this file.")
    titles = [SHEET_NAME, school_name, hint]
    write_list(buffer, titles, columns, records, widths={columns[0].label: 8, columns[-1].label: 70})
    return buffer.getvalue()


def _sentence(problems: Sequence[Problem]) -> str:
    return "; ".join(
        f"{problem.label}: {gettext(problem.message_id, **problem.params)}" for problem in problems
    )
