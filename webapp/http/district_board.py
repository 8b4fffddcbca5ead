"""The board of all schools, and what the district sets for itself."""

from __future__ import annotations

from typing import Any

from babel.numbers import format_decimal
from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from webapp.domain import words
from webapp.domain.figures import PERIODS
from webapp.domain.involvement import MEASURES
from webapp.domain.permissions import Permission
from webapp.http import involvement_charts
from webapp.http.attempts import attempt, done, form_error
from webapp.http.i18n import current_locale
from webapp.reports import charts
from webapp.services import access, districts, figures, sending
from webapp.services import involvement as school_involvement

_BABEL_LOCALES = {"id": "id_ID", "en": "en_GB"}


def board():
    """How are all schools doing, where is help needed?"""
    access.require(g.actor, Permission.DISTRICT_BOARD)
    period = request.args.get("period", "month")
    period = period if period in PERIODS else "month"
    level = request.args.get("level", "")
    level = level if level in words.SCHOOL_LEVELS else ""
    sort = request.args.get("sort", "name")
    sort = sort if sort in figures.SORTS else "name"
    descending = request.args.get("order") == "desc"
    asked = {"period": period, "level": level, "sort": sort, "order": "desc" if descending else "asc"}
    locale = current_locale()
    found = figures.board(g.actor, period=period, level=level, sort=sort, descending=descending)
    return render_template(
        "pages/district/board.html",
        board=found,
        hold=sending.hold(),
        asked=asked,
        columns=_columns(asked),
        periods=[
            {"label": term.label(locale), "active": term.key == period, "url": _here(asked, period=term.key)}
            for term in PERIODS
        ],
        sparklines={
            row.school_id: charts.sparkline(row.trend, _("Open cases at the end of each month"), locale)
            for row in found.rows
        },
        days=lambda value: format_decimal(value, locale=_BABEL_LOCALES[locale]),
    )


def involvement():
    """How far do those take part whom the schools invite?"""
    access.require(g.actor, Permission.DISTRICT_BOARD)
    locale = current_locale()
    figures = school_involvement.of_district(g.actor)
    return render_template(
        "pages/district/involvement.html",
        figures=figures,
        charts=involvement_charts.charts(figures, locale),
        measures=MEASURES,
        cell=involvement_charts.cell,
        month_name=lambda first: involvement_charts.month_name(first, locale),
    )


def _here(asked: dict[str, str], **changed: str) -> str:
    """This page with some of what was asked changed: every view of the board has an address of its own."""
    values: dict[str, Any] = {**asked, **changed}
    return url_for("district.board", **{name: value for name, value in values.items() if value})


def _columns(asked: dict[str, str]) -> list[dict[str, Any]]:
    """Column heads that sort: a second click turns the order round; figures begin with the most."""
    labels = {
        "name": _("School"),
        "open_cases": _("Open cases"),
        "conferences_planned": _("Conferences planned"),
        "conferences_held": _("Conferences held"),
        "attendance": _("Invited who came"),
        "overdue_commitments": _("Overdue promises"),
        "home_visits": _("Home visits"),
        "advocacies": _("Advocacies"),
        "first_action": _("Days to first action"),
    }
    columns = []
    for name, label in labels.items():
        active = asked["sort"] == name
        first = "asc" if name == "name" else "desc"
        order = {"asc": "desc", "desc": "asc"}[asked["order"]] if active else first
        columns.append(
            {
                "name": name,
                "label": label,
                "numeric": name != "name",
                "sort": {"asc": "ascending", "desc": "descending"}[asked["order"]] if active else None,
                "sort_url": _here(asked, sort=name, order=order),
            }
        )
    return columns


def settings():
    """Name, time zone and the hour of the monthly digest."""
    access.require(g.actor, Permission.DISTRICT_SETTINGS)
    district = districts.own(g.actor)
    values = {
        "name": district.name,
        "time_zone": district.time_zone,
        "digest_at": district.digest_at.strftime("%H:%M"),
    }
    refusal = None
    if request.method == "POST":
        values = {name: request.form.get(name, "") for name in values}
        refusal = attempt(lambda: districts.change(g.actor, **values))
        if refusal is None:
            return done(_("The settings are saved."), "district.settings")
    page = render_template("pages/district/settings.html", values=values, errors=form_error(refusal))
    return page, refusal.status if refusal else 200
