"""Imports of Dapodik lists, carried out in the background; import_requests asks for them.

The file is read outside any transaction, and lies on the disk, not in memory; rows are carried out in
chunks, each one transaction that also records and counts what its rows did. Killed at any point, the next
run plans the rest afresh and goes on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from webapp import tenancy
from webapp.dapodik import reader
from webapp.dapodik.columns import Columns, MissingColumns
from webapp.dapodik.failed_rows import write_failed_rows
from webapp.dapodik.matching import Matched
from webapp.dapodik.reader import RawRow, Table
from webapp.dapodik.rows import Problem, StudentRow
from webapp.dapodik.tally import OUTCOMES, Tally
from webapp.domain.errors import N_, DomainError, Invalid
from webapp.domain.permissions import Permission
from webapp.models.students import StudentImport, StudentImportRow
from webapp.services import (
    access,
    audit,
    faults,
    import_files,
    import_mappings,
    requesters,
    roster,
    roster_writing,
)
from webapp.services.import_requests import UNDER_WAY, locked
from webapp.services.roster import RefusedRow
from webapp.tenancy import Actor

log = logging.getLogger(__name__)

CHUNK = 1000
LEASE = timedelta(minutes=3)  # longer than reading a file may take
MOST_ATTEMPTS = 5
_REPLANS = 3
_SWEEP = 20

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
    """The right to carry out one import until the lease ends; `attempt` tells claims apart.

    `columns` are those that a person chose for this file, `remembered` those of earlier files by headers.
    """

    import_id: int
    attempt: int
    dry_run: bool
    columns: Columns | None
    remembered: Mapping[str, Columns]


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
    chosen = (job.mapping or {}).get("columns")
    return Claim(job.id, job.attempts, job.dry_run, chosen, import_mappings.remembered(actor))


def carry_out(actor: Actor, taken: Claim, *, tell: Tell = _nobody) -> bool:
    """Bring a claimed import to its end: ready after a dry run, else done; failed when the file is wrong.

    `tell` hears (rows done, rows in all) after every chunk. False when the claim was lost on the way.
    """
    began = time.monotonic()

    def now() -> Actor:
        return actor.seen_at(actor.at + timedelta(seconds=time.monotonic() - began))

    try:
        with (
            import_files.stored(now(), taken.import_id) as path,
            reader.reading(path, taken.columns, taken.remembered) as table,
        ):
            _carry_out_rows(now, taken, table, tell)
            _finish(now(), taken, table)
    except _Lost:
        return False
    except Invalid as refusal:
        labels = refusal.labels if isinstance(refusal, MissingColumns) else None
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
    with roster.parsed(table, now().today) as rows:
        for _ in range(_REPLANS):
            try:
                with tenancy.work(now()) as session:
                    job = _held(now(), taken)
                    job.total = rows.total
                    job.mapping = {"labels": table.labels, "columns": table.columns}
                    matched = roster.match(now(), rows)
                    recorded = set(session.scalars(_row_numbers(now(), taken)))
                _in_chunks(now, taken, (row for row in rows if row.row_no not in recorded), matched, tell)
                return
            except (IntegrityError, roster.Changed):
                # Somebody entered or merged one of these students meanwhile: planned again, the row finds it.
                log.info("import %s meets a student changed meanwhile and plans again", taken.import_id)
    raise Invalid(CHANGED)


def _in_chunks(
    now: Callable[[], Actor],
    taken: Claim,
    rows: Iterator[StudentRow | RefusedRow],
    matched: Matched,
    tell: Tell,
) -> None:
    while chunk := list(islice(rows, CHUNK)):
        with tenancy.work(now()):
            job = _held(now(), taken)
            plan = roster.plan(now(), chunk, matched, lock=not taken.dry_run)
            made = {} if taken.dry_run else roster_writing.apply(now(), plan)
            roster_writing.record(now(), taken.import_id, plan.rows, made)
            job.counts = _counted(job.counts, plan)
            job.done += len(chunk)
            done, total = job.done, job.total
        tell(done, total)


def _counted(counts: Mapping[str, Any], plan: roster.Plan) -> dict[str, Any]:
    tally = Tally(counts)
    for row in plan.rows:
        tally.add(row.row_no, row.outcome, row.warnings)
        if row.outcome != "failed":
            tally.move(row.class_before, row.class_name or row.class_before or "")
    return tally.stored()


def _held(actor: Actor, taken: Claim) -> StudentImport:
    """The import, locked, with its lease renewed; _Lost when the claim is not ours any more."""
    job = locked(actor, taken.import_id)
    if job.state != "running" or job.attempts != taken.attempt:
        raise _Lost()
    job.lease_until = actor.at + LEASE
    return job


def _finish(actor: Actor, taken: Claim, table: Table) -> None:
    with tenancy.work(actor):
        job = _held(actor, taken)
        counts = {name: job.counts.get(name, 0) for name in OUTCOMES}
        if counts["failed"]:
            job.failed_rows = write_failed_rows(_failed(actor, taken, table), actor.locale, table.school_name)
        job.counts = {**job.counts, "school_name": table.school_name[:200]}
        job.state = "ready" if job.dry_run else "done"
        if not job.dry_run:
            job.file = None  # the file holds more about families than we keep
        job.lease_until = None
        job.finished_at = actor.at
        audit.record(actor, "import.previewed" if job.dry_run else "import.done", job, **counts)


def _failed(actor: Actor, taken: Claim, table: Table) -> Iterator[tuple[RawRow, list[Problem]]]:
    """The rows that failed, as they stood in the file, with their reasons; a page of reasons at a time."""
    raw_rows = table.rows()
    after = 0
    while True:
        found = tenancy.session.scalars(
            select(StudentImportRow)
            .where(
                StudentImportRow.school_id == actor.school_id,
                StudentImportRow.import_id == taken.import_id,
                StudentImportRow.outcome == "failed",
                StudentImportRow.row_no > after,
            )
            .order_by(StudentImportRow.row_no)
            .limit(CHUNK)
        ).all()
        if not found:
            return
        for row in found:
            raw = next(raw for raw in raw_rows if raw.number == row.row_no)
            yield raw, [Problem(*problem) for problem in row.detail["problems"]]
        after = found[-1].row_no
        for row in found:
            tenancy.session.expunge(row)


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
        job.mapping = {"labels": labels}
    elif not keep_file:
        job.file = None
    audit.record(actor, "import.failed", job)


def _row_numbers(actor: Actor, taken: Claim):
    return select(StudentImportRow.row_no).where(
        StudentImportRow.school_id == actor.school_id, StudentImportRow.import_id == taken.import_id
    )
