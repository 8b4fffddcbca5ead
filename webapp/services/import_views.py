"""What pages show of an import: where it stands, what its rows do or did, the rows that come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from webapp import tenancy
from webapp.dapodik.columns import Columns, absent
from webapp.dapodik.layout import LABELS, header_key
from webapp.dapodik.rows import Problem
from webapp.dapodik.tally import OUTCOMES
from webapp.domain.errors import Invalid, NotFound
from webapp.domain.identifiers import search_key
from webapp.domain.permissions import Permission
from webapp.models.schools import School
from webapp.models.students import StudentImport, StudentImportRow
from webapp.services import access, audit, import_requests, people
from webapp.tenancy import Actor

PAGE = 25
RECENT = 10


@dataclass(frozen=True)
class ImportView:
    """An import as a page shows it. `error` holds the sentence; `labels` the columns to choose among."""

    id: int
    file_name: str
    asked_by: str
    created_at: datetime
    finished_at: datetime | None
    state: str
    dry_run: bool
    done: int
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[tuple[Problem, int, list[int]]] = ()
    other_school: str = ""  # the school that the file names, when it reads unlike ours
    error: Invalid | None = None
    labels: Sequence[str] = ()
    columns: Columns = field(default_factory=dict)  # field -> label, as read or chosen
    has_failed_rows: bool = False
    can_go_on: bool = False

    @property
    def renamed(self) -> dict[str, str]:
        """Dapodik's label -> the label in the file, for columns that are read under another header."""
        return {
            LABELS[name]: label
            for name, label in self.columns.items()
            if label and header_key(label) != header_key(LABELS[name])
        }

    @property
    def absent(self) -> list[str]:
        """Dapodik's labels of the columns that are not read from this file."""
        return absent(self.columns) if self.columns else []

    @property
    def is_over(self) -> bool:
        return self.state not in ("queued", "running")

    @property
    def writes(self) -> int:
        """How many students it creates or changes."""
        return self.counts.get("created", 0) + self.counts.get("updated", 0)


@dataclass(frozen=True)
class RowView:
    """One row of the file: `changes` holds (column label, old, new); old is None for what was blank."""

    row_no: int
    outcome: str
    student_id: int | None
    name: str
    class_name: str
    changes: Sequence[tuple[str, Any, Any]]
    problems: Sequence[Problem]
    warnings: Sequence[Problem]


@dataclass(frozen=True)
class Rows:
    """A page of rows; `after` is the row number to go on from, None at the end."""

    rows: list[RowView]
    after: int | None


def recent(actor: Actor) -> list[ImportView]:
    """The school's newest imports."""
    access.require(actor, Permission.STUDENT_IMPORT)
    jobs = tenancy.session.scalars(
        select(StudentImport)
        .where(StudentImport.school_id == actor.school_id)
        .order_by(StudentImport.created_at.desc(), StudentImport.id.desc())
        .limit(RECENT)
    ).all()
    names = people.display_names(actor, {job.requested_by for job in jobs})
    return [_view(job, names.get(job.requested_by, "")) for job in jobs]


def show(actor: Actor, import_id: int) -> ImportView:
    """One import of the school; NotFound otherwise."""
    access.require(actor, Permission.STUDENT_IMPORT)
    job = access.get(actor, StudentImport, import_id)
    names = people.display_names(actor, [job.requested_by])
    our_name = tenancy.session.scalar(select(School.name).where(School.id == actor.school_id)) or ""
    return _view(job, names.get(job.requested_by, ""), our_name=our_name)


def rows(actor: Actor, import_id: int, outcome: str, *, after: int = 0) -> Rows:
    """The rows of one outcome, in the order of the file, from the row number `after` on."""
    access.require(actor, Permission.STUDENT_IMPORT)
    found = tenancy.session.scalars(
        select(StudentImportRow)
        .where(
            StudentImportRow.school_id == actor.school_id,
            StudentImportRow.import_id == import_id,
            StudentImportRow.outcome == outcome,
            StudentImportRow.row_no > after,
        )
        .order_by(StudentImportRow.row_no)
        .limit(PAGE + 1)
    ).all()
    shown = [_row_view(row) for row in found[:PAGE]]
    return Rows(shown, shown[-1].row_no if len(found) > PAGE else None)


def failed_rows_file(actor: Actor, import_id: int) -> bytes:
    """The XLSX of the rows that were not imported, to correct and import again; the reading is recorded."""
    access.require(actor, Permission.STUDENT_IMPORT)
    job = access.get(actor, StudentImport, import_id)
    content: bytes | None = job.failed_rows
    if content is None:
        raise NotFound()
    audit.record(actor, "import.failed_rows_read", job)
    return content


def _view(job: StudentImport, asked_by: str, *, our_name: str = "") -> ImportView:
    counts = {name: number for name, number in job.counts.items() if name in OUTCOMES}
    mapping = job.mapping or {}
    named = job.counts.get("school_name", "")
    return ImportView(
        id=job.id,
        file_name=job.file_name,
        asked_by=asked_by,
        created_at=job.created_at,
        finished_at=job.finished_at,
        state=job.state,
        dry_run=job.dry_run,
        done=job.done,
        total=job.total,
        counts=counts,
        warnings=[
            (Problem(label, message_id, {}), number, first)
            for label, message_id, number, first in job.counts.get("warnings", ())
        ],
        other_school=named if our_name and search_key(named) != search_key(our_name) else "",
        error=Invalid(job.error["message_id"], **job.error["params"]) if job.error else None,
        labels=mapping.get("labels", ()) if import_requests.can_choose_columns(job) else (),
        columns=mapping.get("columns", {}),
        has_failed_rows=job.has_failed_rows,
        can_go_on=import_requests.can_go_on(job),
    )


def _row_view(row: StudentImportRow) -> RowView:
    detail = row.detail
    return RowView(
        row_no=row.row_no,
        outcome=row.outcome,
        student_id=row.student_id,
        name=detail["name"],
        class_name=detail["class_name"],
        changes=[(LABELS[name], old, new) for name, (old, new) in detail["changes"].items()],
        problems=[Problem(*problem) for problem in detail["problems"]],
        warnings=[Problem(*problem) for problem in detail["warnings"]],
    )
