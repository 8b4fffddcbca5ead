"""When a moment has come: each due row is decided from the facts as they are then, and its mail queued.

A row, its mail and its successor change in one transaction: killed anywhere, the sweep that runs next finds
the row waiting or done. Sweeps may run at once; a row that another one holds is passed over.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from webapp import tenancy
from webapp.crypto import SealBroken
from webapp.domain import schedules
from webapp.domain.dates import local_date
from webapp.domain.digests import DIGEST_KINDS, Period, digest_period, digest_time
from webapp.domain.errors import DomainError
from webapp.domain.school_clock import SchoolClock
from webapp.models.background import Due
from webapp.models.conferences import Conference
from webapp.models.schools import School
from webapp.services import (
    access,
    digests,
    due_mails,
    due_notices,
    dues,
    dues_facts,
    dues_replan,
    sending,
    transfer_notices,
)
from webapp.services.digest_readers import Reader, reader_of
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

log = logging.getLogger(__name__)

BATCH = 200
EVERYTHING = 1_000_000
TRY_AGAIN_AFTER = timedelta(hours=1)
_COLLECTED = ("queued", "nothing_to_say")
_FAULTS = (
    DomainError,
    SealBroken,
    LookupError,
    TypeError,
    ValueError,
    DataError,
    IntegrityError,
    ProgrammingError,
)
"""What is wrong with one row; that the database is gone is wrong with all of them."""


@dataclass(frozen=True)
class Claim:
    """A due row by its ids, and the place it belongs to."""

    school_id: int
    due_id: int
    slug: str
    time_zone: str
    is_running: bool  # an active school, or the platform

    def worker(self, at: datetime) -> Actor:
        """Whoever works on it without being anybody."""
        return tenancy.system(self.school_id, at, time_zone=self.time_zone)


def sweep(at: datetime, *, school: str | None = None) -> int:
    """Decide all rows due by `at` (of one school, by its slug); returns how many. Opens its own scopes, one
    per row, so that what happens to one touches no other. Decides nothing while sending is held back."""
    if sending.is_held(at):
        return 0
    decided = 0
    seen: set[int] = set()
    most = BATCH if school is None else EVERYTHING
    while fresh := [claim for claim in claims(at, school, most) if claim.due_id not in seen]:
        for claim in fresh:
            seen.add(claim.due_id)
            decided += _decide(claim, at)
    return decided


def claims(at: datetime, school: str | None, most: int = EVERYTHING) -> list[Claim]:
    """Rows due by that moment, the oldest first, over all schools: ids only."""
    with tenancy.work(tenancy.system(PLATFORM_SCHOOL_ID, at)) as session:
        found = session.execute(
            text("SELECT school_id, id FROM app_due_rows(:until, :most)"), {"until": at, "most": most}
        ).all()
        schools = session.execute(
            select(School.id, School.slug, School.time_zone, School.active).where(
                School.id.in_({school_id for school_id, _ in found})
            )
        )
        places = {row.id: row for row in schools}
    return [
        Claim(school_id, due_id, place.slug, place.time_zone, place.active or school_id == PLATFORM_SCHOOL_ID)
        for school_id, due_id in found
        if (place := places[school_id]) and school in (None, place.slug)
    ]


def _decide(claim: Claim, at: datetime) -> int:
    try:
        with tenancy.work(claim.worker(at)):
            row = _lock(claim)
            if row is None:
                return 0
            if not claim.is_running:
                return _finish(row, "cancelled", at)
            if row.kind == dues.REPLAN:
                dues_replan.replan(claim.worker(at))
                return _finish(row, "planned", at)
            if row.kind in due_notices.KINDS:
                return _finish(row, due_notices.send(claim.worker(at), row), at)
            if row.kind == transfer_notices.KIND:
                return _finish(row, transfer_notices.send(claim.worker(at), row), at)
            if row.kind not in DIGEST_KINDS:
                return _remind(claim.worker(at), row)
        # A digest is collected as its reader: another scope, and so another transaction.
        reader = reader_of(row, at)
        with tenancy.work(claim.worker(at) if reader is None else reader.actor):
            row = _lock(claim)
            return 0 if row is None else _digest(row, reader, at)
    except _FAULTS as error:
        # A fault's text may hold a name: its class is enough to look for it.
        log.error("due row %s of school %s: %s", claim.due_id, claim.school_id, type(error).__name__)
    # It must not keep back what stands behind it.
    with tenancy.work(claim.worker(at)):
        _postpone(claim, at + TRY_AGAIN_AFTER)
    return 0


def _lock(claim: Claim) -> Due | None:
    return tenancy.session.scalar(
        select(Due)
        .where(Due.school_id == claim.school_id, Due.id == claim.due_id, Due.state == "waiting")
        .with_for_update(skip_locked=True)
    )


def _finish(row: Due, outcome: str, at: datetime) -> int:
    row.state, row.outcome = "done", outcome
    # Worked off ahead of its moment (`pamong due --at`), it is done now all the same.
    row.done_at = func.least(at, func.now())
    tenancy.session.flush()
    return 1


def _postpone(claim: Claim, until: datetime) -> None:
    tenancy.session.execute(
        update(Due)
        .where(Due.school_id == claim.school_id, Due.id == claim.due_id, Due.state == "waiting")
        .values(due_at=until)
    )


def next_moment(clock: SchoolClock, since: time, at: datetime) -> datetime:
    """When a set time of a school day comes next, strictly after `at`."""
    today = local_date(at, clock.tz)
    if clock.works_on(today) and clock.moment(today, since) > at:
        return clock.moment(today, since)
    return clock.moment(clock.day_after(today), since)


# --- reminders ------------------------------------------------------------------------------------


def judge_reminder(
    row: Due, subject: dues_facts.Subject | None, clock: SchoolClock, at: datetime
) -> tuple[str, schedules.Due | None]:
    """A word of VERDICTS (or `replaced`: not this person's any more), and what is due when it is "send"."""
    if subject is None:
        return "replaced", None
    said = schedules.verdict(subject.facts, clock, at, row.period)
    due = schedules.is_due(subject.facts, clock, at) if said == "send" else None
    # The day before a meeting is a day for both kinds: who has said yes is not asked to answer.
    if due is not None and due.kind != row.kind:
        return "answered", None
    return said, due


def _remind(actor: Actor, row: Due) -> int:
    clock = dues_facts.school_clock(row.school_id)
    subject = dues_facts.subject_of(actor, row)
    said, _ = judge_reminder(row, subject, clock, actor.at)
    if said == "wait":
        row.due_at = next_moment(clock, clock.reminders_at, actor.at)
        return 0
    if said == "send" and subject is not None:
        said = "queued" if due_mails.send_reminder(actor, row, subject) else "unreachable"
    _finish(row, said, actor.at)
    if said == "replaced" and row.kind == "approval_reminder":
        dues.plan_approval(actor, access.get(actor, Conference, row.subject_id))
    return 1


# --- digests --------------------------------------------------------------------------------------


def digest_clock(row: Due) -> SchoolClock:
    """By whose clock a digest leaves: its school's, or its district's."""
    if row.kind == "monthly_digest":
        return dues_facts.district_clock(row.subject_id)
    return dues_facts.school_clock(row.school_id)


def judge_digest(
    row: Due, reader: Reader | None, clock: SchoolClock, at: datetime
) -> tuple[str, Period | None]:
    """A word of VERDICTS (or `switched_off`) before anything is collected, and the period to send now.

    After a pause the period is a later one than the row was planned for.
    """
    if reader is None:
        return "unreachable", None
    if not reader.wants_it:
        return "switched_off", None
    facts = schedules.DigestReader(row.recipient, row.kind, lines=1)
    said = schedules.verdict(facts, clock, at, row.period)
    if said == "wait":
        return said, None
    return said, digest_period(row.kind, clock, at)


def _digest(row: Due, reader: Reader | None, at: datetime) -> int:
    clock = digest_clock(row)
    said, period = judge_digest(row, reader, clock, at)
    if said == "wait":
        row.due_at = next_moment(clock, digest_time(row.kind, clock), at)
        return 0
    if reader is None or not reader.wants_it:
        return _finish(row, said, at)
    if said == "missed" and period is not None and not dues.is_known(row, period.key):
        _finish(row, "missed", at)
        row = tenancy.add(_row_for(row, period))
    if period is not None and row.period == period.key:
        said = _send(row, reader, period, clock)
    _finish(row, said, at)
    dues.plan_next_digest(row, clock, at)
    return 1


def _row_for(row: Due, period: Period) -> Due:
    return Due(
        school_id=row.school_id,
        kind=row.kind,
        recipient=row.recipient,
        subject_id=row.subject_id,
        period=period.key,
        due_at=period.due_at,
    )


def _send(row: Due, reader: Reader, period: Period, clock: SchoolClock) -> str:
    digest = collect(row, reader, period, clock)
    if digest.lines == 0:
        return "nothing_to_say"
    due_mails.send_digest(reader.actor, row, digest, to_address=reader.email, to_name=reader.name)
    return "queued"


def collect(row: Due, reader: Reader, period: Period, clock: SchoolClock) -> digests.Digest:
    """The digest as its reader may read it; inside the reader's scope."""
    since = tenancy.session.scalar(
        select(func.max(Due.done_at)).where(
            Due.school_id == row.school_id,
            Due.kind == row.kind,
            Due.recipient == row.recipient,
            Due.subject_id == row.subject_id,
            Due.outcome.in_(_COLLECTED),
        )
    )
    return digests.collect(reader.actor, row.kind, period, clock, to_name=reader.name, since=since)
