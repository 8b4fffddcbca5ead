"""Students who come from other schools of the district: what waits, and what becomes of it here.

Before acceptance the school knows who sent, when and how many cases. Accepting is one transaction: the state
of both schools, the student, guardians and cases, and the end of the sealed package.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text

from webapp import tenancy
from webapp.domain import transfers as rules
from webapp.domain.errors import Conflict
from webapp.domain.permissions import Permission
from webapp.models.base import new_id
from webapp.models.students import Student
from webapp.models.transfers import Transfer, TransferArrival, TransferPackage
from webapp.services import access, audit, people, transfer_record, transfer_writing
from webapp.tenancy import Actor

PAGE = 50


@dataclass(frozen=True)
class ArrivalView:
    """What another school has sent. `on_roster` is None once nothing waits, `student_id` set once accepted;
    `word` is the name under the receipt, or why it was declined."""

    id: int
    from_school: str
    sent_by: str
    sent_at: datetime
    case_count: int
    state: str
    settled_at: datetime | None
    settled_by: str | None
    word: str | None
    student_id: int | None
    student: str | None
    on_roster: bool | None = None


def arrivals(actor: Actor) -> list[ArrivalView]:
    """What other schools have sent, the newest first; nothing for class teachers where the school has a
    counsellor."""
    access.require(actor, Permission.TRANSFER_RECEIVE)
    rows = tenancy.session.scalars(
        select(TransferArrival)
        .where(TransferArrival.school_id == actor.school_id)
        .order_by(TransferArrival.id.desc())
        .limit(PAGE)
    ).all()
    return _views(actor, rows)


def show(actor: Actor, arrival_id: int) -> ArrivalView:
    """One of them."""
    access.require(actor, Permission.TRANSFER_RECEIVE)
    return _views(actor, [access.get(actor, TransferArrival, arrival_id)], asks_roster=True)[0]


def accept(actor: Actor, arrival_id: int, *, signed_name: str) -> Student:
    """Take the student over, with a receipt under the actor's typed name: the actor owns the cases here.

    Conflict when it waits no more: accepted by somebody else, declined or taken back.
    """
    access.require(actor, Permission.TRANSFER_RECEIVE)
    row = access.get(actor, TransferArrival, arrival_id)
    _settle(actor, row, "accepted", rules.checked_receipt(signed_name))
    package = tenancy.session.scalars(
        select(TransferPackage).where(
            TransferPackage.school_id == actor.school_id, TransferPackage.id == arrival_id
        )
    ).one()
    record = transfer_record.opened(package.record)
    student = transfer_writing.write(
        actor, record, transfer_writing.Origin(row.id, row.from_school_name, row.sent_by_name)
    )
    tenancy.session.execute(
        delete(TransferPackage).where(
            TransferPackage.school_id == actor.school_id, TransferPackage.id == arrival_id
        )
    )
    row.student_id = student.id
    tenancy.session.flush()
    audit.record(actor, "transfer.accepted", row, student=student.id, cases=len(record["cases"]))
    return student


def decline(actor: Actor, arrival_id: int, *, reason: str) -> TransferArrival:
    """Send it back with a reason that the sender reads: the package is destroyed unread."""
    access.require(actor, Permission.TRANSFER_RECEIVE)
    row = access.get(actor, TransferArrival, arrival_id)
    _settle(actor, row, "declined", rules.checked_words(reason, field="reason"))
    audit.record(actor, "transfer.declined", row)
    return row


def _settle(actor: Actor, row: TransferArrival, outcome: str, word: str) -> None:
    """Move both schools' rows; `word` is kept here, and sealed for the sender there."""
    tenancy.session.refresh(row)
    if row.state != "waiting":
        # Also: without a package that waits there is no key of the other school to write with.
        raise Conflict(rules.GONE)
    tenancy.borrow_key(row.from_school_id)
    here = TransferArrival.word.sealed(TransferArrival.__tablename__, row.school_id, row.id, word)
    there = Transfer.answer.sealed(Transfer.__tablename__, row.from_school_id, row.id, word)
    settled = tenancy.session.scalar(
        text("SELECT app_settle_transfer(:id, :outcome, :here, :there, :trace)"),
        {"id": row.id, "outcome": outcome, "here": here, "there": there, "trace": new_id()},
    )
    tenancy.session.refresh(row)
    if not settled:
        raise Conflict(rules.GONE)


def _views(
    actor: Actor, rows: Sequence[TransferArrival], *, asks_roster: bool = False
) -> list[ArrivalView]:
    if not rows:
        return []
    names = people.display_names(actor, {row.settled_by for row in rows if row.settled_by is not None})
    accepted = {row.student_id for row in rows} - {None}
    students = {
        student_id: name
        for student_id, name in tenancy.session.execute(
            select(Student.id, Student.name).where(
                Student.school_id == actor.school_id, Student.id.in_(accepted)
            )
        )
    }
    return [
        ArrivalView(
            row.id,
            row.from_school_name,
            row.sent_by_name,
            row.sent_at,
            row.case_count,
            row.state,
            row.settled_at,
            None if row.settled_by is None else names.get(row.settled_by, ""),
            row.word,
            row.student_id,
            None if row.student_id is None else students.get(row.student_id, ""),
            _on_roster(row) if asks_roster and row.state == "waiting" else None,
        )
        for row in rows
    ]


def _on_roster(row: TransferArrival) -> bool:
    return bool(tenancy.session.scalar(text("SELECT app_transfer_on_roster(:id)"), {"id": row.id}))
