"""Who may work where: inviting by mail, changing roles, letting a person go.

A district administers all its schools, a school admin the own one. Neither changes an account: name and
address are the person's own, also where the person works in other schools.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text

from webapp import tenancy
from webapp.domain import identifiers, words
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.mail.content import Letterhead
from webapp.mail.messages import RoleAddedFacts
from webapp.models.identity import DistrictMembership, Membership, User
from webapp.models.schools import District, School
from webapp.services import (
    access,
    accounts,
    audit,
    departures,
    districts,
    dues,
    links,
    outbox,
    people,
    schools,
)
from webapp.tenancy import Actor

LONGEST_POSITION = 100
CASE_ROLES = {"counsellor", "class_teacher"}


@dataclass(frozen=True)
class Grant:
    """One role to give: in a school, or in the district itself when `school_id` is None."""

    role: str
    school_id: int | None


@dataclass(frozen=True)
class Duties:
    """What a person does in one school: role -> position (None: the role's own name), and how they sign."""

    positions: Mapping[str, str | None]
    number_label: str = "none"
    number: str | None = None
    phone: str | None = None
    acting: bool = False
    acting_until_on: date | None = None


def invite(actor: Actor, *, email: str, name: str, locale: str, grants: Sequence[Grant]) -> int:
    """Give roles to the person behind an address; returns the account's id.

    Who has no password yet is mailed the link on which it is chosen; who has an account is told of each new
    place. Conflict when the person holds all these roles already; an existing account keeps its name.
    """
    if not grants:
        raise Invalid(N_("Choose at least one role."), field="roles")
    if locale not in ("id", "en"):
        raise Invalid(N_("Choose a language."), field="locale")
    places = {grant.school_id: _place(actor, grant) for grant in grants}
    user_id, _made = accounts.find_or_make_user(actor, email=email, name=name, locale=locale)
    given = [grant for grant in grants if _give(actor, user_id, grant)]
    if not given:
        raise Conflict(N_("This person has these roles already."), field="roles")
    user = tenancy.session.get_one(User, user_id)
    if user.password is None:
        _mail_invitation(actor, user, places[given[0].school_id])
    else:
        for school_id in dict.fromkeys(grant.school_id for grant in given):
            _mail_role(actor, user, places[school_id])
    return user_id


def invite_again(actor: Actor, user_id: int, *, school_id: int | None) -> None:
    """Mail the invitation once more, to someone of this place who has never chosen a password."""
    if school_id is None:
        access.require(actor, Permission.DISTRICT_PEOPLE)
        place: School | District = districts.own(actor)
        running: Sequence[object] = district_roles(actor, user_id)
    else:
        place = schools.staffed_by(actor, school_id)
        running = departures.running(actor, school_id, user_id)
    if not running:
        raise NotFound()
    user = tenancy.session.get_one(User, user_id)
    if user.password is not None:
        raise Conflict(N_("This person has signed in already and needs no invitation."))
    _mail_invitation(actor, user, place)
    audit.record(actor, "account.invited_again", user, school_id=school_id)


def change(actor: Actor, school_id: int, user_id: int, duties: Duties) -> None:
    """Change the roles of one person in one school, their positions and how they sign.

    Invalid names the field; who owns open cases keeps a role that may, until the cases are handed over.
    """
    schools.staffed_by(actor, school_id)
    rows = {row.role: row for row in departures.running(actor, school_id, user_id)}
    if not rows:
        raise NotFound()
    wanted = {role: _check_position(role, position) for role, position in duties.positions.items()}
    _check_roles(actor, school_id, user_id, set(rows), set(wanted))
    number, phone = _check_signature(duties)
    acting = _check_acting(actor, duties)
    for role in wanted:
        _give(actor, user_id, Grant(role, school_id))
    for row in departures.running(actor, school_id, user_id):
        if row.role not in wanted:
            row.ended_on = actor.today
            audit.record(actor, "membership.ended", row, school_id=school_id, role=row.role)
            continue
        row.position = wanted[row.role]
        row.number_label, row.number, row.phone = duties.number_label, number, phone
        row.acting = acting and row.role == "principal"
        row.acting_until_on = duties.acting_until_on if row.acting else None
        audit.record(actor, "membership.changed", row, school_id=school_id, role=row.role)


def district_roles(actor: Actor, user_id: int) -> list[DistrictMembership]:
    """The running roles of a person in the actor's district itself."""
    access.require(actor, Permission.DISTRICT_PEOPLE)
    return list(
        tenancy.session.scalars(
            select(DistrictMembership).where(
                DistrictMembership.district_id == actor.district_id,
                DistrictMembership.user_id == user_id,
                DistrictMembership.ended_on.is_(None),
            )
        )
    )


def end_district_roles(actor: Actor, user_id: int) -> None:
    """A person leaves the district's office: the roles end today, every sign-in at once."""
    rows = district_roles(actor, user_id)
    if not rows:
        raise NotFound()
    if user_id == actor.person_id:
        raise Invalid(N_("You cannot end your own role. Ask another district admin."))
    for row in rows:
        row.ended_on = actor.today
        audit.record(actor, "membership.ended", row, role=row.role)
    tenancy.session.execute(text("SELECT app_revoke_sessions(:user)"), {"user": user_id})


# --- rules of a form ---------------------------------------------------------------------------------


def _check_roles(actor: Actor, school_id: int, user_id: int, had: set[str], wanted: set[str]) -> None:
    if not wanted:
        raise Invalid(N_("Choose at least one role, or end this person's work here below."), field="roles")
    if user_id == actor.person_id and "school_admin" in had - wanted:
        raise Invalid(N_("You cannot take the admin role from yourself. Ask another admin."), field="roles")
    if had & CASE_ROLES and not wanted & CASE_ROLES:
        count = departures.open_cases(actor, school_id, user_id)
        if count:
            raise Invalid(
                N_("This person owns open cases (%(count)s). Hand them over first."),
                field="roles",
                count=count,
            )


def _check_position(role: str, position: str | None) -> str | None:
    if role not in words.SCHOOL_ROLES:
        raise Invalid(N_("There is no such role."), field="roles")
    text_ = " ".join((position or "").split())
    if len(text_) > LONGEST_POSITION:
        raise Invalid(
            N_("A position has at most %(limit)s characters."),
            field=f"position-{role}",
            limit=LONGEST_POSITION,
        )
    return text_ or None


def _check_signature(duties: Duties) -> tuple[str | None, str | None]:
    if duties.number_label not in words.NUMBER_LABELS:
        raise Invalid(N_("Choose what kind of number this is."), field="number_label")
    if duties.number_label == "none" and (duties.number or "").strip():
        raise Invalid(N_("Choose what kind of number this is."), field="number_label")
    number = identifiers.staff_number(duties.number_label, duties.number, field="number")
    return number, identifiers.phone(duties.phone, field="phone")


def _check_acting(actor: Actor, duties: Duties) -> bool:
    if not duties.acting:
        return False
    if "principal" not in duties.positions:
        raise Invalid(N_("Only a principal can be acting: choose that role as well."), field="acting")
    if duties.acting_until_on is None:
        raise Invalid(N_("Until which day does this person act as principal?"), field="acting_until_on")
    if duties.acting_until_on < actor.today:
        raise Invalid(N_("This day has passed."), field="acting_until_on")
    return True


# --- giving a role ------------------------------------------------------------------------------------


def _place(actor: Actor, grant: Grant) -> School | District:
    if grant.school_id is None:
        access.require(actor, Permission.DISTRICT_PEOPLE)
        if grant.role not in words.DISTRICT_ROLES:
            raise Invalid(N_("This role does not belong to the district."), field="roles")
        return districts.own(actor)
    school = schools.staffed_by(actor, grant.school_id)
    if grant.role not in words.SCHOOL_ROLES:
        raise Invalid(N_("This role does not belong to a school."), field="roles")
    return school


def _give(actor: Actor, user_id: int, grant: Grant) -> bool:
    """Whether the role is new: made, or taken up again after it had ended."""
    row: Membership | DistrictMembership | None
    if grant.school_id is None:
        row = tenancy.session.scalar(
            select(DistrictMembership).where(
                DistrictMembership.district_id == actor.district_id,
                DistrictMembership.user_id == user_id,
                DistrictMembership.role == grant.role,
            )
        )
        if row is None:
            row = DistrictMembership(district_id=actor.district_id, user_id=user_id, role=grant.role)
    else:
        row = tenancy.session.scalar(
            select(Membership).where(
                Membership.school_id == grant.school_id,
                Membership.user_id == user_id,
                Membership.role == grant.role,
            )
        )
        if row is None:
            row = Membership(school_id=grant.school_id, user_id=user_id, role=grant.role)
        elif row.ended_on is not None:
            row.acting, row.acting_until_on = False, None
    if row.started_on is not None and row.ended_on is None:
        return False
    row.started_on, row.ended_on = actor.today, None
    tenancy.add(row)
    dues.plan_digests(
        actor, user_id, grant.role, place_id=actor.district_id if grant.school_id is None else grant.school_id
    )
    audit.record(actor, "membership.given", row, school_id=grant.school_id, role=grant.role)
    return True


def _letterhead(place: School | District) -> Letterhead:
    phone = place.phone or "" if isinstance(place, School) else ""
    return Letterhead(name=place.name, phone=phone, zone=place.time_zone)


def _inviter(actor: Actor) -> str:
    if actor.person_id is None:
        return ""
    return people.display_names(actor, [actor.person_id]).get(actor.person_id, "")


def _mail_invitation(actor: Actor, user: User, place: School | District) -> None:
    accounts.mail_invitation(actor, user, invited_by=_inviter(actor), letterhead=_letterhead(place))


def _mail_role(actor: Actor, user: User, place: School | District) -> None:
    kind = "s" if isinstance(place, School) else "d"
    outbox.queue(
        actor,
        "role_added",
        RoleAddedFacts(
            letterhead=_letterhead(place),
            to_name=user.name,
            invited_by=_inviter(actor),
            link=f"{links.base_url()}/{kind}/{place.slug}/",
        ),
        to_address=user.email,
        to_name=user.name,
        locale=user.locale,
        dedupe_key=f"role_added:{user.id}:{kind}{place.id}:{actor.at.isoformat()}",
        user_id=user.id,
    )
