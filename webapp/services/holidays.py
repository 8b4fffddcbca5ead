"""Days off of one school, beside the public holidays."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import calendar
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.models.schools import SchoolHoliday
from webapp.services import access, audit, dues, letterheads
from webapp.tenancy import Actor

LONGEST_NAME = 80


def add(actor: Actor, *, on: date, name: str) -> SchoolHoliday:
    """Add a day off; Invalid names the wrong field, a day can be entered once."""
    access.require(actor, Permission.SETTINGS_MANAGE)
    row = tenancy.add(SchoolHoliday(on=_free(actor, on), name=_check_name(name)))
    _replan(actor)
    audit.record(actor, "holiday.added", row)
    return row


def change(actor: Actor, holiday_id: int, *, on: date, name: str) -> None:
    """Move or rename a day off of the own school; NotFound for any other."""
    access.require(actor, Permission.SETTINGS_MANAGE)
    row = access.get(actor, SchoolHoliday, holiday_id)
    name = _check_name(name)
    if on != row.on:
        row.on = _free(actor, on)
    row.name = name
    _replan(actor)
    audit.record(actor, "holiday.changed", row)


def remove(actor: Actor, holiday_id: int) -> None:
    """Make it a school day again; NotFound for a day off of another school."""
    access.require(actor, Permission.SETTINGS_MANAGE)
    row = access.get(actor, SchoolHoliday, holiday_id)
    audit.record(actor, "holiday.removed", row)
    tenancy.session.delete(row)
    _replan(actor)


def public(actor: Actor, locale: str) -> list[tuple[date, str]]:
    """(day, name) of the public holidays of the running school year, in order."""
    access.require(actor, Permission.SETTINGS_MANAGE)
    start_month = letterheads.school(actor).school_year_starts_month
    first, last = calendar.school_year_days(calendar.school_year(actor.today, start_month), start_month)
    names = {
        on: name
        for year in (first.year, last.year)
        for on, name in calendar.holiday_names(year, locale).items()
    }
    return [(on, names[on]) for on in sorted(names) if first <= on <= last]


def _replan(actor: Actor) -> None:
    # What waits was planned by school days: the worker looks at all of it again.
    tenancy.session.flush()
    dues.replan_school(actor)


def _free(actor: Actor, on: date) -> date:
    if not actor.today.year - 1 <= on.year <= actor.today.year + 2:
        raise Invalid(N_("This day is too far away; check the year."), field="on")
    if on in calendar.national_holidays(on.year):
        raise Invalid(N_("This is a public holiday already."), field="on")
    taken = select(SchoolHoliday.id).where(SchoolHoliday.school_id == actor.school_id, SchoolHoliday.on == on)
    if tenancy.session.scalar(taken) is not None:
        raise Conflict(N_("This day is entered already."), field="on")
    return on


def _check_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid(N_("Write what the day off is for."), field="name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(N_("A name has at most %(limit)s characters."), field="name", limit=LONGEST_NAME)
    return name
