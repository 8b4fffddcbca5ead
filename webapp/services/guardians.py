"""Guardians: parents and others who answer for a student. They have no account and are never deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import contacts, words
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.models.students import Guardian
from webapp.services import access, audit
from webapp.tenancy import Actor

FIELDS = ("relation", "name", "occupation", "email", "phone")
_LENGTHS = {"name": 150, "occupation": 100}
LONGEST_REASON = 500
TOO_LONG = N_("The text is longer than %(limit)s characters.")


@dataclass(frozen=True)
class GuardianView:
    """A guardian as pages and pickers show them; `reason` says why there must be no contact."""

    id: int
    student_id: int
    relation: str
    name: str
    occupation: str
    email: str
    phone: str
    do_not_contact: bool
    reason: str

    @property
    def may_contact(self) -> bool:
        """False: no mail, no letter, no link, no phone call."""
        return not self.do_not_contact


def of_student(actor: Actor, student_id: int) -> list[GuardianView]:
    """The guardians of one student: father, mother, guardian, others; each in the order of entry."""
    access.get_student(actor, student_id, need=Permission.GUARDIAN_MANAGE)
    rows = tenancy.session.scalars(
        select(Guardian)
        .where(Guardian.school_id == actor.school_id, Guardian.student_id == student_id)
        .order_by(Guardian.id)
    )
    order = words.GUARDIAN_RELATIONS.keys
    return sorted((_view(row) for row in rows), key=lambda view: order.index(view.relation))


def get_guardian(actor: Actor, student_id: int, guardian_id: int) -> GuardianView:
    """One guardian of this student; NotFound otherwise."""
    return _view(_get(actor, student_id, guardian_id))


def add_guardian(actor: Actor, student_id: int, entries: Mapping[str, str]) -> Guardian:
    """Enter a guardian of a student; every refusal names its field."""
    access.get_student(actor, student_id, need=Permission.GUARDIAN_MANAGE, keep=True)
    guardian = tenancy.add(Guardian(student_id=student_id, created_at=actor.at, **_checked(entries)))
    audit.record(actor, "guardian.added", guardian, student=student_id)
    return guardian


def edit_guardian(actor: Actor, student_id: int, guardian_id: int, entries: Mapping[str, str]) -> Guardian:
    """Change what is known of a guardian; *do not contact* has a door of its own."""
    guardian = _get(actor, student_id, guardian_id)
    changed = []
    for name, value in _checked(entries).items():
        if getattr(guardian, name) != value:
            setattr(guardian, name, value)
            changed.append(name)
    if changed:
        audit.record(actor, "guardian.changed", guardian, fields=",".join(changed))
    return guardian


def forbid_contact(actor: Actor, student_id: int, guardian_id: int, *, reason: str) -> Guardian:
    """From now on this guardian gets no mail, no letter and no link (suspected abuse, custody)."""
    guardian = _get(actor, student_id, guardian_id)
    if guardian.do_not_contact:
        raise Conflict(N_("This guardian is marked *do not contact* already."))
    return _mark(actor, guardian, True, reason)


def allow_contact(actor: Actor, student_id: int, guardian_id: int, *, reason: str) -> Guardian:
    """Lift *do not contact*; why is asked again, since a slip here can harm a child."""
    guardian = _get(actor, student_id, guardian_id)
    if not guardian.do_not_contact:
        raise Conflict(N_("This guardian may be contacted already."))
    return _mark(actor, guardian, False, reason)


def _mark(actor: Actor, guardian: Guardian, do_not_contact: bool, reason: str) -> Guardian:
    reason = reason.strip()
    if not reason:
        raise Invalid(N_("Please give a reason."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(TOO_LONG, field="reason", limit=LONGEST_REASON)
    guardian.do_not_contact = do_not_contact
    guardian.do_not_contact_reason = reason
    action = "guardian.contact_forbidden" if do_not_contact else "guardian.contact_allowed"
    audit.record(actor, action, guardian, student=guardian.student_id)
    return guardian


def _get(actor: Actor, student_id: int, guardian_id: int) -> Guardian:
    access.get_student(actor, student_id, need=Permission.GUARDIAN_MANAGE)
    guardian = access.get(actor, Guardian, guardian_id)
    if guardian.student_id != student_id:
        raise NotFound()
    return guardian


def _view(row: Guardian) -> GuardianView:
    return GuardianView(
        id=row.id,
        student_id=row.student_id,
        relation=row.relation,
        name=row.name or "",
        occupation=row.occupation or "",
        email=row.email or "",
        phone=row.phone or "",
        do_not_contact=row.do_not_contact,
        reason=row.do_not_contact_reason or "",
    )


def _checked(entries: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: " ".join(entries.get(name, "").split()) for name in _LENGTHS}
    for name, limit in _LENGTHS.items():
        if len(values[name]) > limit:
            raise Invalid(TOO_LONG, field=name, limit=limit)
    if entries.get("relation") not in words.GUARDIAN_RELATIONS:
        raise Invalid(N_("Choose how this person is related to the student."), field="relation")
    if not any(sign.isalpha() for sign in values["name"]):
        raise Invalid(N_("The name is missing."), field="name")
    return {
        "relation": entries["relation"],
        "name": values["name"],
        "occupation": values["occupation"] or None,
        "email": contacts.email_address(entries.get("email"), field="email"),
        "phone": contacts.phone_number(entries.get("phone"), field="phone"),
    }
