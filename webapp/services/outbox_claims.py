"""Mails on their way: taken under a lease, marked before DATA, finished, given back or returned.

Each function is a short transaction of its own in the mails' school; none is open while the mail
server talks. Where a row and its stream are both held, the stream comes first.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from jinja2 import TemplateError
from pydantic import ValidationError
from sqlalchemy import func, select, update

from webapp import calls, tenancy
from webapp.domain.errors import DomainError
from webapp.mail.smtp import MAX_ATTEMPTS
from webapp.models.background import OutboxMail
from webapp.models.conferences import Participant
from webapp.services import outbox, sending
from webapp.services.outbox_build import Builder
from webapp.services.outbox_leave import Circumstances

log = logging.getLogger(__name__)

IN_HAND = ("claimed", "transmitting")

_MARK = "app_mark_mail(int, bigint, text, timestamptz)"
_FINISH = (
    "app_finish_mail(int, bigint, text, text, boolean, text, text, timestamptz, timestamptz, timestamptz)"
)


class LeaseLost(Exception):
    """Another run has this mail now; whoever gets this leaves it alone."""


@dataclass(frozen=True)
class Ready:
    """What goes over the wire: envelope addresses and the stored bytes."""

    sender: str
    recipient: str
    data: bytes


@dataclass(frozen=True)
class Claim:
    """A mail in this run's hands; or, with `stopped_as`, one that must not leave, and why.

    ready: None for a mail that can never be built. refused_before: the account of this address is noted as
    one that takes no mail.
    """

    school_id: int
    mail_id: int
    worker: str
    stream: str | None
    attempt: int
    ready: Ready | None = None
    refused_before: bool = False
    stopped_as: str | None = None
    reason: str | None = None


def take(school_id: int, at: datetime, *, worker: str, lease: timedelta, most: int) -> list[Claim]:
    """Take the school's mails that have been due longest, with their bytes; none while all are held back.

    A mail's bytes are built when it is first taken and are the same ever after. Whether it may still leave is
    asked here, with the newest facts: one that may not is not taken but comes back with `stopped_as`
    (expired, withheld), for `stop`. Whoever holds some of them for long gives them back, so that it is asked
    again.
    """
    with tenancy.work(tenancy.system(school_id, at)) as session:
        rows = session.scalars(
            select(OutboxMail)
            .where(
                OutboxMail.school_id == school_id,
                OutboxMail.state.in_(outbox.WAITING),
                OutboxMail.due_at <= at,
                sending.NOT_HELD,
            )
            .order_by(OutboxMail.due_at, OutboxMail.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()
        circumstances = Circumstances(school_id, rows)
        builder = Builder(school_id, at)
        claims = []
        for row in rows:
            stopped_as, reason = circumstances.may_not_leave(row, at)
            ready = None
            if stopped_as is None:
                row.state, row.claimed_by, row.lease_until = "claimed", worker, at + lease
                row.attempts += 1
                ready = _ready(builder, row)
            refused = circumstances.is_refused(row)
            claims.append(
                Claim(school_id, row.id, worker, row.stream, row.attempts, ready, refused, stopped_as, reason)
            )
        return claims


def _ready(builder: Builder, row: OutboxMail) -> Ready | None:
    settings = current_app.config["PAMONG"]
    content: bytes | None = row.content
    if content is None:
        try:
            content = row.content = builder.build(row)
        except (DomainError, ValidationError, TemplateError, LookupError) as error:
            # The error's text may hold a name: its class is enough to look for the fault.
            log.error("mail %s of school %s cannot be built: %s", row.id, row.school_id, type(error).__name__)
            return None
    # What does not arrive is told to the envelope's sender: to the mailbox that is read, if one is.
    return Ready(settings.reply_address or settings.mail_from, row.to_address, content)


def give_back(claims: Sequence[Claim], at: datetime) -> None:
    """Put back what this run took and will not send: due as it was, with as many tries. One that was deferred
    comes back as queued."""
    if not claims:
        return
    first = claims[0]
    with tenancy.work(tenancy.system(first.school_id, at)) as session:
        session.execute(
            update(OutboxMail)
            .where(
                OutboxMail.school_id == first.school_id,
                OutboxMail.id.in_([claim.mail_id for claim in claims]),
                OutboxMail.claimed_by == first.worker,
                OutboxMail.state == "claimed",
            )
            .values(
                state="queued", claimed_by=None, lease_until=None, attempts=OutboxMail.attempts - 1
            )
        )


def mark_transmitting(claim: Claim, at: datetime, lease: timedelta) -> None:
    """Just before DATA: from here on it may have arrived. LeaseLost when it is no longer ours."""
    actor = tenancy.system(claim.school_id, at)
    if not calls.call(actor, _MARK, claim.school_id, claim.mail_id, claim.worker, at + lease):
        raise LeaseLost()


def finish(
    claim: Claim, at: datetime, state: str, *, response: str | None = None, due_at: datetime | None = None
) -> bool:
    """The end of one try; promotes the next of the stream when `state` is final.

    False when the lease was lost meanwhile: whoever holds the mail now will finish it.
    """
    actor = tenancy.system(claim.school_id, at)
    final, sent_at = state not in outbox.UNSENT, at if state == "sent" else None
    values = (
        *(claim.school_id, claim.mail_id, claim.worker, claim.stream),
        *(final, state, response, due_at, sent_at, at),
    )
    if state != "bounced" and not (state == "sent" and claim.refused_before):
        return bool(calls.call(actor, _FINISH, *values))
    with tenancy.work(actor) as session:
        is_ours = bool(session.scalar(select(func.app_finish_mail(*values))))
        if is_ours:
            note_address(claim.school_id, claim.mail_id, at if state == "bounced" else None)
        return is_ours


def note_address(school_id: int, mail_id: int, bounced_at: datetime | None) -> None:
    """Keep with the participant, and with the account, whether their present address takes mails; inside a
    worker's scope."""
    mail = _row(OutboxMail, school_id, mail_id)
    if mail.user_id is not None:
        tenancy.session.execute(
            select(func.app_note_account_bounce(mail.user_id, mail.to_address, bounced_at))
        )
    participant = _row(Participant, school_id, mail.participant_id)
    if participant is None or participant.email != mail.to_address:
        return
    if (participant.mail_bounced_at is None) != (bounced_at is None):
        tenancy.session.execute(select(func.app_note_bounce(participant.id, bounced_at)))


