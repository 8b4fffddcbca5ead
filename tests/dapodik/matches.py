"""Rows matched with a school, as tests look at it: one change for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.dapodik import matching
from webapp.dapodik.layout import FIELDS
from webapp.dapodik.matching import Identity
from webapp.dapodik.rows import Problem, RowProblems, StudentRow
from webapp.domain.identifiers import search_key


@dataclass(frozen=True)
class Known:
    """A student of the school with all imported fields."""

    id: int
    values: Mapping[str, Any]

    @property
    def identity(self) -> Identity:
        values = self.values
        numbers = (values.get("nisn") or "", values.get("nipd") or "")
        return Identity(self.id, *numbers, search_key(values["name"]), values.get("birth_on"))


@dataclass(frozen=True)
class Change:
    """What a row does: created, updated, unchanged, or ambiguous for a reason."""

    kind: str
    row: StudentRow
    student_id: int | None
    fields: Mapping[str, tuple[Any, Any]]
    reason: Problem | None = None


@dataclass(frozen=True)
class Outcome:
    """Changes in the order of the file, and the rows that the file holds twice."""

    changes: list[Change]
    problems: list[RowProblems]


def known(student_id: int, source: StudentRow) -> Known:
    """The school's student as the import of that row would have stored it."""
    return Known(student_id, {name: getattr(source, name) for name in FIELDS})


def match(existing: Sequence[Known], rows: Sequence[StudentRow]) -> Outcome:
    identities = [Identity(row.row_no, row.nisn, row.nipd, row.name_key, row.birth_on) for row in rows]
    matched = matching.match([student.identity for student in existing], identities)
    students = {student.id: student for student in existing}
    changes, repeated = [], []
    for row in rows:
        problems = matched.problems.get(row.row_no)
        if problems and "rows" in problems[0].params:
            repeated.append(RowProblems(row.row_no, problems))
        elif problems:
            changes.append(Change("ambiguous", row, None, {}, problems[0]))
        else:
            student_id = matched.students.get(row.row_no)
            fields = matching.changes(students[student_id].values if student_id else {}, row)
            kind = "created" if student_id is None else "updated" if fields else "unchanged"
            changes.append(Change(kind, row, student_id, fields))
    return Outcome(changes, repeated)
