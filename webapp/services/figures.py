"""The district's board: figures per school, without a name, small numbers hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import RowMapping, select, text

from webapp import tenancy
from webapp.domain import figures as rules
from webapp.domain import words
from webapp.domain.dates import zone
from webapp.domain.permissions import Permission
from webapp.models.schools import School
from webapp.services import access
from webapp.tenancy import Actor

COUNTS = (
    "open_cases",
    "conferences_planned",
    "conferences_held",
    "overdue_commitments",
    "home_visits",
    "advocacies",
)
SORTS = ("name", *COUNTS, "attendance", "first_action")
TREND_MONTHS = 6


@dataclass(frozen=True)
class FigureRow:
    """One school: counts as they may be read, percentages and days where enough stands behind them.

    trend: open cases at the end of each of the last months and now; None where the count is too small.
    """

    school_id: int
    slug: str
    name: str
    level: str
    counts: dict[str, str]
    attendance: int | None
    first_action: float | None
    trend: tuple[int | None, ...]


@dataclass(frozen=True)
class Board:
    """All active schools of one level (or all levels) over one period, and their totals."""

    rows: list[FigureRow]
    totals: dict[str, str]
    attendance: int | None
    since_on: date
    last_on: date


def board(
    actor: Actor, *, period: str, level: str = "", sort: str = "name", descending: bool = False
) -> Board:
    """The figures of one of PERIODS, sorted by one of SORTS; hidden numbers are equal in sorting."""
    access.require(actor, Permission.DISTRICT_BOARD)
    since_on, until_on = rules.period_days(period, actor.today)
    schools = {
        school.id: school
        for school in tenancy.session.scalars(
            select(School).where(School.district_id == actor.district_id, School.active)
        )
        if level not in words.SCHOOL_LEVELS or school.level == level
    }
    found = tenancy.session.execute(
        text("SELECT * FROM app_district_figures(:since, :until)"),
        {"since": _midnight(actor, since_on), "until": _midnight(actor, until_on)},
    ).mappings()
    figures = [row for row in found if row["school_id"] in schools]
    trends = _trends(actor)
    figures.sort(key=lambda row: schools[row["school_id"]].name)
    if sort in SORTS and sort != "name":
        figures.sort(key=_sort_key(sort, descending), reverse=descending)
    elif descending:
        figures.reverse()
    return Board(
        [_row(schools[row["school_id"]], row, trends.get(row["school_id"], ())) for row in figures],
        {
            name: rules.total([row[name] for row in figures], whole=level not in words.SCHOOL_LEVELS)
            for name in COUNTS
        },
        rules.share(sum(row["came"] for row in figures), sum(row["invited"] for row in figures)),
        since_on,
        until_on - timedelta(days=1),
    )


def _row(school: School, row: RowMapping, trend: tuple[int | None, ...]) -> FigureRow:
    return FigureRow(
        school.id,
        school.slug,
        school.name,
        school.level,
        {name: rules.shown(row[name]) for name in COUNTS},
        rules.share(row["came"], row["invited"]),
        _days(row),
        trend,
    )


def _days(row: RowMapping) -> float | None:
    days = row["median_days_to_first_action"]
    if days is None or row["acted_cases"] < rules.SMALLEST_SHOWN:
        return None
    return round(float(days), 1)


def _sort_key(sort: str, descending: bool) -> Callable[[RowMapping], float]:
    # What is not shown stands last, whichever way the rest is sorted.
    nothing = float("-inf") if descending else float("inf")

    def key(row: RowMapping) -> float:
        if sort == "attendance":
            share = rules.share(row["came"], row["invited"])
            return nothing if share is None else share
        if sort == "first_action":
            days = _days(row)
            return nothing if days is None else days
        return 1 if rules.is_small(row[sort]) else row[sort]

    return key


def _trends(actor: Actor) -> dict[int, tuple[int | None, ...]]:
    this_month = actor.today.replace(day=1)
    moments = [
        _midnight(actor, rules.months_from(this_month, -back)) for back in range(TREND_MONTHS - 2, -1, -1)
    ]
    rows = tenancy.session.execute(
        text(
            "SELECT school_id, at, open_cases FROM app_district_open_cases(:moments) ORDER BY school_id, at"
        ),
        {"moments": [*moments, actor.at]},
    )
    trends: dict[int, list[int | None]] = {}
    for school_id, _at, count in rows:
        trends.setdefault(school_id, []).append(None if rules.is_small(count) else count)
    return {school_id: tuple(counts) for school_id, counts in trends.items()}


def _midnight(actor: Actor, on: date) -> datetime:
    return datetime.combine(on, time(), tzinfo=zone(actor.time_zone))
