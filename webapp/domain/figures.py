"""Figures of schools without names: the periods they are counted over, and small numbers kept unrecognisable.

A count of one to four could point at a child: it is shown as `<5`. Nothing that would let it be worked out
again is shown either: no share of fewer than five, no total from which one hidden count could be subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from webapp.domain.calendar import DEFAULT_START_MONTH, school_year_start
from webapp.domain.vocabulary import Term, Vocabulary

SMALLEST_SHOWN = 5

PERIODS = Vocabulary(
    Term("month", "Bulan ini", "This month"),
    Term("quarter", "3 bulan terakhir", "Last 3 months"),
    Term("year", "Tahun ajaran ini", "This school year"),
)


def period_days(period: str, today: date, start_month: int = DEFAULT_START_MONTH) -> tuple[date, date]:
    """First day of a period, and the first day after it; whole months, so that what is planned counts too."""
    this_month = today.replace(day=1)
    if period == "year":
        first = school_year_start(today, start_month)
        return date(first, start_month, 1), date(first + 1, start_month, 1)
    return (this_month if period == "month" else months_from(this_month, -2)), months_from(this_month, 1)


def months_from(month: date, months: int) -> date:
    """The first day of the month so many months away."""
    years, index = divmod(month.month - 1 + months, 12)
    return date(month.year + years, index + 1, 1)


def is_small(count: int) -> bool:
    """Whether a count must be hidden; nothing at all is no secret."""
    return 0 < count < SMALLEST_SHOWN


def shown(count: int) -> str:
    """The count as it may be read: `0`, `<5`, `5`, …"""
    return f"<{SMALLEST_SHOWN}" if is_small(count) else str(count)


def share(part: int, base: int) -> int | None:
    """Percentage of `base`; None where the base is too small to be spoken of."""
    return None if base < SMALLEST_SHOWN else round(100 * part / base)


def total(counts: Sequence[int], *, whole: bool) -> str:
    """The sum of a column as it may be read, given the counts of which the small ones are hidden.

    `whole`: these are all schools. Sums of parts of them would give a hidden count away by subtraction, and
    so would a sum over one hidden count, or over counts that can only all be the least or the most.
    """
    hidden = [count for count in counts if is_small(count)]
    known = sum(counts) - sum(hidden)
    if not hidden:
        return str(known)
    most = SMALLEST_SHOWN - 1
    ambiguous = len(hidden) > 1 and len(hidden) < sum(hidden) < most * len(hidden)
    if whole and ambiguous:
        return shown(known + sum(hidden))
    return f"≥{known + len(hidden)}"
