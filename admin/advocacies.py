"""What the page of an advocacy shows beside the steps that the frame draws."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from admin.activities import ActivityPages
from admin.base import actor
from webapp.domain import dates
from webapp.http.i18n import current_locale
from webapp.reports.charts import Chart, ChartRow, bar_chart
from webapp.services import advocacy_view
from webapp.services.activity_view import ActivityPage

HIGHEST = 5


class AdvocacyPages(ActivityPages):
    """The frame's pages, and what an advocacy shows above its steps."""

    def _besides(self, page: ActivityPage) -> dict[str, Any]:
        view, locale = advocacy_view.read(actor(), page), current_locale()
        rules = None if view.handling is None else view.handling.rules
        return {
            "advocacy": view,
            "in_force_since": None if rules is None else dates.format_month(rules.valid_from, locale),
            "confidence": _confidence(view.confidence, locale),
        }


def _confidence(values: tuple[int | None, int | None], locale: str) -> Chart | None:
    if values == (None, None):
        return None
    labels = (_("Before"), _("After"))
    rows = [
        ChartRow(label, value, _("not asked yet") if value is None else _("%(value)s of 5", value=value))
        for label, value in zip(labels, values, strict=True)
    ]
    return bar_chart(_("The student's confidence"), rows, locale, most=HIGHEST)
