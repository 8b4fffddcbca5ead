"""Staff whose mails come back: for those who administer people, with what can be done about it."""

from __future__ import annotations

import secrets

from sqlalchemy import select, text

from webapp import tenancy
from webapp.domain.errors import N_, Conflict, NotFound
from webapp.domain.permissions import Permission
from webapp.models.identity import Membership, User
from webapp.services import access, accounts, audit, memberships, people, schools
from webapp.tenancy import Actor

IN_USE = N_(
    "This account is in use and keeps its address. Phone the person; if the address is wrong for good, "
    "end the work here and invite the right one."
)
ELSEWHERE = N_("This person was invited by another school as well: ask the district to correct the address.")


def unreachable(actor: Actor) -> list[tuple[User, str | None]]:
    """People of the admin's own school whose newest mail was refused, with their phone, by name."""
    access.require(actor, Permission.PEOPLE_MANAGE)
    rows = tenancy.session.execute(
        select(User, Membership.phone)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.school_id == actor.school_id,
            people.running(actor),
            User.active,
            User.mail_bounced_at.is_not(None),
        )
        .order_by(User.name, User.id)
    )
    found: dict[int, tuple[User, str | None]] = {}
    for user, phone in rows:
        found[user.id] = (user, found[user.id][1] if found.get(user.id, (user, None))[1] else phone)
    return list(found.values())


def correct(actor: Actor, user_id: int, *, school_id: int, email: str) -> None:
    """Correct the address of somebody who was invited and never came in, and invite them there.

    The links that went to the wrong address stop. Conflict for an account that is in use, or that another
    school has invited as well: an address is the person's own. NotFound for whoever does not work here.
    """
    schools.staffed_by(actor, school_id)
    user = tenancy.session.scalar(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.school_id == school_id, Membership.ended_on.is_(None), User.id == user_id)
    )
    if user is None:
        raise NotFound()
    if user.password is not None:
        raise Conflict(IN_USE, field="email")
    address = accounts.normal_email(email)
    known = tenancy.session.scalar(text("SELECT app_user_id_by_email(:email)"), {"email": address})
    if known not in (None, user_id):
        raise Conflict(N_("There is an account with this e-mail address already."), field="email")
    _rewrite(user_id, school_id, address)
    tenancy.session.refresh(user)
    audit.record(actor, "account.address_corrected", user, school_id=school_id)
    memberships.invite_again(actor, user_id, school_id=school_id)


def _rewrite(user_id: int, school_id: int, address: str) -> None:
    # No scope of a school changes accounts: the sign-in's own does, once it is clear that it may.
    with tenancy.identity_work() as session:
        elsewhere = session.scalar(
            select(Membership.id).where(
                Membership.user_id == user_id,
                Membership.school_id != school_id,
                Membership.ended_on.is_(None),
            )
        )
        if elsewhere is not None:
            raise Conflict(ELSEWHERE, field="email")
        account = session.get_one(User, user_id)
        account.email, account.mail_bounced_at = address, None
        account.fs_uniquifier = secrets.token_hex(32)
