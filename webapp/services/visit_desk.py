"""The family on the page of a visit: who can be asked, what was answered, whether it was told the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, and_, cast, func, literal, or_, select

from webapp import tenancy
from webapp.domain.permissions import Permission, allows
from webapp.models.background import OutboxMail
from webapp.models.cases import Case
from webapp.models.students import Guardian
from webapp.models.visits import VisitInvitee, VisitRequest
from webapp.tenancy import Actor


@dataclass(frozen=True)
class GuardianLine:
    """A guardian as the page offers them: with an address that may be written to, or why not."""

    id: int
    name: str
    relation: str
    email: str
    phone: str
    do_not_contact: bool

    @property
    def may_be_mailed(self) -> bool:
        return bool(self.email) and not self.do_not_contact


@dataclass(frozen=True)
class Asked:
    """The last question of a visit and what became of it; `mail` is a key of OUTBOX_STATES, None where the
    reader sees no mails. `answers`: how often it was answered. `is_current`: it asks about the time that
    stands in the plan."""

    id: int
    name: str
    email: str
    asked_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    mail: str | None
    answer: str
    answers: int
    answered_at: datetime | None
    message: str
    proposed_time: str
    disowned_at: datetime | None
    is_open: bool
    is_current: bool
    needs_reading: bool


@dataclass(frozen=True)
class Desk:
    """What the page of a visit shows about asking the family; `told_at`: when somebody was last sent the
    appointment, `has_moved`: another time stands in the plan since."""

    guardians: tuple[GuardianLine, ...]
    last: Asked | None
    starts_at: datetime | None
    may_ask: bool
    told_at: datetime | None
    has_moved: bool

    @property
    def has_address(self) -> bool:
        return any(guardian.may_be_mailed for guardian in self.guardians)


def desk(
    actor: Actor, activity_id: int, case_id: int, starts_at: datetime | None, ends_at: datetime | None
) -> Desk | None:
    """For the page of a visit, whose team has asked: the student's guardians, the last question, and whether
    the appointment was sent, in one query; None for those whose role reads no guardians. starts_at, ends_at:
    the time in the plan."""
    if not allows(Permission.GUARDIAN_MANAGE, roles=actor.roles):
        return None
    newest = (
        select(func.max(VisitRequest.id))
        .where(VisitRequest.school_id == actor.school_id, VisitRequest.activity_id == activity_id)
        .scalar_subquery()
    )
    student = (
        select(Case.student_id)
        .where(Case.school_id == actor.school_id, Case.id == case_id)
        .scalar_subquery()
    )
    told = (
        select(
            func.max(VisitInvitee.sent_at).label("told_at"),
            func.bool_or(
                or_(
                    VisitInvitee.sent_starts_at.is_distinct_from(starts_at),
                    VisitInvitee.sent_ends_at.is_distinct_from(ends_at),
                )
            ).label("has_moved"),
        )
        .where(
            VisitInvitee.school_id == actor.school_id,
            VisitInvitee.activity_id == activity_id,
            VisitInvitee.sent_at.is_not(None),
            VisitInvitee.called_off_at.is_(None),
        )
        .subquery()
    )
    rows = tenancy.session.execute(
        select(Guardian, VisitRequest, OutboxMail.state, told.c.told_at, told.c.has_moved)
        .select_from(told)
        .outerjoin(
            Guardian, and_(Guardian.school_id == actor.school_id, Guardian.student_id == student)
        )
        .outerjoin(
            VisitRequest, and_(VisitRequest.school_id == actor.school_id, VisitRequest.id == newest)
        )
        .outerjoin(
            OutboxMail,
            and_(
                OutboxMail.school_id == VisitRequest.school_id,
                OutboxMail.dedupe_key == mail_key_of(VisitRequest.id),
            ),
        )
        .order_by(Guardian.id)
    ).all()
    _, last, mail, told_at, has_moved = rows[0]
    return Desk(
        guardians=tuple(
            GuardianLine(
                guardian.id,
                guardian.name or "",
                guardian.relation,
                guardian.email or "",
                guardian.phone or "",
                guardian.do_not_contact,
            )
            for guardian, *_ in rows
            if guardian is not None
        ),
        last=None if last is None else _asked(actor, last, mail, starts_at),
        starts_at=starts_at,
        may_ask=starts_at is not None and starts_at > actor.at,
        told_at=told_at,
        has_moved=bool(has_moved),
    )


def mail_key_of(request_id: SQLColumnExpression[int]) -> ColumnElement[str]:
    """The outbox's key of the mail that asks a question, for queries."""
    return literal("visit_asked:").concat(cast(request_id, Text))


# --- inside ---------------------------------------------------------------------------------------


def _asked(actor: Actor, row: VisitRequest, mail: str | None, starts_at: datetime | None) -> Asked:
    said = row.answer != "pending" and row.revoked_at is None
    return Asked(
        id=row.id,
        name=row.name or "",
        email=row.email or "",
        asked_at=row.asked_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        mail=mail,
        answer=row.answer,
        answers=row.answers,
        answered_at=row.answered_at,
        message=row.message or "",
        proposed_time=row.proposed_time or "",
        disowned_at=row.disowned_at,
        is_open=row.revoked_at is None and row.starts_at > actor.at,
        is_current=row.starts_at == starts_at,
        needs_reading=row.noted_at is None and (said or row.disowned_at is not None),
    )
