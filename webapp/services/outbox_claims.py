"""One mail on its way: claimed under a lease, built once, marked before DATA, finished or returned.

Each function is a short transaction of its own in the mail's school; none is open while the mail
server talks. Where a row and its stream are both held, the stream comes first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select, update

from webapp import tenancy
from webapp.domain.conferences import APPROVED_STATES
from webapp.domain.errors import Invalid
from webapp.mail.build import Mailbox, build
from webapp.mail.messages import MAILS, Facts, InvitationFacts, MeetingFacts, OptionalFacts, render
from webapp.mail.reply_address import is_tagged
from webapp.mail.smtp import MAX_ATTEMPTS
from webapp.models.background import OutboxMail
from webapp.models.conferences import Conference, Participant
from webapp.models.identity import User
from webapp.models.schools import School
from webapp.models.students import Guardian
from webapp.services import outbox, participants, sending, visit_mails

IN_HAND = ("claimed", "transmitting")


class LeaseLost(Exception):
    """Another run has this mail now; whoever gets this leaves it alone."""


@dataclass(frozen=True)
class Claim:
    """A mail in this run's hands; or, with `stopped_as`, one that must not leave, and why."""

    school_id: int
    mail_id: int
    worker: str
    stream: str | None
    attempt: int
    stopped_as: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Ready:
    """What goes over the wire: envelope addresses and the stored bytes."""

    sender: str
    recipient: str
    data: bytes


