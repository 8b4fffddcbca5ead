"""Involvement over the last twelve months: of one school, and of all schools of a district without names.

Everything comes from one query, whose function counts for the school in scope or for the district's schools.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select, text

from webapp import tenancy
from webapp.domain import involvement as rules
from webapp.domain.dates import zone
from webapp.domain.figures import months_from
from webapp.domain.involvement import Involvement
from webapp.domain.permissions import Permission
from webapp.models.schools import School
from webapp.services import access
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Line:
    """A school or a month (its first day). `figures` is None where they must not be shown; `is_small` says
    that fewer than five conferences are the reason."""

    name: str | date
    figures: Involvement | None
    is_small: bool = False

    @property
    def is_empty(self) -> bool:
        """No conference was held."""
        return self.figures is not None and self.figures.held == 0


@dataclass(frozen=True)
class Figures:
    """Months, oldest first, schools by name (none for a school's own figures), and all together."""

    months: tuple[Line, ...]
    schools: tuple[Line, ...]
    total: Line


def of_school(actor: Actor) -> Figures:
    """The figures of the actor's school, as they are."""
    access.require(actor, Permission.INVOLVEMENT)
    months = dict.fromkeys(rules.last_months(actor.today), Involvement())
    for _, month, figures in _counted(actor):
        months[month] += figures
    return Figures(
        tuple(Line(month, figures) for month, figures in months.items()),
        (),
        Line("", _sum(months.values())),
    )


def of_district(actor: Actor) -> Figures:
    """The figures of all active schools; what could point at one child is left out."""
    access.require(actor, Permission.DISTRICT_BOARD)
    names = tenancy.session.execute(
        select(School.id, School.name)
        .where(School.district_id == actor.district_id, School.active)
        .order_by(School.name, School.id)
    ).all()
    months = dict.fromkeys(rules.last_months(actor.today), Involvement())
    schools = {school_id: Involvement() for school_id, _ in names}
    for school_id, month, figures in _counted(actor):
        months[month] += figures
        schools[school_id] += figures
    total = _sum(schools.values())
    return Figures(
        _readable(list(months), list(months.values())),
        _readable([name for _, name in names], list(schools.values())),
        Line("", None if rules.is_small(total) else total, rules.is_small(total)),
    )


def _counted(actor: Actor) -> Iterable[tuple[int, date, Involvement]]:
    months = rules.last_months(actor.today)
    since, until = (
        datetime.combine(first, time(), tzinfo=zone(actor.time_zone))
        for first in (months[0], months_from(months[-1], 1))
    )
    rows = tenancy.session.execute(
        text("SELECT * FROM app_involvement(:since, :until)"), {"since": since, "until": until}
    )
    for school_id, month, *counts in rows:
        # In a school's own zone a meeting at the edge may belong to the month beside.
        if month in months:
            yield school_id, month, Involvement(*counts)


def _sum(rows: Iterable[Involvement]) -> Involvement:
    return sum(rows, start=Involvement())


def _readable(names: list, rows: list[Involvement]) -> tuple[Line, ...]:
    hidden = rules.hidden(rows)
    return tuple(
        Line(name, None if index in hidden else row, rules.is_small(row))
        for index, (name, row) in enumerate(zip(names, rows, strict=True))
    )
