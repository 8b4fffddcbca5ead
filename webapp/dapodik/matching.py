"""Which student of the school a row is: by NISN, then NIPD, then name and birth date; never by guess."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from webapp.dapodik.layout import FIELDS, LABELS
from webapp.dapodik.rows import Problem, RowProblems, StudentRow
from webapp.domain.errors import N_

_NAMED_ROWS = 6  # a file that repeats one student a thousand times gets short reasons all the same

Kind = Literal["created", "updated", "unchanged", "ambiguous"]


@dataclass(frozen=True)
class Known:
    """A student the school has: what it is told apart by, and all imported fields as stored."""

    id: int
    nisn: str | None
    nipd: str | None
    name_key: str
    birth_on: date | None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What a row would do: `fields` maps a field to (old, new); a blank cell never erases anything.

    `student_id` is None for created and ambiguous; `reason` is set for ambiguous only.
    """

    kind: Kind
    row: StudentRow
    student_id: int | None = None
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    reason: Problem | None = None


@dataclass(frozen=True)
class Matched:
    """Changes in the order of the file, and the rows refused because the file holds them twice."""

    changes: list[Change]
    problems: list[RowProblems]


def match(known: Iterable[Known], rows: Sequence[StudentRow]) -> Matched:
    """Match every row with the school's students; no two rows ever reach the same student."""
    problems = _duplicates(rows)
    refused = {problem.row_no for problem in problems}
    matcher = _Matcher(known)
    open_rows = [row for row in rows if row.row_no not in refused]
    decided: dict[int, Change] = {}
    # Key by key over all rows: a sure match takes its student before a weaker key can.
    for find in (matcher.by_nisn, matcher.by_nipd, matcher.by_name):
        for row in open_rows:
            if row.row_no not in decided and (change := find(row)) is not None:
                decided[row.row_no] = change
    changes = [decided.get(row.row_no) or _created(row) for row in open_rows]
    return Matched(changes, problems)


class _Matcher:
    def __init__(self, known: Iterable[Known]) -> None:
        self._nisn: dict[str, list[Known]] = defaultdict(list)
        self._nipd: dict[str, list[Known]] = defaultdict(list)
        self._name: dict[tuple[str, date], list[Known]] = defaultdict(list)
        self._taken: set[int] = set()
        for student in known:
            if student.nisn:
                self._nisn[student.nisn].append(student)
            if student.nipd:
                self._nipd[student.nipd].append(student)
            if student.birth_on:
                self._name[student.name_key, student.birth_on].append(student)

    def by_nisn(self, row: StudentRow) -> Change | None:
        candidates = self._nisn.get(row.nisn, []) if row.nisn else []
        if not candidates:
            return None
        if len(candidates) > 1:
            return _ambiguous(row, "nisn", N_("Several students of the school have this NISN."))
        student = candidates[0]
        if _is_someone_else(student, row):
            return _ambiguous(
                row, "nisn", N_("This NISN belongs to a student with another name and another birth date.")
            )
        if any(other.id != student.id for other in self._nipd.get(row.nipd, [])):
            return _ambiguous(row, "nipd", N_("This NIPD belongs to another student than this NISN."))
        return self._take(student, row)

    def by_nipd(self, row: StudentRow) -> Change | None:
        candidates = self._free(self._nipd.get(row.nipd, [])) if row.nipd else []
        if not candidates:
            return None
        if len(candidates) > 1:
            return _ambiguous(row, "nipd", N_("Several students of the school have this NIPD."))
        student = candidates[0]
        same_person = student.name_key == row.name_key and student.birth_on == row.birth_on
        if _is_someone_else(student, row) or (_has_other_nisn(student, row) and not same_person):
            return _ambiguous(
                row, "nipd", N_("This NIPD belongs to a student who differs in the other cells.")
            )
        return self._take(student, row)

    def by_name(self, row: StudentRow) -> Change | None:
        candidates = self._free(self._name.get((row.name_key, row.birth_on), [])) if row.birth_on else []
        if not candidates:
            return None
        if len(candidates) > 1:
            message_id = N_("Several students of the school have this name and birth date.")
            return _ambiguous(row, "name", message_id)
        if _has_other_nisn(candidates[0], row):
            return _ambiguous(row, "nisn", N_("A student with this name and birth date has another NISN."))
        return self._take(candidates[0], row)

    def _free(self, students: list[Known]) -> list[Known]:
        return [student for student in students if student.id not in self._taken]

    def _take(self, student: Known, row: StudentRow) -> Change:
        self._taken.add(student.id)
        fields = {
            name: (student.values.get(name), new)
            for name in FIELDS
            if (new := getattr(row, name)) and new != (student.values.get(name) or "")
        }
        return Change("updated" if fields else "unchanged", row, student.id, fields)


def _is_someone_else(student: Known, row: StudentRow) -> bool:
    """True when neither the name nor the birth date agrees: a number typed wrong or given again."""
    birth_differs = row.birth_on is None or student.birth_on is None or student.birth_on != row.birth_on
    return birth_differs and student.name_key != row.name_key


def _has_other_nisn(student: Known, row: StudentRow) -> bool:
    return bool(student.nisn and row.nisn and student.nisn != row.nisn)


def _created(row: StudentRow) -> Change:
    return Change("created", row, None, {name: (None, new) for name in FIELDS if (new := getattr(row, name))})


def _ambiguous(row: StudentRow, name: str, message_id: str) -> Change:
    return Change("ambiguous", row, None, {}, Problem(LABELS[name], message_id, {}))


def _duplicates(rows: Sequence[StudentRow]) -> list[RowProblems]:
    """Rows that name one student twice; each names the others, since nobody knows which is right."""
    found: dict[int, list[Problem]] = defaultdict(list)
    keys: tuple[tuple[str, Callable[[StudentRow], Hashable]], ...] = (
        ("nisn", lambda row: row.nisn),
        ("nipd", lambda row: row.nipd),
        ("name", lambda row: row.birth_on and (row.name_key, row.birth_on)),
    )
    for name, key in keys:
        groups: dict[Hashable, list[StudentRow]] = defaultdict(list)
        for row in rows:
            if key(row):
                groups[key(row)].append(row)
        for group in groups.values():
            # Two of one name born on one day are two students where each has a NISN of its own.
            if name == "name" and all(row.nisn for row in group):
                continue
            for row in group if len(group) > 1 else ():
                others = ", ".join(str(other.row_no) for other in group[:_NAMED_ROWS] if other is not row)
                found[row.row_no].append(
                    Problem(LABELS[name], N_("The same student stands in row %(rows)s."), {"rows": others})
                )
    return [RowProblems(row_no, tuple(problems)) for row_no, problems in sorted(found.items())]
