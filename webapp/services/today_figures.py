"""The cases of a school as figures, for Today."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Date, cast, func, select

from webapp import tenancy
from webapp.domain import words
from webapp.models.cases import Case
from webapp.tenancy import Actor

MONTHS = 6


@dataclass(frozen=True)
class CaseFigures:
    """Cases that the reader may know of: by status, open ones by field, opened per month (first days)."""

    by_status: dict[str, int]
    by_field: dict[str, int]
    by_month: tuple[tuple[date, int], ...]

    @property
    def open(self) -> int:
        """Not closed: what the register calls open, those in monitoring with them."""
        return sum(count for status, count in self.by_status.items() if status != "closed")


def of_cases(actor: Actor) -> CaseFigures:
    """One pass over the cases that the reader may know of."""
    month = func.date_trunc("month", Case.opened_on)
    rows = tenancy.session.execute(
        select(Case.status, Case.field, cast(month, Date), func.count())
        .where(Case.school_id == actor.school_id)
        .group_by(Case.status, Case.field, month)
    )
    by_status: Counter[str] = Counter()
    by_field: Counter[str] = Counter()
    opened: Counter[date] = Counter()
    for status, field, opened_in, number in rows:
        by_status[status] += number
        opened[opened_in] += number
        if status != "closed":
            by_field[field] += number
    return CaseFigures(
        dict(by_status),
        {key: by_field[key] for key in words.FIELDS.keys},
        tuple((first, opened[first]) for first in _last_months(actor.today)),
    )


def _last_months(today: date) -> list[date]:
    first = today.replace(day=1)
    months = [first]
    while len(months) < MONTHS:
        first = (first - timedelta(days=1)).replace(day=1)
        months.append(first)
    return months[::-1]
