"""The district's schools: list, add, change, close and open again."""

from __future__ import annotations

from flask import g, render_template, request
from flask_babel import gettext as _

from webapp.domain.permissions import Permission
from webapp.http.attempts import attempt, done, form_error
from webapp.models.schools import School
from webapp.services import access, schools


def index():
    """Which schools are there, and can they work?"""
    asked = {name: request.args.get(name, "").strip() for name in ("q", "level", "state")}
    page = schools.list_schools(
        g.actor,
        search=asked["q"],
        level=asked["level"],
        state=asked["state"],
        after=request.args.get("after", type=int),
    )
    return render_template("pages/district/schools.html", page=page, asked=asked)


def new():
    """Add a school."""
    access.require(g.actor, Permission.DISTRICT_SCHOOLS)
    values = {"name": "", "npsn": "", "level": "", "time_zone": g.actor.time_zone, "slug": ""}
    six_day_week = False
    refusal = None
    if request.method == "POST":
        values = {name: request.form.get(name, "") for name in values}
        six_day_week = "six_day_week" in request.form
        made: list[School] = []
        refusal = attempt(lambda: made.append(schools.add(g.actor, **values, six_day_week=six_day_week)))
        if refusal is None:
            return done(
                _("%(school)s is added. Now invite its school admin.", school=made[0].name),
                "district.people_new",
                school=made[0].id,
            )
    page = render_template(
        "pages/district/school_new.html", values=values, six_day_week=six_day_week, errors=form_error(refusal)
    )
    return page, refusal.status if refusal else 200


def change(school_id: int):
    """Change one school."""
    school = schools.get(g.actor, school_id)
    values = {"name": school.name, "npsn": school.npsn or "", "level": school.level}
    refusal = None
    if request.method == "POST":
        values = {name: request.form.get(name, "") for name in values}
        refusal = attempt(lambda: schools.change(g.actor, school_id, **values))
        if refusal is None:
            return done(_("%(school)s is saved.", school=school.name), "district.schools")
    page = render_template(
        "pages/district/school.html", school=school, values=values, errors=form_error(refusal)
    )
    return page, refusal.status if refusal else 200


def close(school_id: int):
    """Close a school: its staff cannot enter any more."""
    school = schools.set_active(g.actor, school_id, active=False)
    return done(_("%(school)s is closed; nothing was deleted.", school=school.name), "district.schools")


def reopen(school_id: int):
    """Open a closed school again."""
    school = schools.set_active(g.actor, school_id, active=True)
    return done(_("%(school)s is open again.", school=school.name), "district.schools")
