"""A mail that came in: whom it is about, and what it changes. Each is taken up once, whatever dies when.

Who reads the mailbox sees no school. A mail is led to one by what only its rightful sender knows: the
secret address of a participant, or the Message-ID of a mail of ours. The calendar's UID is no secret:
together with the participant's own address as sender it is enough to be shown to that case's team, never
to count. All else belongs to nobody: the mail stays in the mailbox, and nothing of its text is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, func, select
from sqlalchemy.dialects.postgresql import insert

from webapp import tenancy
from webapp.domain.calendar_replies import COUNTED, REPLAYED, Standing, judge
from webapp.mail.incoming import Incoming
from webapp.models.background import OutboxMail
from webapp.models.conferences import Conference, Participant
from webapp.models.incoming import IncomingMail
from webapp.services import answers, audit, invitations, outbox, outbox_claims, participants
from webapp.services.identity import hash_secret
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

_TABLE = cast(Table, IncomingMail.__table__)
_UID = re.compile(r"(?P<conference>[0-9]{1,19})-(?P<participant>[0-9]{1,19})@pamong")
_HIGHEST_ID = 2**63 - 1

FLOOD = "flood"
MOST_A_DAY = 20
"""How many mails of one sender are listed for review within a day."""

KNOWN = "known"
"""It was taken up before, or says nothing new: nothing changes."""
_KINDS = {"counter": "counter", "automatic": "automatic", "written": "written", "too_large": "too_large"}
BOUNCES_FROM = ("sent", "transmitting", "deferred")
"""States in which a mail may have reached a server; one that was cut after DATA is among them."""


@dataclass(frozen=True)
class About:
    """What a mail is about. `proof`: address (the secret one), revoked (one that was), message or sender."""

    school_id: int
    proof: str
    conference_id: int | None = None
    participant_id: int | None = None
    mail_id: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a mail: a key of INCOMING_REASONS, or KNOWN; `is_settled`: nobody need look at it."""

    became: str
    is_settled: bool


def take_up(mail: Incoming, digest: str, at: datetime) -> Outcome:
    """Do what one mail asks, at most once per `digest`; outside any scope, in transactions of its own."""
    about = _about(mail, at)
    if about is None:
        return _note(mail, digest, "unknown", at)
    if mail.report is not None:
        return _report(about, mail, digest, at)
    if mail.reply is not None and about.proof == "address":
        became = _answer(about, mail, digest, at)
        if became is not None:
            return Outcome(became, is_settled=True)
    system = tenancy.system(about.school_id, at)
    with tenancy.work(system):
        reason = _reason(system, about, mail)
        if reason in (COUNTED, REPLAYED):
            # Not so a moment ago: another run took it up, and then it is known; or a person decides.
            reason = "unclear"
        if _is_flood(about, at):
            # Counted, and kept in the mailbox; what it says is not.
            return _store(system, about, mail, digest, "done", FLOOD)
        return _store(system, about, mail, digest, "review", reason)


def note_unclear(digest: str, at: datetime) -> Outcome:
    """Remember, for the platform, that a mail could not be taken up."""
    return _note(Incoming("unclear"), digest, "unclear", at)


# --- whom it is about -----------------------------------------------------------------------------


def _about(mail: Incoming, at: datetime) -> About | None:
    with tenancy.work(tenancy.system(PLATFORM_SCHOOL_ID, at)):
        if mail.report is not None:
            return _by_message(mail) or _by_address(mail)
        about = _by_address(mail) or _by_message(mail) or _by_calendar(mail)
    if about is not None and about.proof == "sender" and not _is_from(about, mail, at):
        return None
    return about


def _by_address(mail: Incoming) -> About | None:
    found: list[About] = []
    for token in mail.tokens:
        lookup = func.app_reply_address(hash_secret(token)).table_valued(
            "school_id", "participant_id", "conference_id", "revoked_at"
        )
        for row in tenancy.session.execute(select(lookup)):
            proof = "address" if row.revoked_at is None else "revoked"
            found.append(About(row.school_id, proof, row.conference_id, row.participant_id))
    if mail.reply is not None:
        # Two invitations answered in one go: the answer says which of them it is about.
        named = [about for about in found if _uid(about) == mail.reply.uid]
        found = named or found
    return found[0] if found else None


