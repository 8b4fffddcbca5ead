"""What an import did so far, in figures that grow chunk by chunk and survive the process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from webapp.dapodik.rows import Problem

OUTCOMES = ("created", "updated", "unchanged", "failed")
NAMED_ROWS = 12
MOST_MOVES = 2000
MOST_WARNINGS = 200

#: Class before (None for who is new) and class now ("" for none) -> how many students.
Moves = Mapping[tuple[str | None, str], int]


class Tally:
    """Outcomes, kinds of warnings with their first rows, and how many came from which class into which.

    `moves` is None where the file names more pairs of classes than any school has.
    """

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self.outcomes = Counter({name: stored.get(name, 0) for name in OUTCOMES})
        self._warnings: dict[tuple[str, str], list[Any]] = {
            (label, message_id): [number, list(first)]
            for label, message_id, number, first in stored.get("warnings", ())
        }
        moves = stored.get("moves", [])
        self.moves: Counter[tuple[str | None, str]] | None = (
            None if moves is None else Counter({(old, new): number for old, new, number in moves})
        )

    def add(self, row_no: int, outcome: str, warnings: tuple[Problem, ...]) -> None:
        """Count one row."""
        self.outcomes[outcome] += 1
        for label, message_id, _params in warnings:
            if (label, message_id) not in self._warnings and len(self._warnings) >= MOST_WARNINGS:
                continue
            entry = self._warnings.setdefault((label, message_id), [0, []])
            entry[0] += 1
            if len(entry[1]) < NAMED_ROWS:
                entry[1].append(row_no)

    def move(self, before: str | None, now: str) -> None:
        """Count one student of the file by class."""
        if self.moves is not None:
            self.moves[before, now] += 1
            if len(self.moves) > MOST_MOVES:
                self.moves = None

    def stored(self) -> dict[str, Any]:
        """As JSON that the constructor reads again."""
        return {
            **{name: self.outcomes[name] for name in OUTCOMES},
            "warnings": [[*key, number, first] for key, (number, first) in self._warnings.items()],
            "moves": None
            if self.moves is None
            else [[old, new, number] for (old, new), number in self.moves.items()],
        }
