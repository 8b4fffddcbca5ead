"""People of the district and of its schools: invite, give roles, let go."""

from __future__ import annotations

import re

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.domain import words
from webapp.domain.errors import N_, DomainError, Invalid
from webapp.domain.permissions import Permission
from webapp.http import duties_form
from webapp.http.attempts import attempt, done, form_error
from webapp.http.i18n import current_locale
from webapp.services import access, departures, memberships, schools, staff_register
from webapp.services.memberships import Grant

OFFICE = "office"
"""The value of the place picker that means the district itself; schools stand as their ids."""


def index():
    """Who works in the district and in its schools?"""
    asked = {"q": request.args.get("q", "").strip(), "school": request.args.get("school", "")}
    page = staff_register.district_people(
        g.actor,
        search=asked["q"],
        school_id=int(asked["school"]) if asked["school"].isdigit() else None,
        after=request.args.get("after", type=int),
    )
    return render_template(
        "pages/district/people.html", page=page, asked=asked, schools=schools.all_schools(g.actor)
    )


def new():
    """Invite somebody, with a role in one or several places."""
    access.require(g.actor, Permission.DISTRICT_PEOPLE)
    values = {"email": "", "name": "", "locale": "id"}
    rows = [{"place": request.args.get("school", ""), "role": ""}]
    refusal: DomainError | None = None
    if request.method == "POST":
        values = {name: request.form.get(name, "") for name in values}
        rows = _rows()
        refusal = attempt(lambda: memberships.invite(g.actor, **values, grants=_grants(rows)))
        if refusal is None:
            return done(_("The invitation is on its way."), "district.people")
    page = render_template(
        "pages/district/invite.html",
        values=values,
        rows=rows,
        places=_places(),
        roles=_roles(),
        errors=form_error(refusal),
    )
    return page, refusal.status if refusal else 200


def person(user_id: int):
    """Where does this person work, and as what?"""
    found = staff_register.person_in_district(g.actor, user_id)
    return render_template("pages/district/person.html", person=found, is_self=user_id == g.actor.person_id)


def again(user_id: int):
    """Mail the invitation once more."""
    found = staff_register.person_in_district(g.actor, user_id)
    memberships.invite_again(g.actor, user_id, school_id=found.places[0].school_id)
    return done(_("The invitation is on its way once more."), "district.people_person", user_id=user_id)


def end(user_id: int):
    """A person leaves the district's office."""
    refusal = attempt(lambda: memberships.end_district_roles(g.actor, user_id))
    if refusal is None:
        return done(_("The role in the district has ended."), "district.people")
    found = staff_register.person_in_district(g.actor, user_id)
    page = render_template(
        "pages/district/person.html",
        person=found,
        is_self=user_id == g.actor.person_id,
        errors=form_error(refusal),
    )
    return page, refusal.status


def duties(user_id: int, school_id: int):
    """What does this person do in that school?"""
    found = staff_register.person_at_school(g.actor, school_id, user_id)
    form = duties_form.of_person(found)
    refusal = None
    if request.method == "POST":
        form = duties_form.of_request()
        refusal = attempt(lambda: memberships.change(g.actor, school_id, user_id, form.duties()))
        if refusal is None:
            return done(_("The roles are saved."), "district.people_person", user_id=user_id)
    return _duties_page(found, form, refusal)


def hand_over(user_id: int, school_id: int):
    """Give a person's open cases to somebody else of that school."""
    moved: list[int] = []
    refusal = attempt(
        lambda: moved.append(
            departures.hand_over(g.actor, school_id, user_id, successor_id=duties_form.successor_id())
        )
    )
    if refusal is None:
        return done(
            ngettext("%(num)s case has a new owner.", "%(num)s cases have a new owner.", moved[0]),
            "district.people_duties",
            user_id=user_id,
            school_id=school_id,
        )
    found = staff_register.person_at_school(g.actor, school_id, user_id)
    return _duties_page(found, duties_form.of_person(found), refusal)


def leave(user_id: int, school_id: int):
    """A person leaves a school."""
    refusal = attempt(
        lambda: departures.end(g.actor, school_id, user_id, successor_id=duties_form.successor_id())
    )
    if refusal is None:
        return done(_("This person does not work there any more."), "district.people")
    found = staff_register.person_at_school(g.actor, school_id, user_id)
    return _duties_page(found, duties_form.of_person(found), refusal)


def _duties_page(found: staff_register.StaffView, form: duties_form.DutiesForm, refusal: DomainError | None):
    page = render_template(
        "pages/district/duties.html",
        person=found,
        form=form,
        errors=form_error(refusal),
        is_self=found.user_id == g.actor.person_id,
        hand_over_url=url_for("district.people_hand_over", user_id=found.user_id, school_id=found.school_id),
        leave_url=url_for("district.people_leave", user_id=found.user_id, school_id=found.school_id),
    )
    return page, refusal.status if refusal else 200


def _places() -> list[tuple[str, str]]:
    return [
        (OFFICE, _("The district's office")),
        *((str(school.id), school.name) for school in schools.all_schools(g.actor) if school.active),
    ]


def _rows() -> list[dict[str, str]]:
    """The places and roles as typed, in the order of their rows; empty rows are left out."""
    numbers = sorted(
        {int(found[1]) for name in request.form if (found := re.fullmatch(r"grant-(\d{1,4})-place", name))}
    )
    rows = [
        {
            "place": request.form.get(f"grant-{number}-place", ""),
            "role": request.form.get(f"grant-{number}-role", ""),
        }
        for number in numbers
    ]
    return [row for row in rows if row["place"] or row["role"]]


def _grants(rows: list[dict[str, str]]) -> list[Grant]:
    grants = []
    for row in rows:
        if not row["place"] or not row["role"]:
            raise Invalid(N_("Choose a place and a role in every row."), field="roles")
        if row["place"] != OFFICE and not row["place"].isdigit():
            raise Invalid(N_("Choose a place and a role in every row."), field="roles")
        grants.append(Grant(row["role"], None if row["place"] == OFFICE else int(row["place"])))
    return grants


def _roles() -> list[tuple[str, str]]:
    """(key, label) of every role that can be given, the schools' first."""
    locale = current_locale()
    return [*words.SCHOOL_ROLES.choices(locale), *words.DISTRICT_ROLES.choices(locale)]