def leave_undecided(claim: Claim, at: datetime, response: str) -> None:
    """It may have arrived: it stays `transmitting` until the lease passes, then the same bytes go again."""
    with tenancy.work(tenancy.system(claim.school_id, at)) as session:
        session.execute(
            update(OutboxMail)
            .where(
                OutboxMail.school_id == claim.school_id,
                OutboxMail.id == claim.mail_id,
                OutboxMail.claimed_by == claim.worker,
                OutboxMail.state == "transmitting",
            )
            .values(last_response=response)
        )


def _row(table: type[Any], school_id: int, row_id: int | None) -> Any:
    if row_id is None:
        return None
    return tenancy.session.scalar(select(table).where(table.school_id == school_id, table.id == row_id))


def stop(claim: Claim, at: datetime) -> None:
    """Mark a mail that may not leave, and promote the next of its stream."""
    with tenancy.work(tenancy.system(claim.school_id, at)):
        if claim.stream is not None:
            outbox.lock_stream(claim.school_id, claim.stream)
        tenancy.session.execute(
            update(OutboxMail)
            .where(
                OutboxMail.school_id == claim.school_id,
                OutboxMail.id == claim.mail_id,
                OutboxMail.state.in_(outbox.WAITING),
            )
            .values(state=claim.stopped_as, last_response=claim.reason, due_at=None)
        )
        outbox.promote_next(claim.school_id, claim.stream, at)


def due_schools(at: datetime, most: int = 500) -> list[int]:
    """Schools with due mails, longest waiting first (the platform is 0); none while all are held back."""
    with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)) as session:
        due = func.app_due_mails(at, most).table_valued("school_id", "id")
        rows = session.execute(select(due).where(sending.NOT_HELD))
        return list(dict.fromkeys(school_id for school_id, _ in rows))


def return_stale(at: datetime, most: int = 500) -> int:
    """Take back mails whose lease has passed: their run is dead. Returns how many.

    A claimed one is queued as before. A transmitting one may have arrived: it is due again with the same
    bytes. After the tenth try either has failed.
    """
    with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)) as session:
        rows = session.execute(select(func.app_stale_mails(at, most).table_valued("school_id", "id")))
        stale = [(school_id, mail_id) for school_id, mail_id in rows]
    return sum(_take_back(school_id, mail_id, at) for school_id, mail_id in stale)


def _take_back(school_id: int, mail_id: int, at: datetime) -> bool:
    with tenancy.work(tenancy.system(school_id, at)) as session:
        this = (OutboxMail.school_id == school_id, OutboxMail.id == mail_id)
        stream = session.scalar(select(OutboxMail.stream).where(*this))
        if stream is not None:
            outbox.lock_stream(school_id, stream)
        row = session.scalar(
            select(OutboxMail)
            .where(*this, OutboxMail.state.in_(IN_HAND), OutboxMail.lease_until <= at)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return False
        if row.state == "transmitting":
            row.last_response = row.last_response or "undecided"
        if row.attempts >= MAX_ATTEMPTS:
            row.state = "failed"
        else:
            row.state = "queued" if row.state == "claimed" else "deferred"
        row.claimed_by = row.lease_until = None
        session.flush()
        if row.state == "failed":
            outbox.promote_next(school_id, stream, at)
        return True
