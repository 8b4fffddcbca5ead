"""The pictures of involvement, alike on a school's page and a district's."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from webapp.domain import dates
from webapp.domain.involvement import MEASURES, SHARES
from webapp.reports.charts import Chart, ChartRow, bar_chart, line_chart
from webapp.services.involvement import Figures, Line

SMALL = "<5"


def charts(figures: Figures, locale: str) -> list[Chart]:
    """All twelve months as bars, and two shares month by month; nothing is drawn that is not shown."""
    total = figures.total.figures
    titles = {"came": _("Invited who came, in per cent"), "kept": _("Promises kept, in per cent")}
    bars = [
        ChartRow(term.label(locale), None, "–")
        if total is None
        else ChartRow(term.label(locale), total.count(term.key))
        for term in MEASURES
    ]
    return [
        bar_chart(_("The last twelve months"), bars, locale),
        *(
            line_chart(title, [_point(line, measure, locale) for line in figures.months], locale, most=100)
            for measure, title in titles.items()
        ),
    ]


def cell(line: Line, measure: str) -> str:
    """A count as it may be read, with its share where it is a part of another."""
    if line.figures is None:
        return SMALL if line.is_small else "–"
    if measure in SHARES:
        share = line.figures.share(measure)
        count = line.figures.count(measure)
        return str(count) if share is None else f"{count}\u00a0({share}\u00a0%)"
    return str(line.figures.count(measure))


def month_name(first: date, locale: str) -> str:
    """`November 2026`."""
    return dates.format_month(first, locale)


def _point(line: Line, measure: str, locale: str) -> ChartRow:
    assert isinstance(line.name, date)
    share = None if line.figures is None else line.figures.share(measure)
    label = f"{dates.MONTHS[locale][line.name.month - 1][:3]} {line.name:%y}"
    shown = "–" if line.figures is None else None if share is None else f"{share} %"
    return ChartRow(label, share, shown)
