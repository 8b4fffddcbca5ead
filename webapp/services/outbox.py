"""Mails to send are rows: inserted in the transaction of the act itself, sent by a worker afterwards.

What one person is told about one matter is a *stream*: an attendee about a conference, a family or a
companion about a home visit. Its mails leave in the order in which they were queued. Only the head of a
stream has a `due_at`; whoever finishes the head promotes the next. Both sides hold the stream's lock, so
that neither misses the other.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import cast

from flask import current_app
from sqlalchemy import Table, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from webapp import tenancy
from webapp.mail.build import new_message_id
from webapp.mail.clean import check_address
from webapp.mail.messages import MAILS, Facts, MeetingFacts
from webapp.models.background import OutboxMail
from webapp.services.people import StaffMember
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

_TABLE = cast(Table, OutboxMail.__table__)

UNSENT = ("queued", "claimed", "transmitting", "deferred")
WAITING = ("queued", "deferred")
"""Unsent and in nobody's hands."""

EVERY_MAIL = 1_000_000
"""For functions that return so many at most."""

_SUPERSEDES = {
    "invitation_update": ("invitation_update", "answer_reminder", "attendance_reminder"),
    "conference_cancelled": (
        "invitation",
        "invitation_update",
        "answer_reminder",
        "attendance_reminder",
    ),
    "visit_appointment": ("visit_appointment",),
    "visit_companion": ("visit_companion",),
    "visit_called_off": ("visit_appointment", "visit_companion"),
    "invitation_withdrawn": ("invitation", "invitation_update", "answer_reminder", "attendance_reminder"),
}
"""What has not left yet and would be wrong once the newer mail is there."""


def queue(
    actor: Actor,
    kind: str,
    facts: Facts,
    *,
    to_address: str,
    to_name: str,
    locale: str,
    dedupe_key: str,
    user_id: int | None = None,
    participant_id: int | None = None,
    conference_id: int | None = None,
    activity_id: int | None = None,
    guardian_id: int | None = None,
    stream: str | None = None,
    expires_at: datetime | None = None,
    school_id: int | None = None,
) -> bool:
    """Queue one mail to one recipient; False when `dedupe_key` was queued before: nothing is sent twice.

    Mails about a meeting to a participant form a stream by themselves; `stream` names another. `guardian_id`
    names a guardian who is no participant, `activity_id` the home visit that the mail is about. What is
    not sent by `expires_at` never is. Without a school (accounts, districts) the row belongs to the
    platform. Raises Invalid for an address that no mail server takes, TypeError for another mail's facts.
    """
    if type(facts) is not MAILS[kind].facts:
        raise TypeError(f"{kind} is written from {MAILS[kind].facts.__name__}, not {type(facts).__name__}")
    check_address(to_address)
    if school_id is None:
        school_id = PLATFORM_SCHOOL_ID if actor.school_id is None else actor.school_id
    if stream is None and participant_id is not None and isinstance(facts, MeetingFacts):
        stream = f"participant:{participant_id}"
    if stream is not None:
        lock_stream(school_id, stream)
        if _is_known(school_id, dedupe_key):
            return False  # before anything is superseded in its favour
        _supersede(school_id, stream, kind)
    # The row knows its id before it is inserted: made after the lock, so that ids follow the order.
    row = OutboxMail(
        school_id=school_id,
        kind=kind,
        dedupe_key=dedupe_key,
        stream=stream,
        user_id=user_id,
        participant_id=participant_id,
        conference_id=conference_id,
        activity_id=activity_id,
        guardian_id=guardian_id,
        locale=locale,
        message_id=new_message_id(_domain()),
        created_at=actor.at,
        expires_at=expires_at,
        optional=MAILS[kind].optional,
        to_address=to_address,
        to_name=to_name,
        facts=json.loads(facts.to_json()),
    )
    values = {column.key: getattr(row, column.key) for column in _TABLE.columns}
    values |= {"state": "queued", "attempts": 0}
    # Work done under a later moment (`pamong due --at`) is to be sent now all the same.
    is_head = stream is None or not _has_unsent(school_id, stream)
    values["due_at"] = func.least(actor.at, func.now()) if is_head else None
    # No arbiter and nothing returned: either would ask for the right to read, which guests and the
    # sign-in have for no such row.
    added = tenancy.session.execute(
        insert(_TABLE).values(values).on_conflict_do_nothing(), execution_options={"preserve_rowcount": True}
    )
    if added.rowcount == 0:  # type: ignore[attr-defined]
        return False
    if stream is not None:
        promote_next(school_id, stream, actor.at)  # what stood behind a superseded head
    tenancy.wake("mail")
    return True


def take_back(school_id: int, stream: str, kind: str) -> bool:
    """Supersede what of this kind stands in the stream and nobody has begun to send; whether there was any.
    The caller queues what stands in its place, if anything does."""
    lock_stream(school_id, stream)
    return _mark_superseded(school_id, stream, (kind,)) > 0


def queue_to_staff(
    actor: Actor,
    kind: str,
    facts: Facts,
    member: StaffMember,
    *,
    dedupe_key: str,
    conference_id: int | None = None,
    stream: str | None = None,
) -> bool:
    """Queue one mail to a person of the school, in their language; like `queue` otherwise."""
    return queue(
        actor,
        kind,
        facts,
        to_address=member.email,
        to_name=member.name,
        locale=member.locale,
        dedupe_key=dedupe_key,
        user_id=member.user_id,
        conference_id=conference_id,
        stream=stream,
    )


def lock_stream(school_id: int, stream: str) -> None:
    """Hold a stream until the transaction ends. A lock by name: the actor need no right on any row."""
    tenancy.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"outbox:{school_id}:{stream}"},
    )


def promote_next(school_id: int, stream: str | None, at: datetime) -> bool:
    """Give the next mail of a stream its due time, when none before it is unsent; its lock is held."""
    if stream is None:
        return False
    return bool(tenancy.session.scalar(select(func.app_promote_mail(school_id, stream, at))))


def _domain() -> str:
    domain: str = current_app.config["PAMONG"].mail_from.rpartition("@")[2]
    return domain


def _is_known(school_id: int, dedupe_key: str) -> bool:
    known = select(OutboxMail.id).where(
        OutboxMail.school_id == school_id, OutboxMail.dedupe_key == dedupe_key
    )
    return tenancy.session.scalar(known) is not None


def _has_unsent(school_id: int, stream: str) -> bool:
    unsent = select(OutboxMail.id).where(
        OutboxMail.school_id == school_id, OutboxMail.stream == stream, OutboxMail.state.in_(UNSENT)
    )
    return tenancy.session.scalar(unsent.limit(1)) is not None


def _supersede(school_id: int, stream: str, kind: str) -> None:
    if kind in _SUPERSEDES:
        _mark_superseded(school_id, stream, _SUPERSEDES[kind])


def _mark_superseded(school_id: int, stream: str, kinds: Collection[str]) -> int:
    marked = tenancy.session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.school_id == school_id,
            OutboxMail.stream == stream,
            OutboxMail.state.in_(WAITING),
            OutboxMail.kind.in_(kinds),
        )
        .values(state="superseded", due_at=None)
    )
    return marked.rowcount  # type: ignore[attr-defined]
