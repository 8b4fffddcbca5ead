"""Imports of Dapodik lists, carried out in the background; import_requests asks for them.

The file is read outside any transaction; rows are carried out in chunks, each one transaction that also
records what its rows did. Killed at any point, the next run plans the rest afresh and goes on.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from webapp import tenancy
from webapp.dapodik import reader, sheet
from webapp.dapodik.failed_rows import write_failed_rows
from webapp.dapodik.reader import Table
from webapp.dapodik.rows import Problem, RowProblems
from webapp.domain.errors import N_, DomainError, Invalid
from webapp.domain.permissions import Permission
from webapp.models.students import StudentImport, StudentImportRow
from webapp.services import access, audit, faults, requesters, roster
from webapp.services.import_requests import UNDER_WAY, as_file, locked
from webapp.services.roster import PlannedRow
from webapp.tenancy import Actor

log = logging.getLogger(__name__)

CHUNK = 100
LEASE = timedelta(minutes=3)  # longer than reading a file may take
MOST_ATTEMPTS = 5
_REPLANS = 3
_SWEEP = 20
_NAMED_ROWS = 12

INTERRUPTED = N_("The import was interrupted too often. Nothing of it is lost: choose the file again.")
NOT_ALLOWED = N_("The person who chose this file may not import students any more.")
FAULT = N_("The list could not be read to its end. Try again; if it fails once more, tell the administrator.")
CHANGED = N_("The students changed while the file was imported. Choose the file again.")

Tell = Callable[[int, int], None]


def _nobody(done: int, total: int) -> None:
    """Progress that nobody watches beside the page."""


class _Lost(Exception):
    """Another worker has taken this import over: stop without a trace."""


@dataclass(frozen=True)
class Claim:
    """The right to carry out one import until the lease ends; `attempt` tells claims apart."""

    import_id: int
    attempt: int
    dry_run: bool
    content: bytes
    columns: Mapping[str, str]


def sweep(at: datetime) -> int:
    """Carry out every import that waits, each as the person who asked for it; how many. Outside `work()`."""
    began = time.monotonic()
    with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)) as session:
        due = session.execute(
            text("SELECT school_id, id FROM app_due_imports(:at, :most)"), {"at": at, "most": _SWEEP}
        ).all()
    carried_out = 0
    for school_id, import_id in due:
        now = at + timedelta(seconds=time.monotonic() - began)
        with tenancy.work(tenancy.system(school_id, now)) as session:
            asked_by = session.scalar(
                select(StudentImport.requested_by).where(
                    StudentImport.school_id == school_id, StudentImport.id == import_id
                )
            )
        person = requesters.in_school(asked_by, school_id, now) if asked_by else None
        if person is None:
            nobody = tenancy.system(school_id, now)
            with tenancy.work(nobody):
                _end_failed(nobody, import_id, NOT_ALLOWED, {})
        elif run(person, import_id):
            carried_out += 1
    return carried_out


def run(actor: Actor, import_id: int) -> bool:
    """Claim an import and carry it out; False when another worker has it, or it is over. Outside `work()`."""
    try:
        with tenancy.work(actor):
            taken = claim(actor, import_id)
    except DomainError as refusal:
        log.info("import %s is not carried out: %s", import_id, refusal)
        return False
    return taken is not None and carry_out(actor, taken)


def claim(actor: Actor, import_id: int) -> Claim | None:
    """Take an import over for the length of the lease; None when it is over, or when this import or another
    of the school is in somebody's hands."""
    access.require(actor, Permission.STUDENT_IMPORT)
    # All of the school's in one order: two workers never hold one each and wait for the other.
    waiting = tenancy.session.scalars(
        select(StudentImport)
        .where(StudentImport.school_id == actor.school_id, StudentImport.state.in_(UNDER_WAY))
        .order_by(StudentImport.id)
        .with_for_update()
    ).all()
    if any(job.state == "running" and job.lease_until and job.lease_until > actor.at for job in waiting):
        return None
    job = next((job for job in waiting if job.id == import_id), None)
    if job is None:
        return None
    if job.attempts >= MOST_ATTEMPTS:
        _end_failed(actor, import_id, INTERRUPTED, {})
        return None
    job.state = "running"
    job.attempts += 1
    job.lease_until = actor.at + LEASE
    return Claim(job.id, job.attempts, job.dry_run, job.file or b"", (job.mapping or {}).get("columns", {}))


def carry_out(actor: Actor, taken: Claim, *, tell: Tell = _nobody) -> bool:
    """Bring a claimed import to its end: ready after a dry run, else done; failed when the file is wrong.

    `tell` hears (rows done, rows in all) after every chunk. False when the claim was lost on the way.
    """
    began = time.monotonic()

    def now() -> Actor:
        return actor.seen_at(actor.at + timedelta(seconds=time.monotonic() - began))

    try:
        with as_file(taken.content) as path:
            table = reader.read_file(path, taken.columns)
        _carry_out_rows(now, taken, table, tell)
        _finish(now(), taken, table)
    except _Lost:
        return False
    except Invalid as refusal:
        labels = _labels(taken) if refusal.message_id == sheet.NO_HEADERS else None
        with tenancy.work(now()):
            _end_failed(now(), taken.import_id, refusal.message_id, refusal.params, labels=labels)
    except faults.DATABASE_AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - a person waits, whatever went wrong
        log.error("import %s of school %s: %s", taken.import_id, actor.school_id, faults.place(error))
        return _end_in_a_fault(now(), taken, faults.advice(error, FAULT))
    return True


