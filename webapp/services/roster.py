"""What a file means for the school's students: the rows as parsed, and the plan of each of them."""

from __future__ import annotations

import pickle
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date
from operator import attrgetter
from typing import IO, Any

from sqlalchemy import select

from webapp import tenancy
from webapp.dapodik import matching
from webapp.dapodik.layout import LABELS
from webapp.dapodik.matching import Identity, Matched
from webapp.dapodik.reader import RawRow, Table
from webapp.dapodik.rows import Problem, RowProblems, StudentRow, parse_row
from webapp.domain.errors import N_
from webapp.domain.permissions import Permission
from webapp.models.students import Guardian, Student
from webapp.services import access
from webapp.services.student_entries import REGISTER_FIELDS
from webapp.tenancy import Actor

RELATIONS = ("father", "mother", "guardian")


class Changed(Exception):
    """A student whom a row was matched with is not there any more: match again."""


@dataclass(frozen=True)
class RefusedRow:
    """A row that is no student, and who it may be about."""

    row_no: int
    name: str
    class_name: str
    numbers: tuple[str, str]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class PlannedRow:
    """What one row does: outcome created, updated, unchanged or failed; `fields` maps what changes in
    a student of the school to (old, new).

    `class_before` is where the school had the student, `class_name` what the file says.
    """

    row_no: int
    outcome: str
    name: str
    class_name: str
    row: StudentRow | None = None
    student_id: int | None = None
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    class_before: str | None = None
    numbers: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Plan:
    """Some rows of a file against the school, and the rows of the database that they change."""

    rows: list[PlannedRow]
    students: Mapping[int, Student]
    guardians: Mapping[int, Sequence[Guardian]]


# --- the file -------------------------------------------------------------------------------------

_VALUES = tuple(one.name for one in fields(StudentRow))
_values_of = attrgetter(*_VALUES)


class ParsedRows:
    """A file's rows, parsed once. They lie on the disk; in memory is only what tells them apart."""

    def __init__(self, spool: IO[bytes]) -> None:
        self.identities: list[Identity] = []
        self.total = 0
        self._spool = spool

    def __iter__(self) -> Iterator[StudentRow | RefusedRow]:
        """The rows in the order of the file, from the first one each time; one such walk at a time."""
        self._spool.seek(0)
        for _ in range(self.total):
            loaded = pickle.load(self._spool)
            yield loaded if isinstance(loaded, RefusedRow) else StudentRow(*loaded)

    def append(self, raw: RawRow, parsed: StudentRow | RowProblems) -> None:
        self.total += 1
        if isinstance(parsed, RowProblems):
            self._spool.write(pickle.dumps(_refused(parsed, raw), pickle.HIGHEST_PROTOCOL))
            return
        row = _without_nameless_guardians(parsed)
        self._spool.write(pickle.dumps(_values_of(row), pickle.HIGHEST_PROTOCOL))
        self.identities.append(Identity(row.row_no, row.nisn, row.nipd, row.name_key, row.birth_on))


@contextmanager
def parsed(table: Table, today: date) -> Iterator[ParsedRows]:
    """Every row of the table parsed, for as long as the block runs; `today` bounds birth dates."""
    with tempfile.TemporaryFile() as spool:
        rows = ParsedRows(spool)
        for raw in table.rows():
            rows.append(raw, parse_row(raw, today))
        yield rows


def _refused(problems: RowProblems, raw: RawRow) -> RefusedRow:
    name, class_name, nisn, nipd = (
        str(raw.values.get(cell, ""))[:150] for cell in ("name", "class_name", "nisn", "nipd")
    )
    return RefusedRow(problems.row_no, name, class_name, (nisn, nipd), problems.problems)


def _without_nameless_guardians(row: StudentRow) -> StudentRow:
    # An occupation without a person is no guardian; kept, it would count as a change every time.
    lost: dict[str, Any] = {
        f"{relation}_occupation": ""
        for relation in RELATIONS
        if getattr(row, f"{relation}_occupation") and not getattr(row, f"{relation}_name")
    }
    return replace(row, **lost) if lost else row


# --- the school -----------------------------------------------------------------------------------


def match(actor: Actor, rows: ParsedRows) -> Matched:
    """Every row matched with the school's students as they are now; Student ids stay good until one is
    merged into another."""
    access.require(actor, Permission.STUDENT_IMPORT)
    known = tenancy.session.execute(
        select(Student.id, Student.nisn, Student.nipd, Student.name_key, Student.birth_on)
        .where(Student.school_id == actor.school_id, Student.merged_into_id.is_(None))
        .order_by(Student.id)
    ).yield_per(5000)
    return matching.match(
        (Identity(number, nisn or "", nipd or "", key, born) for number, nisn, nipd, key, born in known),
        rows.identities,
    )


