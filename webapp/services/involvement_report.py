"""The involvement of a school on paper: the pictures of its page, and their numbers as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from webapp.domain import dates
from webapp.domain.involvement import MEASURES, SHARES
from webapp.domain.permissions import Permission
from webapp.models.background import Report
from webapp.reports.charts import Chart, ChartRow, bar_chart, line_chart
from webapp.reports.paper import Fact, Grid, Paper, Section, Signer
from webapp.reports.wording import wording
from webapp.services import access, involvement, paper_parts, reports
from webapp.services.involvement import Figures, Line
from webapp.tenancy import Actor

KIND = "involvement"
SMALL = "<5"
_ATTENDANCE = ("held", "invited", "answered", "came")
_PROMISES = ("promised", "accepted", "kept")


def request(actor: Actor, *, locale: str) -> Report:
    """Ask for the school's figures as a paper, as they stand now. A second click within the same minute gives
    the same document."""
    access.require(actor, Permission.INVOLVEMENT)
    moment = f"{actor.at:%Y-%m-%dT%H:%M}"
    key = f"{KIND}:{actor.person_id}:{moment}:{locale}"
    return reports.request(actor, KIND, dedupe_key=key, locale=locale)


def collect(actor: Actor, report: Report) -> Paper:
    """What the paper says, read as the person who asked; it names no student."""
    figures, locale = involvement.of_school(actor), report.locale
    t = wording(KIND, locale)
    months = [line.name for line in figures.months if isinstance(line.name, date)]
    first, last = (dates.format_month(month, locale) for month in (months[0], months[-1]))
    about = Section(facts=(Fact(t["period"], t["until_month"].format(first=first, last=last)),))
    return paper_parts.paper(
        actor,
        sections=(about, *_told(figures, t, locale)),
        held_on=actor.today,
        number=None,
        signers=(
            Signer(paper_parts.place_and_day(actor, locale), paper_parts.school_principal(actor, t)),
        ),
    )


reports.COLLECTORS[KIND] = collect


def drawn(figures: Figures, titles: Mapping[str, str], locale: str) -> tuple[Chart, Chart, Chart]:
    """All twelve months as bars, then the shares of those who came and of promises kept, month by month;
    nothing is drawn that is not shown. titles: of "year", "came" and "kept"."""
    total = figures.total.figures
    bars = [
        ChartRow(term.label(locale), None, "–")
        if total is None
        else ChartRow(term.label(locale), total.count(term.key))
        for term in MEASURES
    ]
    came, kept = (
        line_chart(titles[key], [_point(line, key, locale) for line in figures.months], locale, most=100)
        for key in ("came", "kept")
    )
    return bar_chart(titles["year"], bars, locale), came, kept


def cell(line: Line, measure: str) -> str:
    """A count as it may be read, with its share where it is a part of another."""
    if line.figures is None:
        return SMALL if line.is_small else "–"
    if measure in SHARES:
        share = line.figures.share(measure)
        count = line.figures.count(measure)
        return str(count) if share is None else f"{count}\u00a0({share}\u00a0%)"
    return str(line.figures.count(measure))


# --- inside ---------------------------------------------------------------------------------------


def _told(figures: Figures, t: dict[str, str], locale: str) -> tuple[Section, ...]:
    if figures.total.is_empty:
        return (Section(texts=(t["none"],)),)
    titles = {"year": t["year"], "came": t["came_share"], "kept": t["kept_share"]}
    year, came, kept = drawn(figures, titles, locale)
    return (
        _section(t["year"], year),
        _section(t["attendance"], grid=_grid(figures, _ATTENDANCE, t, locale)),
        _section(t["came_share"], came),
        _section(t["commitments"], grid=_grid(figures, _PROMISES, t, locale)),
        _section(t["kept_share"], kept),
        Section(texts=(t["explained"],)),
    )


def _section(heading: str, chart: Chart | None = None, grid: Grid | None = None) -> Section:
    if chart is None:
        return Section(heading, grid=grid)
    # In words for those who cannot see it, and in the Word file, which shows no such picture.
    said = "; ".join(f"{label}: {figure}" for label, figure in chart.rows)
    return Section(heading, picture=str(chart.svg).encode(), picture_says=said)


def _grid(figures: Figures, measures: Sequence[str], t: dict[str, str], locale: str) -> Grid:
    heads = (t[key] if key == "held" else MEASURES[key].label(locale) for key in measures)
    return Grid(
        (t["month"], *heads),
        tuple(
            (dates.format_month(line.name, locale), *(cell(line, key) for key in measures))
            for line in figures.months
            if isinstance(line.name, date) and not line.is_empty
        ),
        (8, *[6] * len(measures)),
        sums=(t["total"], *(cell(figures.total, key) for key in measures)),
    )


def _point(line: Line, measure: str, locale: str) -> ChartRow:
    assert isinstance(line.name, date)
    share = None if line.figures is None else line.figures.share(measure)
    label = f"{dates.MONTHS[locale][line.name.month - 1][:3]} {line.name:%y}"
    shown = "–" if line.figures is None else None if share is None else f"{share} %"
    return ChartRow(label, share, shown)
