"""Who works in a school: names for pages, staff for pickers, approvers and signatories."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from webapp import tenancy
from webapp.domain import words
from webapp.domain.errors import N_, Conflict
from webapp.models.identity import Membership, User
from webapp.models.schools import School
from webapp.reports.letterhead import Signatory
from webapp.services import access
from webapp.tenancy import Actor


@dataclass(frozen=True)
class StaffMember:
    """A person with a running role in the school; with several roles, the first by the vocabulary's order."""

    user_id: int
    name: str
    email: str
    role: str
    position: str | None
    locale: str
    acting: bool = False
    phone: str | None = None

    @property
    def title(self) -> str:
        """Position as people write it, else the role's name in Indonesian."""
        return self.position or words.SCHOOL_ROLES[self.role].id


def running(actor: Actor) -> ColumnElement[bool]:
    """Memberships that hold today: not ended, and an acting one not past its last day."""
    return Membership.ended_on.is_(None) & or_(
        Membership.acting_until_on.is_(None), Membership.acting_until_on >= actor.today
    )


def staff(actor: Actor, *roles: str) -> list[StaffMember]:
    """Everybody who works in the actor's school (with one of `roles`, when given), by name."""
    statement = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.school_id == actor.school_id, running(actor), User.active)
        .order_by(User.name)
    )
    if roles:
        statement = statement.where(Membership.role.in_(roles))
    members: dict[int, StaffMember] = {}
    order = words.SCHOOL_ROLES.keys
    for membership, user in tenancy.session.execute(statement):
        known = members.get(user.id)
        if known is None or order.index(membership.role) < order.index(known.role):
            members[user.id] = StaffMember(
                user.id,
                user.name,
                user.email,
                membership.role,
                membership.position,
                user.locale,
                membership.acting,
                membership.phone,
            )
    return list(members.values())


def display_names(actor: Actor, user_ids: Collection[int]) -> dict[int, str]:
    """Names of people of the actor's school, also of those who have left; unknown ids are left out."""
    if not user_ids:
        return {}
    rows = tenancy.session.execute(select(User.id, User.name).where(User.id.in_(set(user_ids))))
    return {user_id: name for user_id, name in rows}


def approver(actor: Actor, case_id: int) -> StaffMember:
    """Who approves a conference of this case: the acting principal, else the principal; the substitute
    that the school has named when that person is shut out of the case. Conflict when there is nobody."""
    principals = sorted(staff(actor, "principal"), key=lambda member: not member.acting)
    for principal in principals:
        if not access.is_shut_out(actor, case_id, principal.user_id):
            return principal
    substitute_id = tenancy.session.scalar(
        select(School.substitute_approver_id).where(School.id == actor.school_id)
    )
    for member in staff(actor):
        if member.user_id == substitute_id and not access.is_shut_out(actor, case_id, member.user_id):
            return member
    raise Conflict(
        N_(
            "Nobody can approve this request: the school has no principal who may see the case. "
            "Ask the school admin to name an acting principal or a substitute approver."
        )
    )


def signatory(actor: Actor, user_id: int) -> Signatory:
    """How a person signs a document of the school: title (with "Plt."), name, number."""
    row = tenancy.session.execute(
        select(Membership, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.school_id == actor.school_id, Membership.user_id == user_id)
        .order_by(Membership.ended_on.is_not(None), Membership.role != "principal")
    ).first()
    if row is None:
        return Signatory(title="", name=display_names(actor, [user_id]).get(user_id, ""))
    membership, name = row
    title = membership.position or words.SCHOOL_ROLES[membership.role].id
    label = "" if membership.number_label == "none" else words.NUMBER_LABELS[membership.number_label].id
    return Signatory(
        title=f"Plt. {title}" if membership.acting and membership.role == "principal" else title,
        name=name,
        number_label=label,
        number=membership.number or "",
    )
