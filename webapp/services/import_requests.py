"""Asking for an import: a file is taken in for a dry run, looked at, and then imported for real.

The same row goes through both: dry run queued, running, ready; then queued, running, done. What is
carried out, and how, stands in imports.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sqlalchemy import delete, select, update

from webapp import tenancy
from webapp.dapodik.columns import Columns
from webapp.dapodik.filekind import refuse_unless_zip
from webapp.dapodik.layout import FIELDS, LABELS, NO_HEADERS, REQUIRED
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.models.students import StudentImport, StudentImportRow
from webapp.services import access, audit, import_mappings
from webapp.services.import_files import as_file
from webapp.tenancy import Actor

QUEUE = "imports"
UNDER_WAY = ("queued", "running")
SET_ASIDE = N_("Set aside: a newer file was chosen.")


def start(actor: Actor, file_name: str, content: bytes, *, dry_run: bool = True) -> StudentImport:
    """Take a file in and queue its dry run (or at once the import); what is no XLSX file is refused here.

    Earlier files of the school that nobody went on with are set aside: their bytes are forgotten.
    """
    access.require(actor, Permission.STUDENT_IMPORT)
    with as_file(content) as path:
        refuse_unless_zip(path)
    _set_aside_earlier(actor)
    job = StudentImport(
        requested_by=actor.person_id,
        created_at=actor.at,
        file_name=Path(file_name.replace("\\", "/")).name[-150:] or "-",
        dry_run=dry_run,
    )
    job.file = content
    tenancy.add(job)
    audit.record(actor, "import.started", job, dry_run="yes" if dry_run else "no")
    tenancy.wake(QUEUE)
    return job


def confirm(actor: Actor, import_id: int) -> StudentImport:
    """Import for real what the dry run showed; planned afresh, in case the school changed meanwhile."""
    job = locked(actor, import_id)
    if not (job.dry_run and job.state == "ready"):
        raise Conflict(N_("This file was imported already, or is being read."))
    _queue(actor, job, dry_run=False)
    audit.record(actor, "import.confirmed", job)
    return job


def remap(actor: Actor, import_id: int, columns: Columns) -> StudentImport:
    """Read the file again with columns that a person named: field -> label in the file, "" for none.

    The choice is remembered for the school's files with the same headers. Invalid names what is missing.
    """
    job = locked(actor, import_id)
    labels = (job.mapping or {}).get("labels", [])
    if not can_choose_columns(job):
        raise Conflict(N_("The columns of this file cannot be chosen any more. Choose the file again."))
    chosen = {name: columns.get(name, "") for name in FIELDS}
    named = [label for label in chosen.values() if label]
    if not set(named) <= set(labels):
        raise Invalid(N_("Choose columns of this file."))
    missing = [LABELS[name] for name in REQUIRED if not chosen[name]]
    if missing:
        raise Invalid(N_("Say where these stand: %(missing)s."), missing=", ".join(missing))
    doubled = [label for label, count in Counter(named).items() if count > 1]
    if doubled:
        raise Invalid(N_("The column %(label)s is chosen twice."), label=doubled[0])
    job.mapping = {"labels": labels, "columns": chosen}
    job.error = None
    import_mappings.remember(actor, labels, chosen)
    _queue(actor, job, dry_run=True)
    audit.record(actor, "import.remapped", job)
    return job


def can_choose_columns(job: StudentImport) -> bool:
    """Whether a person can (still) say which column of this file is which."""
    looked_at = job.state == "failed" or (job.state == "ready" and job.dry_run)
    return looked_at and job.has_file and bool((job.mapping or {}).get("labels"))


def again(actor: Actor, import_id: int) -> StudentImport:
    """Go on with an import that a fault stopped, from the row at which it stopped; Conflict for any other."""
    job = locked(actor, import_id)
    if not can_go_on(job):
        raise Conflict(N_("This import cannot be tried again. Choose the file again."))
    job.state, job.attempts, job.error = "queued", 0, None
    job.lease_until = job.finished_at = None
    audit.record(actor, "import.tried_again", job)
    tenancy.wake(QUEUE)
    return job


def can_go_on(job: StudentImport) -> bool:
    """Whether a fault stopped this import: its file is still here, and there are no columns to choose."""
    return job.state == "failed" and job.has_file and not _lacks_columns(job)


def _lacks_columns(job: StudentImport) -> bool:
    return (job.error or {}).get("message_id") == NO_HEADERS


def _queue(actor: Actor, job: StudentImport, *, dry_run: bool) -> None:
    tenancy.session.execute(
        delete(StudentImportRow).where(
            StudentImportRow.school_id == actor.school_id, StudentImportRow.import_id == job.id
        )
    )
    job.dry_run = dry_run
    job.state = "queued"
    job.done = job.attempts = 0
    job.counts = {}
    job.failed_rows = job.lease_until = job.finished_at = None
    tenancy.wake(QUEUE)


def _set_aside_earlier(actor: Actor) -> None:
    ours = [StudentImport.school_id == actor.school_id]
    tenancy.session.execute(
        update(StudentImport)
        .where(*ours, StudentImport.state == "ready")
        .values(state="failed", error={"message_id": SET_ASIDE, "params": {}}, finished_at=actor.at)
    )
    tenancy.session.execute(
        update(StudentImport)
        .where(*ours, StudentImport.state.not_in(UNDER_WAY))
        .values(file_enc=None)
        .execution_options(synchronize_session=False)
    )


def locked(actor: Actor, import_id: int) -> StudentImport:
    """An import of the actor's school, locked until the transaction ends; NotFound when there is none."""
    access.require(actor, Permission.STUDENT_IMPORT)
    job = tenancy.session.scalar(
        select(StudentImport)
        .where(StudentImport.school_id == actor.school_id, StudentImport.id == import_id)
        .with_for_update()
    )
    if job is None:
        raise NotFound()
    return job
