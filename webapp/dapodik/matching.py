"""Which student of the school a row is: by NISN, then NIPD, then name and birth date; never by guess."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from webapp.dapodik.layout import FIELDS, LABELS
from webapp.dapodik.rows import Problem, StudentRow
from webapp.domain.errors import N_

_NAMED_ROWS = 6  # a file that repeats one student a thousand times gets short reasons all the same


@dataclass(frozen=True, slots=True)
class Identity:
    """What a row, or a student of the school, is told apart by; `number` is the row's number or the
    student's id, and "" (None for the birth date) means that it is not known."""

    number: int
    nisn: str
    nipd: str
    name_key: str
    birth_on: date | None


@dataclass(frozen=True)
class Matched:
    """Row number -> student id, and row number -> why a person must decide; all other rows are new."""

    students: dict[int, int] = field(default_factory=dict)
    problems: dict[int, tuple[Problem, ...]] = field(default_factory=dict)


def match(known: Iterable[Identity], rows: Sequence[Identity]) -> Matched:
    """Match every row with the school's students; no two rows ever reach the same student."""
    matcher = _Matcher(known, _repeated(rows))
    # Key by key over all rows: a sure match takes its student before a weaker key can.
    for find in (matcher.by_nisn, matcher.by_nipd, matcher.by_name):
        for row in rows:
            if row.number not in matcher.problems and row.number not in matcher.students:
                find(row)
    return Matched(matcher.students, matcher.problems)


def changes(values: Mapping[str, Any], row: StudentRow) -> dict[str, tuple[Any, Any]]:
    """Field -> (old, new) of what the row changes in a student; a blank cell never erases anything."""
    return {
        name: (values.get(name), new)
        for name in FIELDS
        if (new := getattr(row, name)) and new != (values.get(name) or "")
    }


class _Matcher:
    def __init__(self, known: Iterable[Identity], problems: dict[int, tuple[Problem, ...]]) -> None:
        self.students: dict[int, int] = {}
        self.problems = problems
        self._nisn: dict[str, Sequence[Identity]] = {}
        self._nipd: dict[str, Sequence[Identity]] = {}
        self._name: dict[tuple[str, date], Sequence[Identity]] = {}
        self._taken: set[int] = set()
        for student in known:
            if student.nisn:
                _put(self._nisn, student.nisn, student)
            if student.nipd:
                _put(self._nipd, student.nipd, student)
            if student.birth_on:
                _put(self._name, (student.name_key, student.birth_on), student)

    def by_nisn(self, row: Identity) -> None:
        candidates = self._nisn.get(row.nisn, ()) if row.nisn else ()
        if not candidates:
            return None
        if len(candidates) > 1:
            return self._refuse(row, "nisn", N_("Several students of the school have this NISN."))
        student = candidates[0]
        if _is_someone_else(student, row):
            return self._refuse(
                row, "nisn", N_("This NISN belongs to a student with another name and another birth date.")
            )
        if any(other.number != student.number for other in self._nipd.get(row.nipd, ())):
            return self._refuse(row, "nipd", N_("This NIPD belongs to another student than this NISN."))
        return self._take(student, row)

    def by_nipd(self, row: Identity) -> None:
        candidates = self._free(self._nipd.get(row.nipd, ())) if row.nipd else ()
        if not candidates:
            return None
        if len(candidates) > 1:
            return self._refuse(row, "nipd", N_("Several students of the school have this NIPD."))
        student = candidates[0]
        same_person = student.name_key == row.name_key and student.birth_on == row.birth_on
        if _is_someone_else(student, row) or (_has_other_nisn(student, row) and not same_person):
            return self._refuse(
                row, "nipd", N_("This NIPD belongs to a student who differs in the other cells.")
            )
        return self._take(student, row)

    def by_name(self, row: Identity) -> None:
        candidates = self._free(self._name.get((row.name_key, row.birth_on), ())) if row.birth_on else ()
        if not candidates:
            return None
        if len(candidates) > 1:
            message_id = N_("Several students of the school have this name and birth date.")
            return self._refuse(row, "name", message_id)
        if _has_other_nisn(candidates[0], row):
            return self._refuse(row, "nisn", N_("A student with this name and birth date has another NISN."))
        return self._take(candidates[0], row)

    def _free(self, students: Sequence[Identity]) -> tuple[Identity, ...]:
        return tuple(student for student in students if student.number not in self._taken)

    def _take(self, student: Identity, row: Identity) -> None:
        self._taken.add(student.number)
        self.students[row.number] = student.number

    def _refuse(self, row: Identity, name: str, message_id: str) -> None:
        self.problems[row.number] = (Problem(LABELS[name], message_id, {}),)


def _put(places: dict[Any, Sequence[Identity]], key: Hashable, student: Identity) -> None:
    here = places.get(key)
    if isinstance(here, list):
        here.append(student)
    else:  # nearly always the only one: a list each would double the memory
        places[key] = (student,) if here is None else [*here, student]


def _is_someone_else(student: Identity, row: Identity) -> bool:
    """True when neither the name nor the birth date agrees: a number typed wrong or given again."""
    birth_differs = row.birth_on is None or student.birth_on is None or student.birth_on != row.birth_on
    return birth_differs and student.name_key != row.name_key


def _has_other_nisn(student: Identity, row: Identity) -> bool:
    return bool(student.nisn and row.nisn and student.nisn != row.nisn)


def _repeated(rows: Sequence[Identity]) -> dict[int, tuple[Problem, ...]]:
    """Rows that name one student twice; each names the others, since nobody knows which is right."""
    found: dict[int, list[Problem]] = defaultdict(list)
    # Two of one name born on one day are two students where each has a NISN of its own.
    doubtful = {(row.name_key, row.birth_on) for row in rows if row.birth_on and not row.nisn}
    keys: tuple[tuple[str, Callable[[Identity], Hashable]], ...] = (
        ("nisn", lambda row: row.nisn),
        ("nipd", lambda row: row.nipd),
        ("name", lambda row: key if (key := (row.name_key, row.birth_on)) in doubtful else None),
    )
    for name, key_of in keys:
        for group in _groups(rows, key_of):
            for row in group:
                others = ", ".join(str(other.number) for other in group[:_NAMED_ROWS] if other is not row)
                found[row.number].append(
                    Problem(LABELS[name], N_("The same student stands in row %(rows)s."), {"rows": others})
                )
    return {number: tuple(found[number]) for number in sorted(found)}


def _groups(rows: Sequence[Identity], key: Callable[[Identity], Hashable]) -> Iterable[list[Identity]]:
    """The rows that share a key with another one; a list of its own for each key would fill the memory."""
    seen: dict[Hashable, Identity] = {}
    groups: dict[Hashable, list[Identity]] = {}
    for row in rows:
        value = key(row)
        if value and (first := seen.setdefault(value, row)) is not row:
            groups.setdefault(value, [first]).append(row)
    return groups.values()