def _end_in_a_fault(actor: Actor, taken: Claim, message_id: str) -> bool:
    """Failed, with file and rows kept: trying again goes on where it stopped."""
    try:
        with tenancy.work(actor):
            _held(actor, taken)
            _end_failed(actor, taken.import_id, message_id, {}, keep_file=True)
    except _Lost:
        return False
    return True


def _carry_out_rows(now: Callable[[], Actor], taken: Claim, table: Table, tell: Tell) -> None:
    for _ in range(_REPLANS):
        try:
            with tenancy.work(now()) as session:
                job = _held(now(), taken)
                job.total = len(table.rows)
                planned = roster.plan(now(), table.rows)
                recorded = {row.row_no for row in session.scalars(_rows_of(now(), taken))}
            _in_chunks(now, taken, [row for row in planned if row.row_no not in recorded], tell)
            return
        except IntegrityError:
            # Somebody entered one of these students by hand meanwhile: planned again, the row finds it.
            log.info("import %s meets a student entered meanwhile and plans again", taken.import_id)
    raise Invalid(CHANGED)


def _in_chunks(now: Callable[[], Actor], taken: Claim, planned: Sequence[PlannedRow], tell: Tell) -> None:
    for first in range(0, len(planned), CHUNK):
        chunk = planned[first : first + CHUNK]
        with tenancy.work(now()) as session:
            job = _held(now(), taken)
            made = {} if taken.dry_run else roster.apply(now(), chunk)
            session.add_all(_recorded(taken, row, made) for row in chunk)
            job.done += len(chunk)
            done, total = job.done, job.total
        tell(done, total)


def _recorded(taken: Claim, planned: PlannedRow, made: Mapping[int, int]) -> StudentImportRow:
    return StudentImportRow(
        import_id=taken.import_id,
        row_no=planned.row_no,
        outcome=planned.outcome,
        student_id=made.get(planned.row_no, planned.student_id),
        detail=roster.storable(planned),
    )


def _held(actor: Actor, taken: Claim) -> StudentImport:
    """The import, locked, with its lease renewed; _Lost when the claim is not ours any more."""
    job = locked(actor, taken.import_id)
    if job.state != "running" or job.attempts != taken.attempt:
        raise _Lost()
    job.lease_until = actor.at + LEASE
    return job


def _finish(actor: Actor, taken: Claim, table: Table) -> None:
    with tenancy.work(actor) as session:
        found = [(row.row_no, row.outcome, row.detail) for row in session.scalars(_rows_of(actor, taken))]
    failed = [
        RowProblems(row_no, tuple(Problem(*problem) for problem in detail["problems"]))
        for row_no, outcome, detail in found
        if outcome == "failed"
    ]
    back = write_failed_rows(table.rows, failed, actor.locale, table.school_name) if failed else None
    outcomes = Counter(outcome for _, outcome, _ in found)
    counts = {name: outcomes[name] for name in ("created", "updated", "unchanged", "failed")}
    with tenancy.work(actor):
        job = _held(actor, taken)
        job.counts = {
            **counts,
            "warnings": _summed_up(found),
            "school_name": table.school_name[:200],
        }
        job.failed_rows = back
        job.state = "ready" if job.dry_run else "done"
        if not job.dry_run:
            job.file = None  # the file holds more about families than we keep
        job.lease_until = None
        job.finished_at = actor.at
        audit.record(actor, "import.previewed" if job.dry_run else "import.done", job, **counts)


def _summed_up(found: Sequence[tuple[int, str, Any]]) -> list[list[Any]]:
    """[label, message_id, how many rows, the first row numbers] for each kind of warning."""
    rows: dict[tuple[str, str], list[int]] = {}
    for row_no, _, detail in found:
        for label, message_id, _params in detail["warnings"]:
            rows.setdefault((label, message_id), []).append(row_no)
    return [[*key, len(numbers), numbers[:_NAMED_ROWS]] for key, numbers in rows.items()]


def _end_failed(
    actor: Actor,
    import_id: int,
    message_id: str,
    params: Mapping[str, Any],
    *,
    labels: list[str] | None = None,
    keep_file: bool = False,
) -> None:
    """Say why and stop. The file is kept only where its columns can still be chosen by hand, and where it is
    not to blame."""
    job = tenancy.session.scalar(
        select(StudentImport)
        .where(StudentImport.school_id == actor.school_id, StudentImport.id == import_id)
        .with_for_update()
    )
    if job is None or job.state not in UNDER_WAY:
        return
    job.state = "failed"
    job.error = {"message_id": message_id, "params": dict(params)}
    job.lease_until = None
    job.finished_at = actor.at
    if labels:
        job.mapping = {**(job.mapping or {}), "labels": labels}
    elif not keep_file:
        job.file = None
    audit.record(actor, "import.failed", job)


def _labels(taken: Claim) -> list[str]:
    with as_file(taken.content) as path:
        return list(dict.fromkeys(reader.read_headers(path)))


def _rows_of(actor: Actor, taken: Claim):
    return (
        select(StudentImportRow)
        .where(StudentImportRow.school_id == actor.school_id, StudentImportRow.import_id == taken.import_id)
        .order_by(StudentImportRow.row_no)
    )
