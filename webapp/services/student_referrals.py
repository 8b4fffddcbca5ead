"""A teacher refers a student to the counsellor, and learns what became of it without seeing a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain import cases as rules
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.mail.cases import ConcernReceivedFacts
from webapp.models.students import Student, StudentReferral
from webapp.services import access, audit, letterheads, links, outbox, people
from webapp.tenancy import Actor

PAGE = 50
LONGEST = 5_000


@dataclass(frozen=True)
class ReferralView:
    """A referral as its reader may know it; `case_id` for those who may take referrals only."""

    id: int
    student_id: int
    student: str
    class_name: str | None
    author: str
    created_at: datetime
    state: str
    body: str
    answer: str | None
    taken_by: str | None
    case_id: int | None


def refer(actor: Actor, *, student_id: int, body: str) -> StudentReferral:
    """Tell the counsellors what worries one about a student; each gets a mail that names nobody."""
    access.require(actor, Permission.STUDENT_REFER)
    student = access.get_student(actor, student_id, need=Permission.STUDENT_LIST, keep=True)
    referral = tenancy.add(
        StudentReferral(
            student_id=student.id,
            author_id=actor.person_id,
            created_at=actor.at,
            state="new",
            body=_text(body, "body"),
        )
    )
    audit.record(actor, "student_referral.made", referral)
    _tell_counsellors(actor, referral)
    return referral


def list_own(actor: Actor) -> list[ReferralView]:
    """The actor's own referrals with their state and answer, newest first; never a case."""
    access.require(actor, Permission.STUDENT_REFER)
    return _views(actor, StudentReferral.author_id == actor.person_id, with_case=False)


def list_incoming(actor: Actor, state: str = "new") -> list[ReferralView]:
    """Referrals in one state, newest first, for those who may take them; the reading is recorded."""
    access.require(actor, Permission.REFERRAL_TAKE)
    views = _views(actor, StudentReferral.state == state, with_case=True)
    audit.record(actor, "student_referral.listed", state=state, count=len(views))
    return views


def get_incoming(actor: Actor, referral_id: int) -> ReferralView:
    """One referral, for those who may take it; the reading is recorded."""
    access.require(actor, Permission.REFERRAL_TAKE)
    referral = access.get(actor, StudentReferral, referral_id)
    audit.record(actor, "student_referral.read", referral)
    return _views(actor, StudentReferral.id == referral.id, with_case=True)[0]


def count_new(actor: Actor) -> int:
    """How many referrals wait to be taken."""
    access.require(actor, Permission.REFERRAL_TAKE)
    waiting = (
        select(StudentReferral.id)
        .where(StudentReferral.school_id == actor.school_id, StudentReferral.state == "new")
        .limit(100)
        .subquery()
    )
    return tenancy.session.scalar(select(func.count()).select_from(waiting)) or 0


def take(actor: Actor, referral_id: int, *, case_id: int, answer: str = "") -> StudentReferral:
    """Take a referral into a case of the same student; `answer` is what its author reads."""
    referral = _new_referral(actor, referral_id)
    case = access.get_case(actor, case_id, need=Permission.CASE_WRITE)
    rules.check_open_for_work(case.status)
    if case.student_id != referral.student_id:
        raise Invalid(N_("This case is about another student."), field="case_id")
    referral.state = "taken"
    referral.case_id = case.id
    return _settle(actor, referral, _text(answer, "answer", required=False))


def decline(actor: Actor, referral_id: int, *, answer: str) -> StudentReferral:
    """Do not go on with a referral, and tell its author why."""
    referral = _new_referral(actor, referral_id)
    referral.state = "declined"
    return _settle(actor, referral, _text(answer, "answer"))


def _new_referral(actor: Actor, referral_id: int) -> StudentReferral:
    access.require(actor, Permission.REFERRAL_TAKE)
    referral = access.get(actor, StudentReferral, referral_id)
    tenancy.session.refresh(referral, with_for_update=True)
    if referral.state != "new":
        raise Conflict(N_("Someone has dealt with this referral already."))
    return referral


def _settle(actor: Actor, referral: StudentReferral, answer: str) -> StudentReferral:
    referral.answer = answer or None
    referral.taken_by = actor.person_id
    referral.taken_at = actor.at
    audit.record(actor, f"student_referral.{referral.state}", referral, case_id=referral.case_id)
    return referral


def _tell_counsellors(actor: Actor, referral: StudentReferral) -> None:
    # Where a school has no counsellor (a primary school, as a rule), the class teachers take referrals.
    readers = people.staff(actor, "counsellor") or people.staff(actor, "class_teacher")
    letterhead = letterheads.mail_letterhead(actor)
    link = links.school_url(actor, "cases/referrals/")
    for reader in readers:
        if reader.user_id == actor.person_id:
            continue
        outbox.queue(
            actor,
            "concern_received",
            ConcernReceivedFacts(letterhead=letterhead, to_name=reader.name, link=link),
            to_address=reader.email,
            to_name=reader.name,
            locale=reader.locale,
            dedupe_key=f"concern_received:{referral.id}:{reader.user_id}",
            user_id=reader.user_id,
        )


def _views(actor: Actor, condition, *, with_case: bool) -> list[ReferralView]:
    rows = tenancy.session.execute(
        select(StudentReferral, Student.name, Student.class_name)
        .join(
            Student,
            (Student.school_id == StudentReferral.school_id) & (Student.id == StudentReferral.student_id),
        )
        .where(StudentReferral.school_id == actor.school_id, condition)
        .order_by(StudentReferral.id.desc())
        .limit(PAGE)
    ).all()
    ids = {person for row, _, _ in rows for person in (row.author_id, row.taken_by) if person is not None}
    names = people.display_names(actor, ids)
    return [
        ReferralView(
            id=row.id,
            student_id=row.student_id,
            student=student,
            class_name=class_name,
            author=names.get(row.author_id, ""),
            created_at=row.created_at,
            state=row.state,
            body=row.body,
            answer=row.answer,
            taken_by=names.get(row.taken_by) if row.taken_by is not None else None,
            case_id=row.case_id if with_case else None,
        )
        for row, student, class_name in rows
    ]


def _text(text: str, field: str, *, required: bool = True) -> str:
    text = text.strip()
    if required and not text:
        raise Invalid(N_("Please write a few words."), field=field)
    if len(text) > LONGEST:
        raise Invalid(N_("This text has more than %(limit)s characters."), field=field, limit=LONGEST)
    return text
