"""Accounts: made by invitation or on the command line; mails with links go through the platform's outbox."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token
from sqlalchemy import select, text, update

from webapp import tenancy
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.mail.clean import check_address
from webapp.mail.content import Letterhead
from webapp.mail.messages import AccountInvitationFacts, PasswordResetFacts
from webapp.models.identity import DistrictMembership, Membership, SignInSession, User
from webapp.models.schools import District, School
from webapp.services import audit, links, outbox
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

LINK_VALID = timedelta(days=5)
"""As long as Flask-Security accepts the token (SECURITY_RESET_PASSWORD_WITHIN)."""

SHORTEST_PASSWORD = 12


def normal_email(email: str) -> str:
    """The address as it is stored and compared; Invalid(field="email") when it is none."""
    address = email.strip().lower()
    try:
        check_address(address)
    except Invalid as refusal:
        raise Invalid(refusal.message_id, field="email", **refusal.params) from refusal
    return address


def find_or_make_user(actor: Actor, *, email: str, name: str, locale: str = "id") -> tuple[int, User | None]:
    """The account behind an address, made without a password when there is none: (id, the new row or None).

    An account that exists is only named by its id: an admin of one school learns nothing of another's.
    """
    email = normal_email(email)
    if not name.strip():
        raise Invalid(N_("Write the person's name."), field="name")
    known = tenancy.session.scalar(text("SELECT app_user_id_by_email(:email)"), {"email": email})
    if known is not None:
        return known, None
    user = User(
        email=email,
        name=" ".join(name.split()),
        password=None,
        fs_uniquifier=secrets.token_hex(32),
        locale=locale,
        active=True,
        created_at=actor.at,
    )
    tenancy.add(user)
    return user.id, user


def reset_url(token: str) -> str:
    """The page on which a password is chosen."""
    return f"{links.base_url()}/reset/{token}"


def mail_invitation(actor: Actor, user: User, *, invited_by: str, letterhead: Letterhead) -> None:
    """Mail a new account the link on which its password is chosen."""
    token = generate_reset_password_token(user)
    outbox.queue(
        actor,
        "account_invitation",
        AccountInvitationFacts(
            letterhead=letterhead,
            to_name=user.name,
            invited_by=invited_by,
            link=reset_url(token),
            valid_until=actor.at + LINK_VALID,
        ),
        to_address=user.email,
        to_name=user.name,
        locale=user.locale,
        dedupe_key=f"account_invitation:{user.id}:{actor.at.isoformat()}",
        user_id=user.id,
        expires_at=actor.at + LINK_VALID,
    )


def mail_password_reset(email: str, token: str, at: datetime) -> None:
    """Mail the owner of an account the link with Flask-Security's token; runs in a scope of its own."""
    with tenancy.work(Actor("identity", at, school_id=PLATFORM_SCHOOL_ID)) as session:
        user = session.scalars(select(User).where(User.email == email)).one()
        outbox.queue(
            tenancy.current().actor,
            "password_reset",
            PasswordResetFacts(
                letterhead=Letterhead(name="Pamong"),
                to_name=user.name,
                link=reset_url(token),
                valid_until=at + LINK_VALID,
            ),
            to_address=user.email,
            to_name=user.name,
            locale=user.locale,
            dedupe_key=f"password_reset:{user.id}:{at.isoformat()}",
            user_id=user.id,
            expires_at=at + LINK_VALID,
        )


def create_user(
    actor: Actor,
    *,
    email: str,
    name: str,
    password: str,
    school_slug: str | None = None,
    district_slug: str | None = None,
    district_name: str | None = None,
    role: str,
) -> User:
    """Make an account with a password and one role; for the command line and the demo (a `setup` actor).

    A district that does not exist yet is made when `district_name` is given: the first account of an
    installation. Invalid names the option that is wrong.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(
            N_("The password needs at least %(length)s characters."),
            field="password",
            length=SHORTEST_PASSWORD,
        )
    user_id, user = find_or_make_user(actor, email=email, name=name)
    if user is None:
        raise Conflict(N_("There is an account with this e-mail address already."), field="email")
    user.password = hash_password(password)
    today = actor.today
    if district_slug is not None:
        district = tenancy.session.scalar(select(District).where(District.slug == district_slug))
        if district is None and district_name:
            district = tenancy.add(District(slug=district_slug, name=district_name, created_at=actor.at))
        if district is None:
            raise Invalid(N_("There is no district %(slug)s."), field="district", slug=district_slug)
        tenancy.add(DistrictMembership(district_id=district.id, user_id=user_id, role=role, started_on=today))
    elif school_slug is not None:
        school = tenancy.session.scalar(select(School).where(School.slug == school_slug))
        if school is None:
            raise Invalid(N_("There is no school %(slug)s."), field="school", slug=school_slug)
        tenancy.add(Membership(school_id=school.id, user_id=user_id, role=role, started_on=today))
    audit.record(actor, "account.created", user)
    return user


def own_sessions(actor_user_id: int, now: datetime, longest: timedelta) -> list[SignInSession]:
    """The live sign-ins of a person, newest first; in the identity scope."""
    return list(
        tenancy.identity().scalars(
            select(SignInSession)
            .where(
                SignInSession.user_id == actor_user_id,
                SignInSession.revoked_at.is_(None),
                SignInSession.created_at > now - longest,
            )
            .order_by(SignInSession.created_at.desc())
        )
    )


def revoke_own_session(user_id: int, session_id: int, now: datetime) -> None:
    """End one of a person's own sign-ins; another person's id does nothing."""
    tenancy.identity().execute(
        update(SignInSession)
        .where(
            SignInSession.id == session_id,
            SignInSession.user_id == user_id,
            SignInSession.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    tenancy.identity().commit()


def choose_language(user_id: int, locale: str) -> None:
    """Which language a person reads: pages from the next sign-in on, and the mails from now on."""
    tenancy.identity().execute(update(User).where(User.id == user_id).values(locale=locale))
    tenancy.identity().commit()
