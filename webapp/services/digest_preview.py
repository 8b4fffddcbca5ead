"""What somebody's next digest would say now: found and written by what sends it, and nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.digests import digest_period, next_digest
from webapp.domain.errors import NotFound
from webapp.mail.messages import MailContent, render
from webapp.models.background import Due
from webapp.services import dues_sweep
from webapp.services.digest_readers import reader_of
from webapp.services.dues import DIGEST_OF_ROLE
from webapp.services.identity import Workplace
from webapp.tenancy import PLATFORM_SCHOOL_ID


@dataclass(frozen=True)
class Preview:
    """The mail as it would be written (`lines` 0: it would not be sent), and when it leaves."""

    content: MailContent
    lines: int
    leaves_at: datetime
    is_on: bool


def kinds_at(place: Workplace) -> list[str]:
    """The kinds of digest that somebody gets for their roles in a school or district."""
    return sorted({DIGEST_OF_ROLE[role] for role in place.roles if role in DIGEST_OF_ROLE})


def preview(user_id: int, place: Workplace, kind: str, at: datetime) -> Preview:
    """The next digest of that kind, from what is known at `at`; NotFound where the person gets none such.

    Opens its own scope, the reader's: it shows what that person may read, and no more.
    """
    row = Due(
        school_id=PLATFORM_SCHOOL_ID if place.kind == "district" else place.id,
        kind=kind,
        recipient=f"user:{user_id}",
        subject_id=place.id if place.kind == "district" else 0,
    )
    reader = reader_of(row, at) if kind in kinds_at(place) else None
    if reader is None:
        raise NotFound()
    with tenancy.work(reader.actor):
        clock = dues_sweep.digest_clock(row)
        waiting_since = tenancy.session.scalar(
            select(Due.due_at).where(
                Due.school_id == row.school_id,
                Due.kind == kind,
                Due.recipient == row.recipient,
                Due.subject_id == row.subject_id,
                Due.state == "waiting",
            )
        )
        following = next_digest(kind, clock, at)
        leaves_at = following.due_at if waiting_since is None else max(at, waiting_since)
        period = digest_period(kind, clock, leaves_at) or following
        then = replace(reader, actor=reader.actor.seen_at(leaves_at))
        digest = dues_sweep.collect(row, then, period, clock)
        content = render(kind, digest.facts, reader.actor.locale)
    return Preview(content, digest.lines, leaves_at, reader.wants_it)