def plan(actor: Actor, rows: Sequence[StudentRow | RefusedRow], matched: Matched, *, lock: bool) -> Plan:
    """These rows against their students as they are now; changes nothing, and `lock` holds the students
    until the transaction ends. Raises Changed when one of them is there no more."""
    access.require(actor, Permission.STUDENT_IMPORT)
    found = {row.row_no: matched.students[row.row_no] for row in rows if row.row_no in matched.students}
    students, guardians = _load(actor, list(found.values()), lock)
    if len(students) < len(found):
        raise Changed()
    planned = []
    for row in rows:
        if isinstance(row, RefusedRow):
            planned.append(_failed(row, row.numbers, row.problems))
        elif row.row_no in matched.problems:
            planned.append(_failed(row, (row.nisn, row.nipd), matched.problems[row.row_no]))
        elif row.row_no in found:
            student = students[found[row.row_no]]
            planned.append(_changed(row, student, guardians.get(student.id, [])))
        else:
            planned.append(
                PlannedRow(row.row_no, "created", row.name, row.class_name, row, warnings=row.warnings)
            )
    return Plan(planned, students, guardians)


def _load(
    actor: Actor, ids: Sequence[int], lock: bool
) -> tuple[dict[int, Student], dict[int, list[Guardian]]]:
    if not ids:
        return {}, {}
    of_students = (
        select(Student)
        .where(Student.school_id == actor.school_id, Student.id.in_(ids), Student.merged_into_id.is_(None))
        .order_by(Student.id)
    )
    of_guardians = (
        select(Guardian)
        .where(Guardian.school_id == actor.school_id, Guardian.student_id.in_(ids))
        .order_by(Guardian.id)
    )
    if lock:
        of_students, of_guardians = of_students.with_for_update(), of_guardians.with_for_update()
    students = {student.id: student for student in tenancy.session.scalars(of_students)}
    guardians: dict[int, list[Guardian]] = defaultdict(list)
    for guardian in tenancy.session.scalars(of_guardians):
        guardians[guardian.student_id].append(guardian)
    return students, guardians


def _failed(
    row: StudentRow | RefusedRow, numbers: tuple[str, str], problems: tuple[Problem, ...]
) -> PlannedRow:
    return PlannedRow(row.row_no, "failed", row.name, row.class_name, problems=problems, numbers=numbers)


def _changed(row: StudentRow, student: Student, guardians: Sequence[Guardian]) -> PlannedRow:
    values = {name: getattr(student, name) for name in REGISTER_FIELDS} | (student.details or {})
    reachable = set()
    for relation in RELATIONS:
        guardian = next((one for one in guardians if one.relation == relation), None)
        if guardian is None:
            continue
        values |= {f"{relation}_name": guardian.name, f"{relation}_occupation": guardian.occupation}
        if guardian.email_enc is not None or guardian.phone_enc is not None:  # type: ignore[attr-defined]
            reachable.add(relation)
    changes = matching.changes(values, row)
    return PlannedRow(
        row.row_no,
        "updated" if changes else "unchanged",
        row.name,
        row.class_name,
        row,
        student.id,
        changes,
        warnings=row.warnings + tuple(_warnings(student, changes, reachable)),
        class_before=student.class_name,
    )


def _warnings(student: Student, changes: Mapping[str, tuple[Any, Any]], reachable: set[str]) -> list[Problem]:
    found = []
    if student.left_on is not None:
        message = N_("This student is marked as having left; the import does not change that.")
        found.append(Problem(LABELS["name"], message, {}))
    for relation in RELATIONS:
        name = f"{relation}_name"
        if name in changes and relation in reachable:
            message = N_("The name changes, but an e-mail address or phone was entered by hand: check them.")
            found.append(Problem(LABELS[name], message, {}))
    return found


def storable(planned: PlannedRow) -> dict[str, Any]:
    """A planned row as JSON: who it is, what changes, what is wrong; a failed one with its numbers."""
    changes = planned.fields if planned.outcome == "updated" else {}
    stored = {
        "name": planned.name,
        "class_name": planned.class_name,
        "changes": {name: [_plain(old), _plain(new)] for name, (old, new) in changes.items()},
        "problems": [list(problem) for problem in planned.problems],
        "warnings": [list(problem) for problem in planned.warnings],
    }
    return stored | {"numbers": list(planned.numbers)} if planned.outcome == "failed" else stored


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
