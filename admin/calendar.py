"""The calendar of a school: meetings and visits by month."""

from __future__ import annotations

from datetime import date

from flask import render_template, request
from flask_admin import expose

from admin.base import SchoolPages, actor
from webapp.domain import dates
from webapp.domain.months import Month
from webapp.domain.permissions import Permission
from webapp.domain.procedures import NOUNS
from webapp.http import frame
from webapp.services import calendar_page
from webapp.services.calendar_page import CalendarEntry


class CalendarPages(SchoolPages):
    """What is planned, for me and in the school."""

    noun = "calendar"
    path = "/s/<school>/calendar"
    need = Permission.SCHOOL_HOME

    @expose("/")
    def index(self) -> str:
        locale = frame.current_locale()
        shown = Month.parse(request.args.get("month", "")) or Month.of(actor().today)
        # Who leads a school seldom goes along: what the school has planned is what they look for.
        usual = "school" if actor().has_role("principal") else "mine"
        mine = request.args.get("show", usual) != "school"
        month = calendar_page.month(actor(), shown, mine=mine, locale=locale)
        return render_template(
            "pages/calendar.html",
            shown=shown,
            title=dates.format_month(shown.first, locale),
            weekdays=[dates.weekday_name(day, locale) for day in shown.weeks()[0]],
            month=month,
            by_day=_by_day(month.entries),
            mine=mine,
            is_this_month=shown == Month.of(actor().today),
            clock=lambda entry: dates.format_hours(entry.starts_at, entry.ends_at, actor().time_zone, locale),
            nouns=NOUNS,
        )


def _by_day(entries: tuple[CalendarEntry, ...]) -> dict[date, list[CalendarEntry]]:
    found: dict[date, list[CalendarEntry]] = {}
    for entry in entries:
        found.setdefault(dates.local_date(entry.starts_at, actor().time_zone), []).append(entry)
    return found