def _by_message(mail: Incoming) -> About | None:
    for message_id in reversed(mail.references):
        lookup = func.app_mail_by_message_id(message_id).table_valued(
            "school_id", "id", "participant_id", "conference_id"
        )
        row = tenancy.session.execute(select(lookup)).first()
        if row is not None:
            return About(row.school_id, "message", row.conference_id, row.participant_id, row.id)
    return None


def _by_calendar(mail: Incoming) -> About | None:
    match = None if mail.reply is None else _UID.fullmatch(mail.reply.uid)
    if match is None or not mail.sender:
        return None
    conference_id, participant_id = int(match["conference"]), int(match["participant"])
    if max(conference_id, participant_id) > _HIGHEST_ID:
        return None
    school_id = tenancy.session.scalar(select(func.app_school_of_participant(conference_id, participant_id)))
    return None if school_id is None else About(school_id, "sender", conference_id, participant_id)


def _is_from(about: About, mail: Incoming, at: datetime) -> bool:
    with tenancy.work(tenancy.system(about.school_id, at)):
        key = {"school_id": about.school_id, "id": about.participant_id}
        own = tenancy.session.get(Participant, key)
        return own is not None and (own.email or "").lower() == mail.sender


def _uid(about: About) -> str:
    return f"{about.conference_id}-{about.participant_id}@pamong"


# --- an answer ------------------------------------------------------------------------------------


def _answer(about: About, mail: Incoming, digest: str, at: datetime) -> str | None:
    """Record an answer that counts, as whoever holds the secret; None when a person must look first."""
    reply = mail.reply
    if reply is None or about.conference_id is None:
        return None
    guest = Actor("guest", at, school_id=about.school_id, participant_id=about.participant_id)
    with tenancy.work(guest):
        standing = _standing(guest, about, lock=True)
        verdict = None if standing is None else judge(reply, standing, now=at)
        if verdict == REPLAYED:
            return KNOWN
        if verdict != COUNTED or reply.answer is None:
            return None
        if not _insert(guest, about, mail, digest, "done", COUNTED):
            return KNOWN
        answers.answer_by_calendar(
            guest,
            about.conference_id,
            answer=reply.answer,
            message=reply.comment[: answers.LONGEST_MESSAGE],
            stamped_at=reply.stamped_at,
        )
        return COUNTED


def _standing(actor: Actor, about: About, *, lock: bool = False) -> Standing | None:
    found = select(Participant).where(
        Participant.school_id == about.school_id, Participant.id == about.participant_id
    )
    own = tenancy.session.scalar(found.with_for_update() if lock else found)
    if own is None:
        return None
    conference = tenancy.session.get(Conference, {"school_id": about.school_id, "id": own.conference_id})
    if conference is None or conference.starts_at is None:
        return None
    is_barred = participants.barred(actor, conference.id).covers(own)
    return Standing(
        uid=invitations.calendar_uid(own),
        sequence=invitations.calendar_sequence(conference, own),
        address=own.email or "",
        state=conference.state,
        starts_at=conference.starts_at,
        is_invited=own.removed_at is None and own.disowned_at is None and not is_barred,
        # A calendar's answer is as old as it says itself, not as when we came to read it.
        answered_at=None if own.answer_channel == "calendar" else own.answered_at,
        last_stamped_at=own.answer_stamped_at,
    )


def _reason(system: Actor, about: About, mail: Incoming) -> str:
    if mail.reply is None:
        return _KINDS.get(mail.kind, "unclear")
    if about.proof == "revoked":
        return "revoked"
    if about.proof != "address":
        return "not_secret"
    standing = _standing(system, about)
    return "wrong_meeting" if standing is None else judge(mail.reply, standing, now=system.at)


# --- a bounce -------------------------------------------------------------------------------------


