"""After the clock was set back: what was noted under the earlier one would wait until that moment returns.

A mail that nobody has tried is due at once, nothing is put off for longer than LONGEST_BACKOFF, and no run
holds a mail for longer than LONGEST_LEASE: whatever lies further ahead is brought forward.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update

from webapp import tenancy
from webapp.mail.smtp import LONGEST_BACKOFF
from webapp.models.background import OutboxMail
from webapp.services import outbox, status
from webapp.services.outbox_claims import IN_HAND

LONGEST_LEASE = timedelta(minutes=5)
_EVERY_MOMENT = timedelta(days=36600)


def is_set_back(at: datetime) -> bool:
    """Whether the last good sweep was noted at a moment that is still to come."""
    with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)):
        last = status.last_sweep("outbox")
    return last is not None and last > at


def bring_forward(at: datetime) -> int:
    """Make due what waits for a moment of the earlier clock, and shorten its leases; how many mails."""
    until = at + _EVERY_MOMENT
    with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)) as session:
        waiting = func.app_due_mails(until, outbox.EVERY_MAIL).table_valued("school_id", "id")
        held = func.app_stale_mails(until, outbox.EVERY_MAIL).table_valued("school_id", "id")
        schools = {school_id for kind in (waiting, held) for school_id, _ in session.execute(select(kind))}
    return sum(_bring_forward_in(school_id, at) for school_id in sorted(schools))


def _bring_forward_in(school_id: int, at: datetime) -> int:
    own = OutboxMail.school_id == school_id
    with tenancy.work(tenancy.system(school_id, at)) as session:
        due = session.execute(
            update(OutboxMail)
            .where(own, OutboxMail.state.in_(outbox.WAITING), OutboxMail.due_at > at)
            .where(or_(OutboxMail.state == "queued", OutboxMail.due_at > at + LONGEST_BACKOFF))
            .values(due_at=at)
        )
        leases = session.execute(
            update(OutboxMail)
            .where(own, OutboxMail.state.in_(IN_HAND), OutboxMail.lease_until > at + LONGEST_LEASE)
            .values(lease_until=at + LONGEST_LEASE)
        )
        return due.rowcount + leases.rowcount  # type: ignore[attr-defined]