def claim_next(school_id: int, at: datetime, *, worker: str, lease: timedelta) -> Claim | None:
    """Take the school's mail that has been due longest; None when none is due or free, or all are held back.

    Whether it may still leave is asked here, with the newest facts: a mail that may not is not taken
    but comes back with `stopped_as` (expired, withheld), for `stop`.
    """
    with tenancy.work(tenancy.system(school_id, at)) as session:
        row = session.scalar(
            select(OutboxMail)
            .where(
                OutboxMail.school_id == school_id,
                OutboxMail.state.in_(outbox.WAITING),
                OutboxMail.due_at <= at,
                sending.NOT_HELD,
            )
            .order_by(OutboxMail.due_at, OutboxMail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        stopped_as, reason = _may_not_leave(row, at)
        if stopped_as is None:
            row.state, row.claimed_by, row.lease_until = "claimed", worker, at + lease
            row.attempts += 1
        return Claim(school_id, row.id, worker, row.stream, row.attempts, stopped_as, reason)


NEWS_OF_AN_END = ("conference_cancelled", "invitation_withdrawn")
"""Mails that take a meeting out of somebody's calendar."""


def _may_not_leave(row: OutboxMail, at: datetime) -> tuple[str | None, str | None]:
    if row.expires_at is not None and row.expires_at <= at:
        return "expired", None
    if row.optional and row.user_id is not None:
        off = tenancy.session.scalar(select(User.digests_off).where(User.id == row.user_id))
        if row.kind in (off or ()):
            return "withheld", "switched_off"
    if row.activity_id is not None:
        reason = visit_mails.withheld_because(row)
        if reason is not None:
            return "withheld", reason
    participant = _row(Participant, row.school_id, row.participant_id)
    if row.conference_id is not None and _is_shut_out(row, participant):
        return "withheld", "shut_out"
    if participant is not None:
        guardian = _row(Guardian, row.school_id, participant.guardian_id)
        if guardian is not None and guardian.do_not_contact:
            return "withheld", "do_not_contact"
        # Only the news that there is no meeting for them still goes to one who was taken off its list.
        if participant.removed_at is not None and row.kind not in NEWS_OF_AN_END:
            return "withheld", "participant_removed"
    conference = _row(Conference, row.school_id, row.conference_id)
    about_the_meeting = issubclass(MAILS[row.kind].facts, MeetingFacts) if row.kind in MAILS else False
    if conference is not None and about_the_meeting and row.kind not in NEWS_OF_AN_END:
        if conference.cancelled_at is not None:
            return "withheld", "conference_cancelled"
        if conference.state not in APPROVED_STATES:
            return "withheld", "not_approved"
    if participant is not None and participant.mail_bounced_at is not None:
        return "withheld", "address_bounced"
    # The links in it stopped when the address was corrected.
    if participant is not None and participant.email != row.to_address:
        return "withheld", "address_changed"
    return None, None


def _is_shut_out(row: OutboxMail, participant: Participant | None) -> bool:
    user_id = participant.user_id if participant is not None else row.user_id
    assert row.conference_id is not None
    return user_id in participants.barred(tenancy.current().actor, row.conference_id).user_ids


def _row(table: type[Any], school_id: int, row_id: int | None) -> Any:
    if row_id is None:
        return None
    return tenancy.session.scalar(select(table).where(table.school_id == school_id, table.id == row_id))


def bytes_to_send(claim: Claim, at: datetime) -> Ready:
    """The mail's bytes, built and stored at the first claim and the same ever after.

    Raises what building raises (Invalid, ValidationError, TemplateError, KeyError) for a row that can
    never be sent.
    """
    settings = current_app.config["PAMONG"]
    with tenancy.work(tenancy.system(claim.school_id, at)) as session:
        row = session.scalars(
            select(OutboxMail).where(OutboxMail.school_id == claim.school_id, OutboxMail.id == claim.mail_id)
        ).one()
        content: bytes | None = row.content
        if content is None:
            content = row.content = _build(row, at)
        # What does not arrive is told to the envelope's sender: to the mailbox that is read, if one is.
        return Ready(settings.reply_address or settings.mail_from, row.to_address, content)


def _build(row: OutboxMail, at: datetime) -> bytes:
    settings = current_app.config["PAMONG"]
    kind = MAILS[row.kind]
    facts = kind.facts.from_json(json.dumps(row.facts))
    name = facts.letterhead.name
    return build(
        render(row.kind, facts, row.locale),
        sender=Mailbox(settings.mail_from, name),
        recipient=Mailbox(row.to_address, row.to_name or ""),
        message_id=row.message_id,
        date=at,
        reply_to=_answers_to(row.school_id, name, facts),
        automatic=kind.automatic,
        list_headers=_list_headers(facts),
    )


def _list_headers(facts: Facts) -> dict[str, str]:
    """How a mail program may switch an optional mail off by itself; duties carry no such header."""
    if not isinstance(facts, OptionalFacts) or not facts.stop_link:
        return {}
    headers = {"List-Unsubscribe": f"<{facts.stop_link}>"}
    if facts.stop_link.startswith("https:"):  # RFC 8058 knows no other
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _answers_to(school_id: int, name: str, facts: Facts) -> Mailbox | None:
    own = current_app.config["PAMONG"].reply_address
    if isinstance(facts, InvitationFacts) and is_tagged(facts.organiser_address, own):
        return Mailbox(facts.organiser_address, name)
    address = tenancy.session.scalar(select(School.email).where(School.id == school_id))
    if not address:
        return None
    try:
        return Mailbox(address, name)
    except Invalid:  # what a school typed as its address must never stop a mail
        return None


def mark_transmitting(claim: Claim, at: datetime, lease: timedelta) -> None:
    """Just before DATA: from here on it may have arrived. LeaseLost when it is no longer ours."""
    with tenancy.work(tenancy.system(claim.school_id, at)):
        if not _change(claim, ("claimed",), state="transmitting", lease_until=at + lease):
            raise LeaseLost()


def finish(claim: Claim, at: datetime, state: str, **values: Any) -> bool:
    """The end of one try: `state` and further columns; promotes the next of the stream when it is final.

    False when the lease was lost meanwhile: whoever holds the mail now will finish it.
    """
    with tenancy.work(tenancy.system(claim.school_id, at)):
        if claim.stream is not None:
            outbox.lock_stream(claim.school_id, claim.stream)
        if not _change(claim, IN_HAND, state=state, claimed_by=None, lease_until=None, **values):
            return False
        if state in ("bounced", "sent"):
            note_address(claim.school_id, claim.mail_id, at if state == "bounced" else None)
        if state not in outbox.UNSENT:
            outbox.promote_next(claim.school_id, claim.stream, at)
        return True


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
    with tenancy.work(tenancy.system(claim.school_id, at)):
        _change(claim, ("transmitting",), last_response=response)


def _change(claim: Claim, states: Sequence[str], **values: Any) -> bool:
    changed = tenancy.session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.school_id == claim.school_id,
            OutboxMail.id == claim.mail_id,
            OutboxMail.claimed_by == claim.worker,
            OutboxMail.state.in_(states),
        )
        .values(**values)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


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
