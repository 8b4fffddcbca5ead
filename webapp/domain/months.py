"""Months of a calendar: the weeks that a month's page shows, and the moments between which it lies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from babel.dates import format_date

from webapp.domain.dates import zone

_WRITTEN = re.compile(r"(2[01]\d\d)-(0[1-9]|1[0-2])")
_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Month:
    """One month of one year; written `2026-11` in an address."""

    year: int
    number: int

    @classmethod
    def of(cls, on: date) -> Month:
        """The month that a day belongs to."""
        return cls(on.year, on.month)

    @classmethod
    def parse(cls, text: str) -> Month | None:
        """The month as written by str(), of the years 2000 to 2199; None for anything else."""
        found = _WRITTEN.fullmatch(text)
        return None if found is None else cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    def label(self, locale: str) -> str:
        """`November 2026`."""
        return format_date(self.first, "MMMM y", locale=locale)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def following(self) -> Month:
        """The month after it."""
        return Month.of(self.first + 31 * _DAY)

    @property
    def previous(self) -> Month:
        """The month before it."""
        return Month.of(self.first - _DAY)

    def weeks(self) -> list[list[date]]:
        """Its weeks from Monday to Sunday, with the days of its neighbours that complete them."""
        day = self.first - self.first.weekday() * _DAY
        weeks = []
        while day < self.following.first:
            weeks.append([day + number * _DAY for number in range(7)])
            day += 7 * _DAY
        return weeks

    def span(self, tz: str) -> tuple[datetime, datetime]:
        """The moment at which it begins on the clocks of `tz`, and the one at which the next begins."""
        first, last = (
            datetime.combine(month.first, time(), tzinfo=zone(tz)) for month in (self, self.following)
        )
        return first, last
