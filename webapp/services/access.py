"""The only door from an id to a row. What an actor may not know of answers like what does not exist."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, literal, select

from webapp import tenancy
from webapp.domain.errors import Forbidden, NotFound
from webapp.domain.permissions import Permission, allows
from webapp.models.base import TenantMixin
from webapp.models.cases import Case, CaseExclusion, CaseMember
from webapp.models.conferences import Conference, Participant
from webapp.models.students import Student
from webapp.tenancy import Actor

Row = TypeVar("Row", bound=TenantMixin)


def require(actor: Actor, need: Permission) -> None:
    """The actor's role holds `need`; Forbidden otherwise."""
    if not allows(need, roles=actor.roles):
        raise Forbidden()


def get(actor: Actor, table: type[Row], row_id: int) -> Row:
    """A row of the actor's school that the policies let through; NotFound otherwise."""
    row = tenancy.session.scalar(
        select(table).where(table.school_id == actor.school_id, table.id == row_id)
    )
    if row is None:
        raise NotFound()
    return row


def require_part(actor: Actor, need: Permission, parts: set[str]) -> None:
    """Role or part holds `need`; NotFound otherwise: one who has no part must not learn that it exists."""
    if not allows(need, roles=actor.roles, parts=parts):
        raise NotFound()


def case_parts(actor: Actor, case_id: int) -> set[str]:
    """The actor's parts in a case: {"team"} or nothing; a person shut out has none."""
    if actor.person_id is None:
        return set()
    on_team = tenancy.session.scalar(select(_is_on_team(actor, literal(case_id))))
    return {"team"} if on_team else set()


def get_case(actor: Actor, case_id: int, *, need: Permission) -> Case:
    """A case that the actor may use for `need`; NotFound otherwise."""
    # The case and the actor's part in it in one query: most pages begin with it.
    found = tenancy.session.execute(
        select(Case, _is_on_team(actor, Case.id)).where(Case.school_id == actor.school_id, Case.id == case_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    case, on_team = found
    require_part(actor, need, {"team"} if on_team else set())
    return case


def _is_on_team(actor: Actor, case_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    return exists().where(
        CaseMember.school_id == actor.school_id,
        CaseMember.case_id == case_id,
        CaseMember.user_id == actor.person_id,
        CaseMember.removed_at.is_(None),
    )


def is_shut_out(actor: Actor, case_id: int, person_id: int) -> bool:
    """Whether a person is shut out of a case; asked by its team."""
    return (
        tenancy.session.scalar(
            select(CaseExclusion.id).where(
                CaseExclusion.school_id == actor.school_id,
                CaseExclusion.case_id == case_id,
                CaseExclusion.user_id == person_id,
                CaseExclusion.lifted_at.is_(None),
            )
        )
        is not None
    )


def own_participant(actor: Actor, conference_id: int) -> Participant | None:
    """The actor's own row among a conference's participants, as staff or as guest."""
    if actor.kind == "guest":
        mine = Participant.id == actor.participant_id
    elif actor.person_id is not None:
        mine = Participant.user_id == actor.person_id
    else:
        return None
    return tenancy.session.scalar(
        select(Participant).where(
            Participant.school_id == actor.school_id,
            Participant.conference_id == conference_id,
            Participant.removed_at.is_(None),
            mine,
        )
    )


def conference_parts(actor: Actor, conference: Conference) -> set[str]:
    """The actor's parts in a conference: team, participant, signed, signed_team, approver.

    Those proposed as participants take part once the principal has approved; before, only the team does.
    """
    parts = case_parts(actor, conference.case_id)
    own = own_participant(actor, conference.id)
    if own is not None and (parts or conference.approved_at is not None):
        parts.add("participant")
        if own.signed_at is not None:
            parts.add("signed")
            if "team" in parts:
                parts.add("signed_team")
    if actor.person_id is not None and (
        conference.approver_id == actor.person_id
        or (conference.approver_id is None and actor.has_role("principal"))
    ):
        parts.add("approver")
    return parts


def get_conference(actor: Actor, conference_id: int, *, need: Permission) -> Conference:
    """A conference that the actor may use for `need`; NotFound otherwise."""
    conference = get(actor, Conference, conference_id)
    require_part(actor, need, conference_parts(actor, conference))
    return conference


def get_student(actor: Actor, student_id: int, *, need: Permission, keep: bool = False) -> Student:
    """A student of the actor's school; Forbidden when the role may not, NotFound when there is none, or when
    the record was merged into another. `keep`: until the transaction ends nobody merges it."""
    require(actor, need)
    # What this transaction has read already is not asked for again: a page calls several services.
    lock = {"read": True, "key_share": True} if keep else None
    student = tenancy.session.get(Student, (actor.school_id, student_id), with_for_update=lock)
    if student is None or student.merged_into_id is not None:
        raise NotFound()
    return student


def get_own_participant(actor: Actor, conference_id: int) -> tuple[Conference, Participant]:
    """The conference and the actor's own row in it; NotFound when the actor takes no part."""
    conference = get(actor, Conference, conference_id)
    own = own_participant(actor, conference_id)
    if own is None or (conference.approved_at is None and not case_parts(actor, conference.case_id)):
        raise NotFound()
    return conference, own
