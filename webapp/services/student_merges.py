"""Two records of one student become one: who may be double, side by side, and the merge itself.

The other record stays as a tombstone that names the kept one; what hung on it hangs on the kept one after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, text, union, update
from sqlalchemy.orm import aliased

from webapp import tenancy
from webapp.domain import identifiers, merging
from webapp.domain.errors import N_, Conflict
from webapp.domain.merging import Fact
from webapp.domain.permissions import Permission
from webapp.models.students import Guardian, Student, StudentImportRow
from webapp.services import access, audit
from webapp.services.student_entries import DETAIL_FIELDS, REGISTER_FIELDS
from webapp.tenancy import Actor

SHOWN = 50
_CONTACTS = ("occupation", "email", "phone")
_NUMBERS = ("nisn", "nipd")


@dataclass(frozen=True)
class Side:
    """One of two records."""

    id: int
    name: str
    class_name: str | None
    nisn: str | None
    nipd: str | None
    birth_on: date | None
    left_on: date | None
    guardians: Sequence[str] = ()


@dataclass(frozen=True)
class Comparison:
    """Two records and every fact that at least one of them has; `facts` in the order of the forms."""

    kept: Side
    other: Side
    facts: Sequence[Fact]


def candidates(actor: Actor) -> list[tuple[Side, Side]]:
    """Pairs of records that may be one student, at most SHOWN: of one name and birth date, or with the birth
    date of one of them unknown, or with one NIPD. Never where each has a NISN of its own."""
    access.require(actor, Permission.STUDENT_IMPORT)
    first, second = aliased(Student), aliased(Student)
    same_name = and_(
        first.name_key == second.name_key,
        or_(
            first.birth_on == second.birth_on,
            first.birth_on.is_(None),
            second.birth_on.is_(None),
        ),
    )

    def pairs(same: ColumnElement[bool]):
        return select(first.name_key.label("name_key"), first.id.label("a"), second.id.label("b")).where(
            first.school_id == actor.school_id,
            second.school_id == actor.school_id,
            first.id < second.id,
            first.merged_into_id.is_(None),
            second.merged_into_id.is_(None),
            or_(first.nisn.is_(None), second.nisn.is_(None)),
            same,
        )

    found = union(pairs(same_name), pairs(first.nipd == second.nipd)).subquery()
    ids = tenancy.session.execute(
        select(found.c.a, found.c.b).order_by(found.c.name_key, found.c.a, found.c.b).limit(SHOWN)
    ).all()
    rows = tenancy.session.scalars(
        select(Student).where(
            Student.school_id == actor.school_id,
            Student.id.in_({student_id for pair in ids for student_id in pair}),
        )
    )
    sides = {row.id: _side(row) for row in rows}
    return [(sides[a], sides[b]) for a, b in ids]


def compare(actor: Actor, kept_id: int, other_id: int) -> Comparison:
    """Two records of the own school side by side; reading both is recorded."""
    rows = _both(actor, kept_id, other_id, lock=False)
    guardians = _guardians(actor, kept_id, other_id)
    for row in rows:
        audit.record(actor, "student.read", row)
    kept, other = (
        _side(row, [one.name or "" for one in guardians if one.student_id == row.id]) for row in rows
    )
    return Comparison(kept, other, merging.facts(_values(rows[0]), _values(rows[1])))


def merge(actor: Actor, kept_id: int, other_id: int, *, chosen: Mapping[str, str]) -> Student:
    """Keep one record; cases, referrals, guardians and list rows of the other become its own.

    `chosen` says for each fact in which the two differ whose stays: "kept" or "other". Invalid names those
    that are not chosen. Blank facts of the kept one are filled from the other.
    """
    kept, other = _both(actor, kept_id, other_id, lock=True)
    taken = merging.taken_from_other(merging.facts(_values(kept), _values(other)), chosen)
    values = {name: _values(other)[name] for name in taken}
    left = (other.left_on, other.left_kind, other.left_import_id)
    _bury(actor, kept, other)
    for name in set(taken) & set(REGISTER_FIELDS):
        setattr(kept, name, values[name])
    if "name" in taken:
        kept.name_key = identifiers.search_key(kept.name)
    details = {name: values[name] for name in taken if name in DETAIL_FIELDS}
    if details:
        kept.details = (kept.details or {}) | details
    if "left" in taken:
        kept.left_on, kept.left_kind, kept.left_import_id = left
    kept.updated_at = actor.at
    tenancy.session.flush()
    moved = _move(actor, kept, other)
    audit.record(actor, "student.merged", kept, other=other.id, taken=",".join(sorted(taken)), **moved)
    return kept


# --- the two records --------------------------------------------------------------------------------


def _both(actor: Actor, kept_id: int, other_id: int, *, lock: bool) -> tuple[Student, Student]:
    if kept_id == other_id:
        raise Conflict(N_("This is one and the same record."))
    if lock:
        access.require(actor, Permission.STUDENT_IMPORT)
        # In one order: two who merge the same pair the other way round wait for each other, never for ever.
        tenancy.session.execute(
            select(Student.id)
            .where(Student.school_id == actor.school_id, Student.id.in_((kept_id, other_id)))
            .order_by(Student.id)
            .with_for_update()
        )
    kept = access.get_student(actor, kept_id, need=Permission.STUDENT_IMPORT)
    return kept, access.get_student(actor, other_id, need=Permission.STUDENT_IMPORT)


def _values(row: Student) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in REGISTER_FIELDS} | dict(row.details or {})
    return values | {"left": (row.left_on, row.left_kind)}


def _side(row: Student, guardians: Sequence[str] = ()) -> Side:
    return Side(row.id, row.name, row.class_name, row.nisn, row.nipd, row.birth_on, row.left_on, guardians)


def _bury(actor: Actor, kept: Student, other: Student) -> None:
    """The other record becomes a tombstone: its numbers are free for the kept one, and it is in no list."""
    numbers = {name: getattr(other, name) for name in _NUMBERS if getattr(other, name)}
    other.details = (other.details or {}) | numbers
    other.nisn = other.nipd = None
    other.left_on = other.left_on or actor.today
    other.merged_into_id = kept.id
    other.updated_at = actor.at
    tenancy.session.flush()
    tenancy.session.execute(
        update(Student)
        .where(Student.school_id == actor.school_id, Student.merged_into_id == other.id)
        .values(merged_into_id=kept.id)
    )


# --- what hangs on them -----------------------------------------------------------------------------


def _guardians(actor: Actor, *student_ids: int) -> list[Guardian]:
    return list(
        tenancy.session.scalars(
            select(Guardian)
            .where(Guardian.school_id == actor.school_id, Guardian.student_id.in_(student_ids))
            .order_by(Guardian.id)
        )
    )


def _move(actor: Actor, kept: Student, other: Student) -> dict[str, int]:
    moved: list[int] = []
    same: list[tuple[int, int]] = []
    own = _guardians(actor, kept.id)
    for guardian in _guardians(actor, other.id):
        twin = next((one for one in own if _is_same_person(one, guardian)), None)
        if twin is None:
            moved.append(guardian.id)
        else:
            _fill(twin, guardian)
            same.append((guardian.id, twin.id))
    tenancy.session.flush()
    cases, referrals, meetings = tenancy.session.execute(
        text("SELECT * FROM app_merge_students(:kept, :other, :moved, :same, :twin)"),
        {
            "kept": kept.id,
            "other": other.id,
            "moved": moved,
            "same": [pair[0] for pair in same],
            "twin": [pair[1] for pair in same],
        },
    ).one()
    tenancy.session.execute(
        update(StudentImportRow)
        .where(StudentImportRow.school_id == actor.school_id, StudentImportRow.student_id == other.id)
        .values(student_id=kept.id)
    )
    return {"cases": cases, "referrals": referrals, "meetings": meetings, "guardians": len(moved)}


def _is_same_person(one: Guardian, guardian: Guardian) -> bool:
    """One relation and name, and nothing known of the one that says otherwise of the other."""
    name = identifiers.search_key(guardian.name or "")
    return (
        one.relation == guardian.relation
        and bool(name)
        and identifiers.search_key(one.name or "") == name
        and all(
            not getattr(guardian, field)
            or not getattr(one, field)
            or getattr(one, field) == getattr(guardian, field)
            for field in _CONTACTS
        )
    )


def _fill(twin: Guardian, guardian: Guardian) -> None:
    for field in _CONTACTS:
        if not getattr(twin, field) and getattr(guardian, field):
            setattr(twin, field, getattr(guardian, field))
    # Whoever must not be contacted must not be under either record.
    barred = next((one for one in (twin, guardian) if one.do_not_contact), None)
    if barred is not None:
        reason = barred.do_not_contact_reason
        for one in (twin, guardian):
            if not one.do_not_contact:
                one.do_not_contact, one.do_not_contact_reason = True, reason
