"""What is due at a moment, which may lie ahead: what a sweep then would send, and why. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import schedules
from webapp.domain.digests import DIGEST_KINDS
from webapp.domain.errors import N_, NotFound
from webapp.models.background import Due
from webapp.models.schools import School
from webapp.services import due_notices, dues, dues_facts, dues_sweep, people, transfer_notices
from webapp.services.digest_readers import Reader, reader_of
from webapp.services.due_notices import user_of
from webapp.tenancy import PLATFORM_SCHOOL_ID


@dataclass(frozen=True)
class DueLine:
    """One thing that is due: the school's slug (a district's for a monthly digest), the recipient as the
    address of staff or `participant:<id>`, the period, and the reason."""

    kind: str
    place: str
    recipient: str
    period: str
    reason: str


def list_due(at: datetime, *, school: str | None = None) -> list[DueLine]:
    """All reminders and digests due at that moment, by place, kind and recipient; NotFound for an unknown
    school. Opens its own scopes."""
    check_school(school, at)
    found = [_line(claim, at) for claim in dues_sweep.claims(at, school)]
    lines = [line for line in found if line is not None]
    return sorted(lines, key=lambda line: (line.place, line.kind, line.recipient, line.period))


def check_school(school: str | None, at: datetime) -> None:
    """NotFound when there is no school with that slug; None stands for all."""
    if school is None:
        return
    with tenancy.work(tenancy.system(PLATFORM_SCHOOL_ID, at)) as session:
        if session.scalar(select(School.id).where(School.slug == school)) is None:
            raise NotFound(N_("There is no school with the address %(slug)s."), slug=school)


def _line(claim: dues_sweep.Claim, at: datetime) -> DueLine | None:
    if not claim.is_running:
        return None
    worker = claim.worker(at)
    with tenancy.work(worker):
        row = tenancy.session.scalar(
            select(Due).where(
                Due.school_id == claim.school_id, Due.id == claim.due_id, Due.state == "waiting"
            )
        )
        if row is None or row.kind == dues.REPLAN:
            return None
        if row.kind in (*due_notices.KINDS, transfer_notices.KIND):
            notices = transfer_notices if row.kind == transfer_notices.KIND else due_notices
            reason = notices.reason(worker, row)
            if reason is None:
                return None
            return DueLine(row.kind, claim.slug, _shown(worker, row), row.period, reason)
        if row.kind not in DIGEST_KINDS:
            clock = dues_facts.school_clock(row.school_id)
            subject = dues_facts.subject_of(worker, row)
            said, due = dues_sweep.judge_reminder(row, subject, clock, at)
            if said != "send" or due is None:
                return None
            return DueLine(row.kind, claim.slug, _shown(worker, row), row.period, str(due.reason))
    reader = reader_of(row, at)
    if reader is None:
        return None
    with tenancy.work(reader.actor):
        return _digest_line(row, reader, at)


def _digest_line(row: Due, reader: Reader, at: datetime) -> DueLine | None:
    clock = dues_sweep.digest_clock(row)
    _, period = dues_sweep.judge_digest(row, reader, clock, at)
    if period is None or (period.key != row.period and dues.is_known(row, period.key)):
        return None
    digest = dues_sweep.collect(row, reader, period, clock)
    facts = schedules.DigestReader(row.recipient, row.kind, digest.lines)
    due = schedules.is_due(facts, clock, at)
    if due is None:
        return None
    return DueLine(row.kind, reader.place, reader.email, due.period, str(due.reason))


def _shown(worker: tenancy.Actor, row: Due) -> str:
    if not row.recipient.startswith("user:"):
        return row.recipient
    user_id = user_of(row.recipient)
    return next((member.email for member in people.staff(worker) if member.user_id == user_id), row.recipient)
