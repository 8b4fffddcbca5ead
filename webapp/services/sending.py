"""Whether Pamong may send at all: a restored database holds everything back until a person releases it.

The hold stands in the database that was restored, not in a setting: whatever worker of whatever machine
opens this database finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from webapp import tenancy
from webapp.domain.errors import N_, Conflict
from webapp.models.background import SendingHold
from webapp.services import audit, outbox
from webapp.tenancy import Actor

NOT_HELD = ~select(SendingHold.id).where(SendingHold.released_at.is_(None)).exists()
"""For the statement that takes a mail or a reminder in hand: true while nothing is held back."""



@dataclass(frozen=True)
class Hold:
    """Since when nothing is sent, and how old the data is."""

    held_at: datetime
    backup_at: datetime


def hold() -> Hold | None:
    """The hold that stands, or None; inside any scope."""
    row = tenancy.session.scalar(
        select(SendingHold).where(SendingHold.released_at.is_(None)).order_by(SendingHold.id.desc()).limit(1)
    )
    return None if row is None else Hold(row.held_at, row.backup_at)


def is_held(at: datetime) -> bool:
    """Whether everything that sends must wait; outside any scope."""
    with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)):
        return hold() is not None


def release(actor: Actor) -> int:
    """Let everything go that was held back and return how many mails were due; Conflict when nothing is held.

    Each mail is asked again as it leaves whether it still may: what expired meanwhile is not sent late.
    """
    ended = tenancy.session.execute(
        update(SendingHold).where(SendingHold.released_at.is_(None)).values(released_at=actor.at)
    )
    if ended.rowcount == 0:  # type: ignore[attr-defined]
        raise Conflict(N_("Nothing is held back: Pamong sends already."))
    due_mails = func.app_due_mails(actor.at, outbox.EVERY_MAIL).table_valued("school_id", "id")
    due = tenancy.session.execute(select(due_mails)).all()
    audit.record(actor, "sending.released", mails=len(due))
    tenancy.wake("mail")
    tenancy.wake("sweeps")
    return len(due)
