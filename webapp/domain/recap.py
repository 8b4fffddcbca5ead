"""The monthly recap of a counsellor: how often each service was carried out in each week, and its hours.

A record of activity. Since 2018 the workload that counts in law is that of class groups, so it proves none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.domain.months import Month
from webapp.domain.words import COUNTED_ACTIVITIES

ROMAN = ("I", "II", "III", "IV", "V")
_FEW_DAYS = 3


@dataclass(frozen=True)
class Week:
    """One column of the recap: from `first` to `last`, both within the month."""

    name: str
    first: date
    last: date

    @property
    def days(self) -> str:
        """`23–29`, or `30` where it is one day."""
        return f"{self.first.day}–{self.last.day}" if self.last > self.first else str(self.first.day)

    def __contains__(self, on: date) -> bool:
        return self.first <= on <= self.last


@dataclass(frozen=True)
class Counted:
    """Executions of one service on one day: how many, and the quarters of lesson hours they counted with."""

    service: str
    on: date
    times: int
    quarters: int


@dataclass(frozen=True)
class Cell:
    """How often, and the lesson hours."""

    times: int = 0
    hours: Decimal = Decimal(0)


@dataclass(frozen=True)
class Row:
    """One service: a cell per week, and their sum."""

    service: str
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True)
class Recap:
    """A month: its weeks, a row for every service that counts, and the sums below."""

    month: Month
    weeks: tuple[Week, ...]
    rows: tuple[Row, ...]
    sums: tuple[Cell, ...]
    total: Cell


def weeks_of(month: Month) -> tuple[Week, ...]:
    """The weeks I to IV or V of a month; every day of it lies in exactly one.

    They run from Monday to Sunday as school weeks do, cut at the month's first and last day. A month that
    begins on a Friday, Saturday or Sunday has no school week of its own before its first Monday: those days
    go with the week that follows, and so no month has a sixth.
    """
    found = [[day for day in week if Month.of(day) == month] for week in month.weeks()]
    if len(found[0]) <= _FEW_DAYS:
        found[:2] = [found[0] + found[1]]
    return tuple(Week(name, days[0], days[-1]) for name, days in zip(ROMAN, found, strict=False))


def recap(month: Month, counted: Iterable[Counted]) -> Recap:
    """What was counted in a month, by service and week; days of other months are left out."""
    counted = list(counted)
    weeks = weeks_of(month)
    rows = tuple(
        _row(service, weeks, [item for item in counted if item.service == service])
        for service in COUNTED_ACTIVITIES.keys
    )
    sums = tuple(_sum(row.cells[number] for row in rows) for number in range(len(weeks)))
    return Recap(month, weeks, rows, sums, _sum(sums))


def _row(service: str, weeks: tuple[Week, ...], counted: list[Counted]) -> Row:
    cells = tuple(_sum(_cell(item) for item in counted if item.on in week) for week in weeks)
    return Row(service, cells, _sum(cells))


def _cell(item: Counted) -> Cell:
    return Cell(item.times, Decimal(item.quarters) / 4)


def _sum(cells: Iterable[Cell]) -> Cell:
    cells = list(cells)
    return Cell(sum(cell.times for cell in cells), sum((cell.hours for cell in cells), Decimal(0)))
