"""The monthly recap as a workbook: one sheet, two rows of headings, a row per service, the sums below."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from webapp.domain.recap import Cell, Recap
from webapp.domain.words import COUNTED_ACTIVITIES
from webapp.reports import xlsx
from webapp.reports.wording import wording

KIND = "recap"


def recap_bytes(
    found: Recap,
    *,
    school: str,
    title: str,
    counsellor: str,
    month: str,
    notes: Iterable[str],
    locale: str,
) -> bytes:
    """The bytes of the XLSX file; `title` says what the counsellor is, `month` is as people write it."""
    t = wording(KIND, locale)
    services = dict(COUNTED_ACTIVITIES.choices(locale))
    buffer = io.BytesIO()
    with xlsx.writing(buffer) as book:
        sheet = book.sheet(month)
        spans = [f"{t['week']}\N{NO-BREAK SPACE}{week.name} ({week.days})" for week in found.weeks]
        sheet.widths([30, *[11] * (2 * len(spans) + 2)])
        for label, value in ((school, None), (title, counsellor), (t["month"], month)):
            sheet.row([label, value], bold=value is None)
        sheet.skip()
        for number, text in enumerate((*spans, t["total"])):
            sheet.merge_in_next_row(1 + 2 * number, 2 + 2 * number, text)
        sheet.row([t["activity"]], bold=True)
        sheet.row([None, *[t["frequency"], "JP"] * (len(spans) + 1)], bold=True)
        for row in found.rows:
            sheet.row([services[row.service], *_figures((*row.cells, row.total))])
        sheet.row([t["total"], *_figures((*found.sums, found.total))], bold=True)
        sheet.skip()
        for note in notes:
            sheet.row([note])
    return buffer.getvalue()


def _figures(cells: Iterable[Cell]) -> Iterator[float]:
    for cell in cells:
        yield cell.times
        yield float(cell.hours)
