"""Who works on a case, who owns it, and who is shut out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.errors import N_, Conflict, Forbidden, Invalid
from webapp.domain.permissions import Permission
from webapp.mail.cases import CaseHandedOverFacts
from webapp.models.cases import Case, CaseExclusion, CaseMember
from webapp.services import access, approvals, audit, letterheads, links, outbox, people, visit_post
from webapp.services.people import StaffMember
from webapp.tenancy import Actor

OWNER_ROLES = ("counsellor", "class_teacher")
LONGEST_REASON = 2_000


@dataclass(frozen=True)
class TeamMember:
    """A person on the team; `role` is None for someone who no longer works here."""

    user_id: int
    name: str
    role: str | None
    added_at: datetime
    is_owner: bool


@dataclass(frozen=True)
class ShutOut:
    """A person who is shut out of the case: why, by whom, since when."""

    user_id: int
    name: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Team:
    """The team page: who is on it, who may be added, become owner, or be shut out."""

    members: tuple[TeamMember, ...]
    shut_out: tuple[ShutOut, ...]
    may_join: tuple[StaffMember, ...]
    may_own: tuple[StaffMember, ...]
    may_be_shut_out: tuple[StaffMember, ...]


def team(actor: Actor, case_id: int) -> Team:
    """The team of a case, and whom it may still concern."""
    case = access.get_case(actor, case_id, need=Permission.CASE_READ)
    staff = people.staff(actor)
    owners = {member.user_id for member in people.staff(actor, *OWNER_ROLES)}
    rows = _members(actor, case)
    exclusions = tenancy.session.scalars(
        select(CaseExclusion)
        .where(
            CaseExclusion.school_id == actor.school_id,
            CaseExclusion.case_id == case.id,
            CaseExclusion.lifted_at.is_(None),
        )
        .order_by(CaseExclusion.id)
    ).all()
    on_team = {row.user_id for row in rows}
    out = {row.user_id for row in exclusions}
    concerned = on_team | out | {row.added_by for row in exclusions}
    names = people.display_names(actor, concerned)
    roles = {member.user_id: member.role for member in staff}
    return Team(
        members=tuple(
            TeamMember(
                row.user_id,
                names.get(row.user_id, ""),
                roles.get(row.user_id),
                row.added_at,
                row.user_id == case.owner_id,
            )
            for row in rows
        ),
        shut_out=tuple(
            ShutOut(
                row.user_id,
                names.get(row.user_id, ""),
                row.reason or "",
                names.get(row.added_by, ""),
                row.added_at,
            )
            for row in exclusions
        ),
        may_join=tuple(member for member in staff if member.user_id not in on_team | out),
        may_own=tuple(
            member for member in staff if member.user_id in owners - out and member.user_id != case.owner_id
        )
        if actor.person_id == case.owner_id
        else (),
        may_be_shut_out=tuple(
            member for member in staff if member.user_id not in out | {case.owner_id, actor.person_id}
        ),
    )


def add_member(actor: Actor, case_id: int, *, user_id: int) -> CaseMember:
    """Put a person of the school on the team: from now on the whole case opens to them."""
    case = access.get_case(actor, case_id, need=Permission.CASE_TEAM)
    _staff_member(actor, user_id)
    if access.is_shut_out(actor, case.id, user_id):
        raise Conflict(N_("This person is shut out of the case. Lift that first, if it no longer holds."))
    member = _join(actor, case, user_id)
    audit.record(actor, "case.member_added", case, user_id=user_id)
    return member


def remove_member(actor: Actor, case_id: int, *, user_id: int) -> None:
    """Take a person off the team; the owner must hand the case over first."""
    case = access.get_case(actor, case_id, need=Permission.CASE_TEAM)
    if user_id == case.owner_id:
        raise Conflict(N_("The owner stays on the team: hand the case over first."))
    if _leave(actor, case, user_id):
        audit.record(actor, "case.member_removed", case, user_id=user_id)


def hand_over(actor: Actor, case_id: int, *, user_id: int) -> Case:
    """Make another counsellor (or class teacher) the owner, who is told by mail; both are on the team."""
    case = access.get_case(actor, case_id, need=Permission.CASE_TEAM)
    tenancy.session.refresh(case, with_for_update=True)
    if actor.person_id != case.owner_id:
        raise Forbidden(N_("Only the owner hands a case over."))
    taker = next((one for one in people.staff(actor, *OWNER_ROLES) if one.user_id == user_id), None)
    if taker is None:
        raise Invalid(
            N_("A case is owned by a counsellor or a class teacher of this school."), field="user_id"
        )
    if taker.user_id == case.owner_id:
        raise Invalid(N_("This person owns the case already."), field="user_id")
    if access.is_shut_out(actor, case.id, taker.user_id):
        raise Conflict(N_("This person is shut out of the case. Lift that first, if it no longer holds."))
    _join(actor, case, taker.user_id)
    case.owner_id = taker.user_id
    audit.record(actor, "case.handed_over", case, user_id=taker.user_id)
    _tell_new_owner(actor, case, taker)
    return case


def shut_out(actor: Actor, case_id: int, *, user_id: int, reason: str) -> CaseExclusion:
    """Shut a person who is party to the case out of it: off the team, out of the register, whatever role."""
    case = access.get_case(actor, case_id, need=Permission.CASE_TEAM)
    tenancy.session.refresh(case, with_for_update=True)
    reason = reason.strip()
    _staff_member(actor, user_id)
    if user_id == case.owner_id:
        raise Conflict(N_("The owner cannot be shut out: the case must be handed over first."))
    if user_id == actor.person_id:
        raise Conflict(N_("You cannot shut yourself out. Leave the team instead."))
    if not reason:
        raise Invalid(N_("Please give a reason."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(
            N_("This text has more than %(limit)s characters."), field="reason", limit=LONGEST_REASON
        )
    if access.is_shut_out(actor, case.id, user_id):
        raise Conflict(N_("This person is shut out already."))
    _leave(actor, case, user_id)
    exclusion = tenancy.add(
        CaseExclusion(
            case_id=case.id, user_id=user_id, added_by=actor.person_id, added_at=actor.at, reason=reason
        )
    )
    audit.record(actor, "case.shut_out", case, user_id=user_id)
    approvals.ask_others_than(actor, case, user_id=user_id)
    visit_post.shut_out(actor, case.id, user_id)
    return exclusion


def lift(actor: Actor, case_id: int, *, user_id: int) -> None:
    """Let a person who was shut out see of the case what their role lets them see; the reason is kept."""
    case = access.get_case(actor, case_id, need=Permission.CASE_TEAM)
    exclusion = tenancy.session.scalar(
        select(CaseExclusion).where(
            CaseExclusion.school_id == actor.school_id,
            CaseExclusion.case_id == case.id,
            CaseExclusion.user_id == user_id,
            CaseExclusion.lifted_at.is_(None),
        )
    )
    if exclusion is None:
        raise Conflict(N_("This person is not shut out any more."))
    exclusion.lifted_at = actor.at
    audit.record(actor, "case.shut_out_lifted", case, user_id=user_id)


def shut_out_ids(actor: Actor, case_id: int) -> set[int]:
    """Who is shut out of the case now; the caller has asked permission."""
    return set(
        tenancy.session.scalars(
            select(CaseExclusion.user_id).where(
                CaseExclusion.school_id == actor.school_id,
                CaseExclusion.case_id == case_id,
                CaseExclusion.lifted_at.is_(None),
            )
        )
    )


def _members(actor: Actor, case: Case) -> list[CaseMember]:
    rows = tenancy.session.scalars(
        select(CaseMember)
        .where(
            CaseMember.school_id == actor.school_id,
            CaseMember.case_id == case.id,
            CaseMember.removed_at.is_(None),
        )
        .order_by(CaseMember.added_at, CaseMember.id)
    )
    return sorted(rows, key=lambda row: row.user_id != case.owner_id)


def _member(actor: Actor, case: Case, user_id: int) -> CaseMember | None:
    return tenancy.session.scalar(
        select(CaseMember).where(
            CaseMember.school_id == actor.school_id,
            CaseMember.case_id == case.id,
            CaseMember.user_id == user_id,
        )
    )


def _join(actor: Actor, case: Case, user_id: int) -> CaseMember:
    known = _member(actor, case, user_id)
    if known is None:
        return tenancy.add(
            CaseMember(case_id=case.id, user_id=user_id, added_by=actor.person_id, added_at=actor.at)
        )
    if known.removed_at is not None:
        assert actor.person_id is not None
        known.removed_at, known.added_by, known.added_at = None, actor.person_id, actor.at
        tenancy.session.flush()
    return known


def _leave(actor: Actor, case: Case, user_id: int) -> bool:
    member = _member(actor, case, user_id)
    if member is None or member.removed_at is not None:
        return False
    member.removed_at = actor.at
    tenancy.session.flush()
    return True


def _staff_member(actor: Actor, user_id: int) -> StaffMember:
    for member in people.staff(actor):
        if member.user_id == user_id:
            return member
    raise Invalid(N_("Choose a person who works at this school."), field="user_id")


def _tell_new_owner(actor: Actor, case: Case, owner: StaffMember) -> None:
    assert actor.person_id is not None
    outbox.queue_to_staff(
        actor,
        "case_handed_over",
        CaseHandedOverFacts(
            letterhead=letterheads.mail_letterhead(actor),
            to_name=owner.name,
            case_number=case.number,
            handed_by=people.display_names(actor, [actor.person_id]).get(actor.person_id, ""),
            link=links.school_url(actor, f"cases/{case.id}/"),
        ),
        owner,
        dedupe_key=f"case_handed_over:{case.id}:{owner.user_id}:{actor.at.isoformat()}",
    )
