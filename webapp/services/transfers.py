"""A student moves to another school of the district: prepared, released, or taken back by the old school."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, text

from webapp import tenancy
from webapp.domain import dates, words
from webapp.domain import transfers as rules
from webapp.domain.errors import N_, Conflict, Forbidden, Invalid
from webapp.domain.permissions import Permission
from webapp.domain.transfers import Basis, Choice, GivenBasis
from webapp.models.base import new_id
from webapp.models.identity import User
from webapp.models.students import Student
from webapp.models.transfers import Transfer, TransferPackage
from webapp.services import access, audit, guardians, transfer_offers, transfer_record
from webapp.services.participants import ON_BEHALF_CHANNELS
from webapp.services.transfer_offers import CaseOffer
from webapp.tenancy import Actor

PAGE = 50


@dataclass(frozen=True)
class TransferView:
    """One transfer. What goes along, on which basis, and what the other school said, are for who prepared it
    alone: others learn neither how many cases there are nor of what."""

    id: int
    student_id: int
    student: str
    to_school_id: int
    to_school: str
    state: str
    prepared_by: str
    created_at: datetime
    released_at: datetime | None
    settled_at: datetime | None
    is_own: bool
    basis: Basis | None = None
    choice: Choice | None = None
    answer: str | None = None


def prepare(
    actor: Actor, student_id: int, *, to_school_id: int, choice: Choice, basis: Mapping[str, str]
) -> Transfer:
    """Draft a transfer: where to, what goes along, on which basis. Nothing leaves the school yet.

    basis: key, guardian (an id), consent_on, consent_channel, reason, as somebody entered them.
    """
    student = access.get_student(actor, student_id, need=Permission.TRANSFER_SEND, keep=True)
    row = Transfer(
        student_id=student.id,
        state="draft",
        prepared_by=actor.person_id,
        created_at=actor.at,
        **_checked(actor, student, to_school_id, choice, basis),
    )
    tenancy.add(row)
    audit.record(actor, "transfer.prepared", row, to_school=to_school_id, cases=len(choice.cases))
    return row


def edit(
    actor: Actor, transfer_id: int, *, to_school_id: int, choice: Choice, basis: Mapping[str, str]
) -> Transfer:
    """Change a draft of one's own; Conflict once it was released."""
    row = _own_draft(actor, transfer_id)
    student = access.get_student(actor, row.student_id, need=Permission.TRANSFER_SEND)
    for name, value in _checked(actor, student, to_school_id, choice, basis).items():
        setattr(row, name, value)
    audit.record(actor, "transfer.changed", row, to_school=to_school_id, cases=len(choice.cases))
    return row


def release(actor: Actor, transfer_id: int) -> Transfer:
    """Freeze what was chosen, sealed for the receiving school, and tell its counsellors that it waits.

    Conflict when that school cannot accept any more, or another transfer of the student waits already.
    """
    row = _own_draft(actor, transfer_id)
    student = access.get_student(actor, row.student_id, need=Permission.TRANSFER_SEND, keep=True)
    if all(school.id != row.to_school_id for school in transfer_offers.schools(actor)):
        raise Conflict(N_("That school has nobody who could accept a transfer. Choose another one."))
    if any(other.state == "released" for other in of_student(actor, student.id)):
        raise Conflict(N_("Another transfer of this student waits for an answer. Withdraw it first."))
    choice = Choice.from_json(row.choice)
    _check_still_so(actor, student.id, choice, Basis(**row.basis))
    record = transfer_record.collect(actor, student, choice, basis=row.basis)
    tenancy.borrow_key(row.to_school_id)
    package = TransferPackage(
        school_id=row.to_school_id, id=row.id, record=transfer_record.packed(record)
    )
    tenancy.session.execute(
        text("SELECT app_release_transfer(:id, :cases, :package, :nisn, :due, :trace)"),
        {
            "id": row.id,
            "cases": len(choice.cases),
            "package": package.record_enc,  # type: ignore[attr-defined]
            "nisn": student.nisn,
            "due": new_id(),
            "trace": new_id(),
        },
    )
    tenancy.session.refresh(row)
    audit.record(actor, "transfer.released", row, to_school=row.to_school_id, cases=len(choice.cases))
    tenancy.wake("sweeps")
    return row


def withdraw(actor: Actor, transfer_id: int) -> Transfer:
    """Take back what was not accepted yet: the package is destroyed. For who prepared it, and for every
    counsellor of the school. Conflict when the other school has answered."""
    access.require(actor, Permission.TRANSFER_SEND)
    row = access.get(actor, Transfer, transfer_id)
    if row.prepared_by != actor.person_id and not actor.has_role("counsellor"):
        raise Forbidden()
    rules.check_move(row.state, "withdrawn")
    took = tenancy.session.scalar(
        text("SELECT app_withdraw_transfer(:id, :trace)"), {"id": row.id, "trace": new_id()}
    )
    tenancy.session.refresh(row)
    if not took:
        rules.check_move(row.state, "withdrawn")
        raise Conflict(rules.GONE)
    audit.record(actor, "transfer.withdrawn", row)
    return row


