"""The outbox as the school sees it: what left, what waits, whom to phone; sending again, keeping back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain import words
from webapp.domain.errors import N_, Conflict
from webapp.domain.permissions import Permission
from webapp.domain.vocabulary import Term
from webapp.models.background import OutboxMail
from webapp.models.cases import Case, CaseMember
from webapp.models.conferences import Conference, Participant
from webapp.services import access, audit, outbox, sending, status
from webapp.tenancy import Actor

PAGE_SIZE = 40
TROUBLE = ("bounced", "failed")
RETRIABLE = ("bounced", "failed", "withheld", "deferred")


@dataclass(frozen=True)
class MailLine:
    """One mail. `phone` is there to ring somebody whose mail did not arrive, for roles that may see it;
    `case_number`, `conference_id` and `participant_id` are None for those who see no cases."""

    id: int
    kind: Term
    state: Term
    to_name: str
    to_address: str
    created_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    attempts: int
    reason: Term | None
    response: str | None
    case_number: str | None
    conference_id: int | None
    participant_id: int | None
    phone: str | None
    can_retry: bool
    can_withhold: bool


@dataclass(frozen=True)
class OutboxPage:
    """One page, newest first, with the counts of all states and how delivery is doing."""

    lines: tuple[MailLine, ...]
    older_than: int | None
    counts: dict[str, int]
    oldest_unsent_at: datetime | None
    last_sweep_at: datetime | None
    hold: sending.Hold | None


def page(actor: Actor, *, state: str | None = None, older_than: int | None = None) -> OutboxPage:
    """The school's mails of one state, or all; 40 to a page, continued by `older_than`."""
    access.require(actor, Permission.OUTBOX_READ)
    statement = (
        select(OutboxMail)
        .where(OutboxMail.school_id == actor.school_id)
        .order_by(OutboxMail.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if state is not None:
        statement = statement.where(OutboxMail.state == state)
    if older_than is not None:
        statement = statement.where(OutboxMail.id < older_than)
    rows = list(tenancy.session.scalars(statement))
    shown = rows[:PAGE_SIZE]
    counts = tenancy.session.execute(
        select(OutboxMail.state, func.count(), func.min(OutboxMail.created_at))
        .where(OutboxMail.school_id == actor.school_id)
        .group_by(OutboxMail.state)
    ).all()
    return OutboxPage(
        lines=tuple(_lines(actor, shown)),
        older_than=shown[-1].id if len(rows) > PAGE_SIZE else None,
        counts={found: number for found, number, _ in counts},
        oldest_unsent_at=min((first for found, _, first in counts if found in outbox.UNSENT), default=None),
        last_sweep_at=status.last_sweep("outbox"),
        hold=sending.hold(),
    )


def retry(actor: Actor, mail_id: int) -> OutboxMail:
    """Send a mail again that bounced, failed or was withheld, or now one that waits for its next try.

    Conflict for any other state, when a newer mail of the same stream has left after it, and for those of a
    visit, whose own page sends them anew.
    """
    access.require(actor, Permission.OUTBOX_READ)
    row = _for_update(actor, mail_id)
    if row.activity_id is not None:
        raise Conflict(N_("What is said of a visit is sent again on the visit's own page, by its team."))
    if row.state not in RETRIABLE:
        raise Conflict(N_("This mail cannot be sent again: it is not among those that failed."))
    if row.facts is None and row.content is None:
        raise Conflict(N_("The text of this mail was cleared after its time."))
    if row.stream is not None and row.state != "deferred" and _newer_left(row):
        raise Conflict(N_("A newer mail about this meeting has gone to this person since."))
    if row.participant_id is not None:
        # Whoever sends again says that the address is worth another try.
        tenancy.session.execute(select(func.app_note_bounce(row.participant_id, None)))
    if row.state == "deferred":
        row.due_at = actor.at
    else:
        # Its place in the stream is free again when everything before it has left.
        row.state, row.attempts, row.due_at, row.last_response = "queued", 0, None, None
        tenancy.session.flush()
        if row.stream is None:
            row.due_at = actor.at
        else:
            outbox.promote_next(row.school_id, row.stream, actor.at)
    audit.record(actor, "mail.retried", row, kind=row.kind)
    tenancy.wake("mail")
    return row


def withhold(actor: Actor, mail_id: int) -> OutboxMail:
    """Keep back a mail that has not left; those of a conference only by its case team, those of a visit
    never: their own page takes them back."""
    access.require(actor, Permission.OUTBOX_READ)
    row = _for_update(actor, mail_id)
    if row.conference_id is not None:
        access.get_conference(actor, row.conference_id, need=Permission.CONFERENCE_MANAGE)
    if row.activity_id is not None:
        raise Conflict(N_("What is said of a visit is taken back on the visit's own page, by its team."))
    if row.state not in outbox.WAITING:
        raise Conflict(N_("This mail is on its way or has left: it cannot be kept back any more."))
    row.state, row.due_at, row.last_response = "withheld", None, "by_hand"
    tenancy.session.flush()
    outbox.promote_next(row.school_id, row.stream, actor.at)
    tenancy.wake("mail")
    audit.record(actor, "mail.withheld", row, kind=row.kind)
    return row


def _for_update(actor: Actor, mail_id: int) -> OutboxMail:
    row = access.get(actor, OutboxMail, mail_id)
    if row.stream is not None:
        outbox.lock_stream(row.school_id, row.stream)
    tenancy.session.refresh(row, with_for_update=True)
    return row


def _newer_left(row: OutboxMail) -> bool:
    newer = select(OutboxMail.id).where(
        OutboxMail.school_id == row.school_id,
        OutboxMail.stream == row.stream,
        OutboxMail.id > row.id,
        OutboxMail.state.in_(("sent", "transmitting")),
    )
    return tenancy.session.scalar(newer.limit(1)) is not None


def _lines(actor: Actor, rows: list[OutboxMail]) -> list[MailLine]:
    cases = _cases(actor, {row.conference_id for row in rows if row.conference_id})
    phones = _phones(
        actor, {row.participant_id for row in rows if row.participant_id and row.state in TROUBLE}
    )
    lines = []
    for row in rows:
        number, on_team = cases.get(row.conference_id, (None, False))
        said = row.last_response or ""
        is_ours = said in words.OUTBOX_REASONS
        lines.append(
            MailLine(
                id=row.id,
                kind=words.MAIL_KINDS[row.kind],
                state=words.OUTBOX_STATES[row.state],
                to_name=row.to_name or "",
                to_address=row.to_address,
                created_at=row.created_at,
                sent_at=row.sent_at,
                due_at=row.due_at,
                attempts=row.attempts,
                reason=words.OUTBOX_REASONS[said] if is_ours else None,
                response=None if is_ours else said,
                case_number=number,
                conference_id=row.conference_id if number else None,
                participant_id=row.participant_id if number else None,
                phone=phones.get(row.participant_id),
                can_retry=row.state in RETRIABLE and row.activity_id is None,
                can_withhold=row.state in outbox.WAITING
                and row.activity_id is None
                and (row.conference_id is None or on_team),
            )
        )
    return lines


def _cases(actor: Actor, conference_ids: set[int]) -> dict[int | None, tuple[str, bool]]:
    """Conference -> number of its case, and whether the actor is on that case's team."""
    if not conference_ids or not actor.has_role("counsellor", "class_teacher"):
        return {}
    rows = tenancy.session.execute(
        select(Conference.id, Case.number, CaseMember.id)
        .join(Case, (Case.school_id == Conference.school_id) & (Case.id == Conference.case_id))
        .outerjoin(
            CaseMember,
            (CaseMember.school_id == Case.school_id)
            & (CaseMember.case_id == Case.id)
            & (CaseMember.user_id == actor.person_id)
            & CaseMember.removed_at.is_(None),
        )
        .where(Conference.school_id == actor.school_id, Conference.id.in_(conference_ids))
    )
    return {conference_id: (number, member is not None) for conference_id, number, member in rows}


def _phones(actor: Actor, participant_ids: set[int]) -> dict[int | None, str]:
    if not participant_ids or not actor.has_role("counsellor", "class_teacher"):
        return {}
    found = tenancy.session.scalars(
        select(Participant).where(
            Participant.school_id == actor.school_id, Participant.id.in_(participant_ids)
        )
    )
    return {participant.id: participant.phone for participant in found if participant.phone}
