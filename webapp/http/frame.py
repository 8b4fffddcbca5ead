"""The frame around every page: navigation by role, the person's schools, the day in the school's words."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, g, has_request_context, request, url_for
from flask_babel import lazy_gettext
from flask_login import current_user

from webapp.domain import dates
from webapp.domain.permissions import Permission, allows
from webapp.http import scope
from webapp.http.i18n import current_locale
from webapp.http.layout import Layout, NavItem, SchoolChoice

QUICK_HIDE_URL = "https://www.wikipedia.org/"


@dataclass(frozen=True)
class Door:
    """One entry of a navigation and the permission that shows it; `endpoint` is the page's index."""

    label: object
    endpoint: str
    need: Permission


_l = lazy_gettext

SCHOOL_DOORS = (
    Door(_l("Today"), "today.index", Permission.SCHOOL_HOME),
    Door(_l("Cases"), "cases.index", Permission.CASE_REGISTER),
    Door(_l("Referrals"), "referrals.index", Permission.STUDENT_REFER),
    Door(_l("Conferences"), "conferences.index", Permission.SCHOOL_HOME),
    Door(_l("Calendar"), "calendar.index", Permission.SCHOOL_HOME),
    Door(_l("Students"), "students.index", Permission.STUDENT_LIST),
    Door(_l("Monitoring"), "monitoring.index", Permission.MONITORING_SUMMARY),
    Door(_l("Documents"), "documents.index", Permission.REPORT_LIST),
    Door(_l("Outbox"), "outbox.index", Permission.OUTBOX_READ),
    Door(_l("People"), "people.index", Permission.PEOPLE_MANAGE),
    Door(_l("Settings"), "settings.index", Permission.SETTINGS_MANAGE),
)
DISTRICT_DOORS = (
    Door(_l("Board"), "district.board", Permission.DISTRICT_BOARD),
    Door(_l("Schools"), "district.schools", Permission.DISTRICT_SCHOOLS),
    Door(_l("People"), "district.people", Permission.DISTRICT_PEOPLE),
    Door(_l("Settings"), "district.settings", Permission.DISTRICT_SETTINGS),
)


LED_TO_BY = {
    "imports": "students",
    "transfers": "students",
    "meetings": "conferences",
    "conclusions": "conferences",
    "promises": "conferences",
    "involvement": "monitoring",
    "recap": "documents",
    "holidays": "settings",
    "homerooms": "settings",
}
"""Pages without an entry of their own in the navigation -> the entry they belong to."""


def prepare() -> None:
    """Called inside the scope before the view: what the frame needs as plain data."""
    if current_user.is_authenticated:
        g.person_name = current_user.name


def place_url(place) -> str:
    """The home of a workplace."""
    if place.kind == "district":
        return url_for("district.board", district=place.slug)
    return url_for("today.index", school=place.slug)


def _nav(roles, doors) -> tuple[NavItem, ...]:
    here = (request.endpoint or "").split(".")[0]
    here = LED_TO_BY.get(here, here)
    items = []
    for door in doors:
        if allows(door.need, roles=roles):
            view = door.endpoint.split(".")[0]
            # A district's pages share one blueprint: schools_new belongs to schools.
            active = here == view
            if view == "district":
                active = f"{request.endpoint}_".startswith(f"{door.endpoint}_")
            items.append(NavItem(str(door.label), url_for(door.endpoint), active=active))
    return tuple(items)


def layout() -> Layout:
    """The frame of the page that is being rendered."""
    locale = current_locale()
    place = g.get("place")
    languages = tuple((code, url_for("public.language", locale=code)) for code in ("id", "en"))
    if not current_user.is_authenticated:
        return Layout(title="Pamong", locale=locale, language_urls=languages)
    choices = tuple(
        SchoolChoice(other.name, place_url(other), active=other == place) for other in g.get("places", ())
    )
    common = {
        "title": "Pamong",
        "locale": locale,
        "language_urls": languages,
        "person_name": current_user.name,
        "schools": choices,
        "sign_out_url": url_for("security.logout"),
        "me_url": url_for("me.index"),
        "quick_hide_url": QUICK_HIDE_URL,
    }
    # The database may have gone away once the place was found and before anybody acts there.
    if place is None or "actor" not in g:
        return Layout(**common)
    today = dates.format_day(g.actor.today, locale)
    doors = DISTRICT_DOORS if place.kind == "district" else SCHOOL_DOORS
    return Layout(
        **common,
        school_name=place.name,
        school_zone_label=dates.zone_label(place.time_zone),
        today_text=today,
        nav=_nav(place.roles, doors),
        home_url=place_url(place),
        search_url=url_for("cases.index")
        if place.kind == "school" and allows(Permission.CASE_REGISTER, roles=place.roles)
        else None,
    )


def init_app(app: Flask) -> None:
    """Give templates `layout`, computed when the base template asks for it."""

    @app.context_processor
    def frame() -> dict[str, object]:
        if not has_request_context():  # a worker renders mails: no page, no frame
            return {}
        return {"layout": layout(), "place": g.get("place"), "actor": g.get("actor"), "now": scope.now()}
