"""The pictures of involvement, alike on a school's page and a district's."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from webapp.domain import dates
from webapp.reports.charts import Chart
from webapp.services import involvement_report
from webapp.services.involvement import Figures

cell = involvement_report.cell


def charts(figures: Figures, locale: str) -> tuple[Chart, ...]:
    """All twelve months as bars, and two shares month by month."""
    titles = {
        "year": _("The last twelve months"),
        "came": _("Invited who came, in per cent"),
        "kept": _("Promises kept, in per cent"),
    }
    return involvement_report.drawn(figures, titles, locale)


def month_name(first: date, locale: str) -> str:
    """`November 2026`."""
    return dates.format_month(first, locale)
