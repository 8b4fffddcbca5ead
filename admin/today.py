"""Today: what must I do today?"""

from __future__ import annotations

from flask import render_template
from flask_admin import expose
from flask_babel import gettext as _

from admin.base import SchoolIndex, actor
from webapp.domain import dates, needs, words
from webapp.domain.permissions import Permission, allows
from webapp.domain.procedures import NOUNS
from webapp.http.i18n import current_locale
from webapp.reports import charts
from webapp.reports.charts import Chart, ChartRow
from webapp.services import today

MOST_SHOWN = 20


class TodayPages(SchoolIndex):
    """The school's home page."""

    noun = "today"
    path = "/"
    need = Permission.SCHOOL_HOME

    @expose("/")
    def index(self) -> str:
        """What must I do today?"""
        locale, own = current_locale(), actor()
        page = today.show(own)
        roles = own.roles
        return render_template(
            "pages/today.html",
            page=page,
            most_shown=MOST_SHOWN,
            needs=needs,
            nouns=NOUNS,
            due_words=lambda on: dates.due_words(on, own.today, locale),
            charts=None if page.cases is None else _charts(page.cases, locale),
            may_open=allows(Permission.CASE_OPEN, roles=roles),
            may_refer=allows(Permission.STUDENT_REFER, roles=roles),
            may_monitor=allows(Permission.MONITORING_SUMMARY, roles=roles),
            may_read_involvement=allows(Permission.INVOLVEMENT, roles=roles),
            may_import=allows(Permission.PEOPLE_MANAGE, roles=roles),
        )


def _charts(figures: today.CaseFigures, locale: str) -> tuple[Chart, Chart]:
    by_field = [
        ChartRow(words.FIELDS[field].label(locale), count) for field, count in figures.by_field.items()
    ]
    by_month = [
        ChartRow(dates.MONTHS[locale][first.month - 1][:3], count) for first, count in figures.by_month
    ]
    return (
        charts.bar_chart(_("Open cases by field"), by_field, locale),
        charts.line_chart(_("Cases opened per month"), by_month, locale),
    )
