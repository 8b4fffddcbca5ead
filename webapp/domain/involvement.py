"""How far people take part in conferences: who was invited, answered and came, what was promised and kept.

A school reads its own figures as they are. In a district's figures a conference may stand for one child, so
what fewer than five conferences stand behind is not shown, and neither is what it could be worked out from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from operator import add

from webapp.domain.figures import SMALLEST_SHOWN, months_from
from webapp.domain.vocabulary import Term, Vocabulary

MONTHS = 12

MEASURES = Vocabulary(
    Term("invited", "Diundang", "Invited"),
    Term("answered", "Menjawab", "Answered"),
    Term("came", "Hadir", "Came"),
    Term("promised", "Komitmen diminta", "Promises asked for"),
    Term("accepted", "Komitmen diterima", "Promises accepted"),
    Term("kept", "Komitmen ditepati", "Promises kept"),
)
SHARES = {"answered": "invited", "came": "invited", "accepted": "promised", "kept": "promised"}
"""Measure -> the measure that it is a part of."""


@dataclass(frozen=True)
class Involvement:
    """Conferences held, those invited to them (walk-ins apart) and the promises made in them (waived ones
    apart), each counted where it stands today."""

    held: int = 0
    invited: int = 0
    answered: int = 0
    came: int = 0
    promised: int = 0
    accepted: int = 0
    kept: int = 0

    def __add__(self, other: Involvement) -> Involvement:
        return Involvement(*map(add, astuple(self), astuple(other)))

    def count(self, measure: str) -> int:
        """One of MEASURES."""
        found: int = getattr(self, measure)
        return found

    def share(self, measure: str) -> int | None:
        """One of SHARES in whole per cent; None where there is nothing that it could be a part of."""
        base = self.count(SHARES[measure])
        return round(100 * self.count(measure) / base) if base else None


def last_months(today: date) -> list[date]:
    """First days of the last twelve months, the present one last."""
    return [months_from(today.replace(day=1), -back) for back in range(MONTHS - 1, -1, -1)]


def is_small(row: Involvement) -> bool:
    """Whether so few conferences stand behind it that it may speak of one child."""
    return 0 < row.held < SMALLEST_SHOWN


def hidden(rows: Sequence[Involvement]) -> frozenset[int]:
    """Which rows of a table that has a total are not shown.

    The small ones; and, where their sum would still say too much (it is what the total has more than the
    rows that are shown), the next smallest as well, until at least two rows and five conferences stand
    behind it or nothing is left to hide.
    """
    found = {index for index, row in enumerate(rows) if is_small(row)}
    others = sorted(
        (index for index, row in enumerate(rows) if row.held and index not in found),
        key=lambda index: rows[index].held,
    )
    while found and others and (len(found) < 2 or sum(rows[index].held for index in found) < SMALLEST_SHOWN):
        found.add(others.pop(0))
    return frozenset(found)
