"""How a behaviour went over time: the same picture on the case's page and in its progress report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from babel.dates import format_date

from webapp.reports.charts import Chart, ChartRow, line_chart

HIGHEST = 5
_BABEL_LOCALES = {"id": "id_ID", "en": "en_GB"}


def course(title: str, observed: Sequence[tuple[date, int]], locale: str) -> Chart:
    """Observations (day, value from 1 to 5), oldest first, as a line up to 5, and as rows by day."""
    rows = [
        ChartRow(format_date(on, "d MMM yy", locale=_BABEL_LOCALES[locale]), value) for on, value in observed
    ]
    return line_chart(title, rows, locale, most=HIGHEST)


class Watched(Protocol):
    """A behaviour with what was observed of it."""

    @property
    def id(self) -> int: ...
    @property
    def behaviour(self) -> str: ...
    @property
    def course(self) -> Sequence[tuple[date, int]]: ...


def courses(watched: Iterable[Watched], locale: str) -> dict[int, Chart]:
    """The course of each behaviour that was observed at all, by its id."""
    return {one.id: course(one.behaviour, one.course, locale) for one in watched if one.course}
