"""What the district lets an execution count: its dated table of lesson hours."""

from __future__ import annotations

from datetime import date

from flask import g, render_template, request
from flask_babel import gettext as _

from webapp.domain.errors import N_, DomainError, Invalid
from webapp.domain.lesson_hours import read_hours
from webapp.http.attempts import attempt, done, form_error
from webapp.services import lesson_hours


def index():
    """What counts how much, since when; and a new weight from a day ahead on."""
    services = lesson_hours.of_district(g.actor)
    values = {"activity": "", "hours": "", "valid_from": ""}
    refusal = None
    if request.method == "POST":
        values = {name: request.form.get(name, "") for name in values}
        refusal = attempt(lambda: _set(values))
        if refusal is None:
            return done(_("The weight is set."), "district.settings_lesson_hours")
    return _page(services, values, refusal)


def withdraw(weight_id: int):
    """Take back a weight whose day has not come."""
    refusal = attempt(lambda: lesson_hours.withdraw(g.actor, weight_id))
    if refusal is None:
        return done(_("The weight is taken back."), "district.settings_lesson_hours")
    return _page(lesson_hours.of_district(g.actor), {}, refusal)


def _set(values: dict[str, str]) -> None:
    try:
        valid_from = date.fromisoformat(values["valid_from"])
    except ValueError:
        raise Invalid(N_("Choose a date."), field="valid_from") from None
    lesson_hours.set_weight(
        g.actor, service=values["activity"], hours=read_hours(values["hours"]), valid_from=valid_from
    )


def _page(services: list[lesson_hours.ServiceHours], values: dict[str, str], refusal: DomainError | None):
    page = render_template(
        "pages/district/lesson_hours.html", services=services, values=values, errors=form_error(refusal)
    )
    return page, refusal.status if refusal else 200
