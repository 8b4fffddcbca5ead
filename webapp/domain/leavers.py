"""Who may have left, judged by a list that does not name them: only where the list speaks of their class."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date

from webapp.domain.errors import N_, Invalid
from webapp.domain.words import LEFT_KINDS

#: Class before (None for who is new) and class now ("" for none) -> how many students of the list.
Moves = Mapping[tuple[str | None, str], int]

#: More leavers than one in so many are no ordinary term: a part of the list may be missing.
SUSPICIOUS = 5

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII")
_GRADE = re.compile(r"\b(XIII|XII|XI|IX|X|VIII|VII|VI|IV|V|III|II|I)\b|(\d{1,2})")


def grade(class_name: str) -> int | None:
    """The grade that a class name speaks of first ("X-1", "7B", "Kelas 4"): 1 to 13, or None."""
    found = _GRADE.search(class_name)
    if not found:
        return None
    number = _ROMAN.index(found[1]) + 1 if found[1] else int(found[2])
    return number if 1 <= number <= len(_ROMAN) else None


def covered(moves: Moves, missing: Mapping[str, int]) -> set[str]:
    """The classes of which a list says who is in them; `missing` holds students it does not name, by class.

    - A class that stands in the list.
    - One that does not, when most of its students stand there in another class: it was renamed or split up.
    - One that does not, when the list has several classes and those of its grade are filled with students
      who came up from another grade: a new school year, whose leaving classes are gone.
    """
    named = {now for _, now in moves if now}
    found: Counter[str] = Counter()
    for (before, _now), number in moves.items():
        if before:
            found[before] += number
    result = named | {name for name, number in missing.items() if found[name] > number}
    if len(named) > 1:
        promoted = _promoted_grades(moves)
        result |= {name for name in missing if grade(name) in promoted}
    return result


def _promoted_grades(moves: Moves) -> set[int]:
    from_below: Counter[int] = Counter()
    in_all: Counter[int] = Counter()
    for (before, now), number in moves.items():
        here = grade(now)
        if here is None:
            continue
        in_all[here] += number
        if before and grade(before) not in (here, None):
            from_below[here] += number
    return {here for here, number in from_below.items() if number * 2 > in_all[here]}


def is_suspicious(leavers: int, listed: int) -> bool:
    """Whether so many leavers beside so many students in the list rather mean that the list is not whole."""
    return leavers * SUSPICIOUS > leavers + listed


def check_leaving(kind: str, on: date, *, today: date) -> None:
    """Raise Invalid, naming the field, unless a student can have left like this."""
    if kind not in LEFT_KINDS:
        raise Invalid(N_("Choose how they left."), field="left_kind")
    if on > today:
        raise Invalid(N_("This date lies in the future."), field="left_on")