def _report(about: About, mail: Incoming, digest: str, at: datetime) -> Outcome:
    """A mail that did not arrive is bounced, as if the server had said so at once; one that waits is not."""
    report = mail.report
    system = tenancy.system(about.school_id, at)
    with tenancy.work(system):
        if report is None or about.mail_id is None:
            # A report to a secret address that returns no mail of ours.
            return _store(system, about, mail, digest, "review", "unclear")
        outcome = _store(system, about, mail, digest, "done", "bounced" if report.failed else "delayed")
        if outcome.became == "bounced":
            _bounce(system, about.school_id, about.mail_id, report.response)
        return outcome


def _bounce(system: Actor, school_id: int, mail_id: int, response: str) -> None:
    this = (OutboxMail.school_id == school_id, OutboxMail.id == mail_id)
    stream = tenancy.session.scalar(select(OutboxMail.stream).where(*this))
    if stream is not None:
        outbox.lock_stream(school_id, stream)
    row = tenancy.session.scalar(
        select(OutboxMail).where(*this, OutboxMail.state.in_(BOUNCES_FROM)).with_for_update()
    )
    if row is None:
        return
    row.state, row.last_response, row.due_at = "bounced", response or "undelivered", None
    row.claimed_by = row.lease_until = None
    tenancy.session.flush()
    outbox_claims.note_address(school_id, mail_id, system.at)
    outbox.promote_next(school_id, stream, system.at)
    audit.record(system, "mail.bounced", row, kind=row.kind)
    tenancy.wake("mail")


def _is_flood(about: About, at: datetime) -> bool:
    """Whether the list holds enough of this sender: it must not bury what others write.

    The sender is whose secret, or which mail of ours, led here: the name in From is anybody's to choose.
    """
    way_in = (
        IncomingMail.mail_id == about.mail_id
        if about.participant_id is None
        else IncomingMail.participant_id == about.participant_id
    )
    listed = tenancy.session.scalar(
        select(func.count())
        .select_from(IncomingMail)
        .where(
            IncomingMail.school_id == about.school_id,
            way_in,
            IncomingMail.received_at > at - timedelta(days=1),
            IncomingMail.state != "done",
        )
    )
    return (listed or 0) >= MOST_A_DAY


# --- the row --------------------------------------------------------------------------------------


def _note(mail: Incoming, digest: str, reason: str, at: datetime) -> Outcome:
    """For the platform: about nobody known."""
    platform = tenancy.system(PLATFORM_SCHOOL_ID, at)
    with tenancy.work(platform):
        return _store(platform, None, mail, digest, "review", reason)


def _store(
    system: Actor, about: About | None, mail: Incoming, digest: str, state: str, reason: str
) -> Outcome:
    if _insert(system, about, mail, digest, state, reason):
        return Outcome(reason, is_settled=_is_settled(state, reason))
    known = select(IncomingMail.state, IncomingMail.reason).where(
        IncomingMail.school_id == system.school_id, IncomingMail.digest == digest
    )
    return Outcome(KNOWN, is_settled=_is_settled(*tenancy.session.execute(known).one()))


def _is_settled(state: str, reason: str) -> bool:
    return state != "review" and reason != FLOOD


def _insert(actor: Actor, about: About | None, mail: Incoming, digest: str, state: str, reason: str) -> bool:
    """Remember the mail; False when it is known. What others hold of it at this moment is waited for."""
    row = IncomingMail(
        digest=digest,
        state=state,
        reason=reason,
        conference_id=about.conference_id if about else None,
        participant_id=about.participant_id if about else None,
        mail_id=about.mail_id if about else None,
        answer=mail.reply.answer if mail.reply else None,
        received_at=actor.at,
    )
    if about is not None and state == "review" and about.conference_id is not None:
        row.sender, row.text = mail.sender or None, mail.text or None
    values = {column.key: getattr(row, column.key) for column in _TABLE.columns}
    # As in the outbox: no arbiter and nothing returned, for a guest may not read what came in.
    added = tenancy.session.execute(
        insert(_TABLE).values(values).on_conflict_do_nothing(), execution_options={"preserve_rowcount": True}
    )
    return bool(added.rowcount)  # type: ignore[attr-defined]
