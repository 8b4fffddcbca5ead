"""Students whom a list does not name: proposed as leavers, marked by hand, and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select

from webapp import tenancy
from webapp.dapodik.tally import Tally
from webapp.domain import identifiers, leavers
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission, allows
from webapp.models.cases import Case
from webapp.models.students import Student, StudentImport, StudentImportRow
from webapp.services import access, audit
from webapp.tenancy import Actor

SHOWN = 200
MOST_FAILED = 500

TOO_MANY_FAILED = N_("Too many rows of this list could not be read. Correct and import them first.")
TOO_MANY_CLASSES = N_("This list names more classes than a school has. Nobody is proposed.")
CHANGED = N_("The students changed meanwhile. Look at the list again.")
CLEARED = N_("The single rows of this list were cleared some time after the import. Import a new list.")


@dataclass(frozen=True)
class Leaver:
    """A student whom the list does not name, or who was marked by it; `open_cases` is None for those who may
    not know of cases."""

    id: int
    name: str
    class_name: str
    nisn: str | None
    open_cases: int | None
    left_on: date | None = None
    left_kind: str | None = None


@dataclass(frozen=True)
class Proposal:
    """Who may have left. `classes` counts them by class, `shown` holds at most SHOWN of the class asked for;
    `why_none` says why nobody can be proposed. Suspicious: so many that the list may not be whole."""

    classes: Sequence[tuple[str, int]]
    shown: Sequence[Leaver]
    marked: Sequence[Leaver]
    suspicious: bool = False
    why_none: Invalid | None = None

    @property
    def total(self) -> int:
        return sum(number for _, number in self.classes)


def count(actor: Actor, import_id: int) -> int:
    """How many students an imported list leaves unnamed in the classes of which it speaks."""
    job = _done(actor, import_id)
    return sum(_by_class(actor, job).values()) if job and _why_none(actor, job) is None else 0


def proposed(actor: Actor, import_id: int, *, class_name: str = "") -> Proposal:
    """The students to look at, of one class or all; Conflict while the list is not imported."""
    job = _imported(actor, import_id)
    marked = _leavers(
        actor, _of(actor).where(Student.left_import_id == job.id, Student.left_on.is_not(None)), SHOWN
    )
    why_none = _why_none(actor, job)
    if why_none is not None:
        return Proposal((), (), marked, why_none=why_none)
    by_class = _by_class(actor, job)
    wanted = [class_name] if class_name in by_class else list(by_class)
    shown = _leavers(actor, _missing(actor, job).where(Student.class_name.in_(wanted)), SHOWN)
    listed = sum((Tally(job.counts).moves or {}).values())
    return Proposal(
        sorted(by_class.items()), shown, marked, leavers.is_suspicious(sum(by_class.values()), listed)
    )


def mark(actor: Actor, import_id: int, student_ids: Collection[int], *, kind: str, on: date) -> list[Student]:
    """These have left, all in the same way and on the same day. Their open cases stay open, and Today tells
    those who own them. Conflict when one of them is no longer proposed."""
    job = _imported(actor, import_id)
    if not student_ids:
        raise Invalid(N_("Tick those who have left."), field="students")
    leavers.check_leaving(kind, on, today=actor.today)
    if _why_none(actor, job) is not None:
        raise Conflict(CHANGED)
    classes = list(_by_class(actor, job))
    rows = tenancy.session.scalars(
        _missing(actor, job)
        .where(Student.id.in_(student_ids), Student.class_name.in_(classes))
        .with_for_update()
    ).all()
    if len(rows) < len(set(student_ids)):
        raise Conflict(CHANGED)
    for student in rows:
        student.left_on, student.left_kind, student.left_import_id = on, kind, job.id
        student.updated_at = actor.at
        audit.record(actor, "student.left", student, kind=kind, import_id=job.id)
    return list(rows)


def take_back(actor: Actor, import_id: int, student_ids: Collection[int]) -> list[Student]:
    """These are at the school after all; only those whom this list marked, the others are left alone."""
    job = _imported(actor, import_id)
    if not student_ids:
        raise Invalid(N_("Tick those who are at the school."), field="marked")
    rows = tenancy.session.scalars(
        _of(actor)
        .where(Student.id.in_(student_ids), Student.left_import_id == job.id, Student.left_on.is_not(None))
        .with_for_update()
    ).all()
    for student in rows:
        student.left_on = student.left_kind = student.left_import_id = None
        student.updated_at = actor.at
        audit.record(actor, "student.came_back", student, import_id=job.id)
    return list(rows)


# --- what the list says -----------------------------------------------------------------------------


def _done(actor: Actor, import_id: int) -> StudentImport | None:
    access.require(actor, Permission.STUDENT_IMPORT)
    job = access.get(actor, StudentImport, import_id)
    # A list that was looked at and changes nobody is never imported: it says as much as one that was.
    changes_nobody = job.state == "ready" and not (job.counts.get("created") or job.counts.get("updated"))
    return job if job.state == "done" or changes_nobody else None


def _imported(actor: Actor, import_id: int) -> StudentImport:
    job = _done(actor, import_id)
    if job is None:
        raise Conflict(N_("Import the list first."))
    return job


def _why_none(actor: Actor, job: StudentImport) -> Invalid | None:
    tally = Tally(job.counts)
    if tally.moves is None:
        return Invalid(TOO_MANY_CLASSES)
    if tally.outcomes["failed"] > MOST_FAILED:
        return Invalid(TOO_MANY_FAILED)
    kept = tenancy.session.scalar(select(_rows_of(actor, job).exists()))
    return None if kept else Invalid(CLEARED)


def _rows_of(actor: Actor, job: StudentImport) -> Select[int]:
    return select(StudentImportRow.id).where(
        StudentImportRow.school_id == actor.school_id, StudentImportRow.import_id == job.id
    )


def _of(actor: Actor) -> Select[Student]:
    return (
        select(Student)
        .where(Student.school_id == actor.school_id, Student.merged_into_id.is_(None))
        .order_by(Student.class_name, Student.name_key, Student.id)
    )


def _missing(actor: Actor, job: StudentImport) -> Select[Student]:
    """Students at the school when the list was chosen, who stand in no row of it or of a later list."""
    return _of(actor).where(*_is_missing(actor, job))


def _is_missing(actor: Actor, job: StudentImport) -> list[ColumnElement[bool]]:
    is_named = (
        select(StudentImportRow.id)
        .join(
            StudentImport,
            (StudentImport.school_id == StudentImportRow.school_id)
            & (StudentImport.id == StudentImportRow.import_id),
        )
        .where(
            StudentImportRow.school_id == actor.school_id,
            StudentImportRow.import_id >= job.id,
            StudentImportRow.student_id == Student.id,
            or_(StudentImport.state == "done", StudentImport.id == job.id),
        )
        .exists()
    )
    conditions: list[ColumnElement[bool]] = [
        Student.left_on.is_(None),
        Student.class_name.is_not(None),
        Student.id < job.id,  # ids rise with time; who came later could not be named
        ~is_named,
    ]
    return conditions + _is_no_failed_row(actor, job)


def _is_no_failed_row(actor: Actor, job: StudentImport) -> list[ColumnElement[bool]]:
    """Whoever a row that could not be taken may be about stands in the list all the same."""
    if not job.counts.get("failed"):
        return []
    rows = tenancy.session.scalars(
        select(StudentImportRow).where(
            StudentImportRow.school_id == actor.school_id,
            StudentImportRow.import_id == job.id,
            StudentImportRow.outcome == "failed",
        )
    ).all()
    names = {key for row in rows if (key := identifiers.search_key(row.detail["name"]))}
    numbers = {number for row in rows for number in row.detail.get("numbers", ()) if number}
    return [
        Student.name_key.not_in(names),
        func.coalesce(Student.nisn, "").not_in(numbers),
        func.coalesce(Student.nipd, "").not_in(numbers),
    ]


def _by_class(actor: Actor, job: StudentImport) -> Counter[str]:
    """The missing students of each class of which the list speaks."""
    rows = tenancy.session.execute(
        select(Student.class_name, func.count())
        .where(
            Student.school_id == actor.school_id,
            Student.merged_into_id.is_(None),
            *_is_missing(actor, job),
        )
        .group_by(Student.class_name)
    )
    missing = {name or "": number for name, number in rows}
    speaks_of = leavers.covered(Tally(job.counts).moves or {}, missing)
    return Counter({name: number for name, number in missing.items() if name in speaks_of})


def _leavers(actor: Actor, wanted: Select[Student], most: int) -> list[Leaver]:
    rows = tenancy.session.scalars(wanted.limit(most)).all()
    open_cases = _open_cases(actor, [row.id for row in rows])
    return [
        Leaver(
            row.id,
            row.name,
            row.class_name or "",
            row.nisn,
            None if open_cases is None else open_cases[row.id],
            row.left_on,
            row.left_kind,
        )
        for row in rows
    ]


def _open_cases(actor: Actor, student_ids: Sequence[int]) -> Counter[int] | None:
    """How many open cases each has, as far as the actor may know of them."""
    if not allows(Permission.STUDENT_CARD, roles=actor.roles):
        return None
    rows = tenancy.session.execute(
        select(Case.student_id, func.count())
        .where(
            Case.school_id == actor.school_id,
            Case.student_id.in_(student_ids),
            Case.status != "closed",
        )
        .group_by(Case.student_id)
    )
    return Counter({student_id: number for student_id, number in rows})