def show(actor: Actor, transfer_id: int) -> TransferView:
    """One transfer that this school prepared; the reading of one's own is recorded."""
    access.require(actor, Permission.TRANSFER_SEND)
    row = access.get(actor, Transfer, transfer_id)
    (view,) = _views(actor, Transfer.id == row.id)
    if view.is_own:
        audit.record(actor, "transfer.read", row)
    return view


def draft(actor: Actor, transfer_id: int) -> TransferView:
    """One's own transfer to be changed; Forbidden for another's, Conflict once it was released."""
    return _views(actor, Transfer.id == _own_draft(actor, transfer_id).id)[0]


def sent(actor: Actor) -> list[TransferView]:
    """The school's newest transfers to other schools, as far as the actor may know of them."""
    access.require(actor, Permission.TRANSFER_SEND)
    return _views(actor)


def of_student(actor: Actor, student_id: int) -> list[TransferView]:
    """The transfers of one student, newest first, for the student's card."""
    access.require(actor, Permission.TRANSFER_SEND)
    return _views(actor, Transfer.student_id == student_id)


def _own_draft(actor: Actor, transfer_id: int) -> Transfer:
    """The actor's own draft, held until the transaction ends."""
    access.require(actor, Permission.TRANSFER_SEND)
    row = access.get(actor, Transfer, transfer_id)
    if row.prepared_by != actor.person_id:
        raise Forbidden(N_("A transfer is changed and released by the person who prepared it."))
    rules.check_move(row.state, "released")
    held = tenancy.session.scalar(
        select(Transfer)
        .where(Transfer.school_id == actor.school_id, Transfer.id == transfer_id, Transfer.state == "draft")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if held is None:  # released or withdrawn in this moment
        tenancy.session.refresh(row)
        rules.check_move(row.state, "released")
        raise Conflict(rules.GONE)
    return held


def _checked(
    actor: Actor, student: Student, to_school_id: int, choice: Choice, basis: Mapping[str, str]
) -> dict[str, object]:
    """The columns of a draft; Invalid names the field that is wrong."""
    offer = transfer_offers.offer(actor, student.id)
    school = next((one for one in offer.schools if one.id == to_school_id), None)
    if school is None:
        raise Invalid(N_("Choose the school to which the student moves."), field="to_school")
    offered = {case.id: case for case in offer.cases}
    rules.check_choice(choice, offered=offered)
    if not _are_offered(choice, offered):
        raise Invalid(N_("Choose one of the values in the list."), field="cases")
    guardian = next((one for one in offer.guardians if str(one.id) == basis.get("guardian")), None)
    given = GivenBasis(
        basis.get("key", ""),
        None if guardian is None else guardian.name or _relation(actor, guardian.relation),
        None if guardian is None else guardian.id,
        guardian is None or guardian.may_contact,
        dates.parse_date(basis["consent_on"], field="consent_on") if basis.get("consent_on") else None,
        basis.get("consent_channel", ""),
        basis.get("reason", ""),
    )
    recorded = rules.checked_basis(given, channels=ON_BEHALF_CHANNELS, today=actor.today)
    return {
        "to_school_id": school.id,
        "to_school_name": school.name,
        "choice": choice.to_json(),
        "basis": recorded.to_json(),
    }


def _are_offered(choice: Choice, offered: Mapping[int, CaseOffer]) -> bool:
    return all(
        (case := offered.get(one.case_id)) is not None
        and set(one.documents) <= {paper.id for paper in case.documents}
        and set(one.files) <= {paper.id for paper in case.files}
        for one in choice.cases
    )


def _check_still_so(actor: Actor, student_id: int, choice: Choice, basis: Basis) -> None:
    """Conflict where the draft is older than what holds now: a case handed over, a file removed, a guardian
    who may not be contacted any more."""
    if not _are_offered(choice, {case.id: case for case in transfer_offers.own_cases(actor, student_id)}):
        raise Conflict(N_("Something that you chose is not there for you any more. Change the draft."))
    if basis.guardian_id is not None:
        guardian = guardians.get_guardian(actor, student_id, basis.guardian_id)
        if guardian.do_not_contact:
            raise Conflict(rules.NOT_CONTACTED)


def _relation(actor: Actor, key: str) -> str:
    return words.GUARDIAN_RELATIONS[key].label(actor.locale)


def _views(actor: Actor, *conditions: ColumnElement[bool]) -> list[TransferView]:
    rows = tenancy.session.execute(
        select(Transfer, Student.name, User.name)
        .join(Student, (Student.school_id == Transfer.school_id) & (Student.id == Transfer.student_id))
        .outerjoin(User, User.id == Transfer.prepared_by)
        .where(Transfer.school_id == actor.school_id, *conditions)
        .order_by(Transfer.id.desc())
        .limit(PAGE)
    ).all()
    return [
        TransferView(
            row.id,
            row.student_id,
            student,
            row.to_school_id,
            row.to_school_name,
            row.state,
            prepared_by or "",
            row.created_at,
            row.released_at,
            row.settled_at,
            own,
            Basis(**row.basis) if own else None,
            Choice.from_json(row.choice) if own else None,
            row.answer if own else None,
        )
        for row, student, prepared_by in rows
        for own in (row.prepared_by == actor.person_id,)
    ]
