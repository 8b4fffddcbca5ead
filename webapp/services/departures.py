"""When a person leaves a school: open cases go to somebody, roles and sign-ins end.

The admin who does this reads no case: a count is all that is shown.
"""

from __future__ import annotations

from sqlalchemy import select, text

from webapp import tenancy
from webapp.domain.errors import N_, Invalid, NotFound
from webapp.mail.content import Letterhead
from webapp.mail.messages import CaseHandedOverFacts
from webapp.models.identity import Membership, User
from webapp.models.schools import School
from webapp.services import audit, links, outbox, people, schools
from webapp.tenancy import Actor

CASE_ROLES = ("counsellor", "class_teacher")


def running(actor: Actor, school_id: int, user_id: int) -> list[Membership]:
    """The roles that a person holds in a school which the actor administers."""
    schools.staffed_by(actor, school_id)
    return list(
        tenancy.session.scalars(
            select(Membership).where(
                Membership.school_id == school_id,
                Membership.user_id == user_id,
                Membership.ended_on.is_(None),
            )
        )
    )


def open_cases(actor: Actor, school_id: int, user_id: int) -> int:
    """How many open cases a person owns in a school that the actor administers."""
    schools.staffed_by(actor, school_id)
    count: int = tenancy.session.scalar(
        text("SELECT app_open_case_count(:user, :school)"), {"user": user_id, "school": school_id}
    )
    return count


def successors(actor: Actor, school_id: int, user_id: int) -> list[tuple[int, str]]:
    """(id, name) of everybody else in the school who may own cases, by name."""
    schools.staffed_by(actor, school_id)
    rows = tenancy.session.execute(
        select(User.id, User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.school_id == school_id,
            Membership.role.in_(CASE_ROLES),
            Membership.ended_on.is_(None),
            User.id != user_id,
        )
        .distinct()
        .order_by(User.name)
    )
    return [(found_id, name) for found_id, name in rows]


def hand_over(actor: Actor, school_id: int, user_id: int, *, successor_id: int | None) -> int:
    """Make another person the owner of all open cases; they get one mail per case. Returns how many.

    Invalid(field="successor_id") unless it is somebody who may own cases there, and every one of these.
    """
    school = schools.staffed_by(actor, school_id)
    if not running(actor, school_id, user_id):
        raise NotFound()
    if successor_id not in [found_id for found_id, _name in successors(actor, school_id, user_id)]:
        raise Invalid(
            N_("Choose a counsellor or class teacher of this school who takes the cases over."),
            field="successor_id",
        )
    moved = tenancy.session.execute(
        text("SELECT moved_id, moved_number FROM app_hand_over_cases(:giver, :taker, :school)"),
        {"giver": user_id, "taker": successor_id, "school": school_id},
    ).all()
    left = open_cases(actor, school_id, user_id)
    if left:
        raise Invalid(
            N_("This person is shut out of some of the cases (%(count)s). Choose somebody else."),
            field="successor_id",
            count=left,
        )
    taker = tenancy.session.get_one(User, successor_id)
    for case_id, number in moved:
        _mail_new_owner(actor, school, taker, case_id, number)
    audit.record(actor, "cases.handed_over", taker, school_id=school_id, giver=user_id, count=len(moved))
    return len(moved)


def end(actor: Actor, school_id: int, user_id: int, *, successor_id: int | None = None) -> int:
    """A person leaves a school: roles end today, every sign-in at once; returns how many cases went over.

    Invalid(field="successor_id") while open cases have no new owner. Their other schools stay theirs: they
    sign in again.
    """
    school = schools.staffed_by(actor, school_id)
    rows = running(actor, school_id, user_id)
    if not rows:
        raise NotFound()
    if user_id == actor.person_id:
        raise Invalid(N_("You cannot end your own work here. Ask another admin, or the district."))
    count = open_cases(actor, school_id, user_id)
    if count and successor_id is None:
        raise Invalid(
            N_("Choose who takes over the open cases (%(count)s)."), field="successor_id", count=count
        )
    moved = hand_over(actor, school_id, user_id, successor_id=successor_id) if count else 0
    for row in rows:
        row.ended_on = actor.today
        audit.record(actor, "membership.ended", row, school_id=school_id, role=row.role)
    if school.substitute_approver_id == user_id:
        school.substitute_approver_id = None
    tenancy.session.execute(
        text(
            "SELECT app_leave_teams(:user, :school), app_close_calendar_feed(:user, :school),"
            " app_revoke_sessions(:user)"
        ),
        {"user": user_id, "school": school_id},
    )
    return moved


def _mail_new_owner(actor: Actor, school: School, taker: User, case_id: int, number: str) -> None:
    giver = people.display_names(actor, [actor.person_id] if actor.person_id else [])
    outbox.queue(
        actor,
        "case_handed_over",
        CaseHandedOverFacts(
            letterhead=Letterhead(name=school.name, phone=school.phone or "", zone=school.time_zone),
            to_name=taker.name,
            case_number=number,
            handed_by=giver.get(actor.person_id or 0, ""),
            link=f"{links.base_url()}/s/{school.slug}/cases/{case_id}/",
        ),
        to_address=taker.email,
        to_name=taker.name,
        locale=taker.locale,
        dedupe_key=f"case_handed_over:{case_id}:{taker.id}:{actor.at.isoformat()}",
        user_id=taker.id,
    )
