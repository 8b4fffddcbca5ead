"""Running numbers, counted per school, kind and school year."""

from __future__ import annotations

import re

from sqlalchemy.dialects.postgresql import insert

from webapp import tenancy
from webapp.domain import calendar, numbering
from webapp.domain.permissions import Permission
from webapp.models.base import new_id
from webapp.models.schools import NumberCounter, School
from webapp.services import access, letterheads
from webapp.tenancy import Actor

NO_YEAR = 0
"""Counts for patterns that name no year: their numbers never start again."""
_YEAR_TOKEN = re.compile(r"\{tahun(_ajaran)?\}")


def take(actor: Actor, kind: str, year: int) -> int:
    """The next running number; the counter's row stays locked until the transaction ends.

    The caller has asked for the permission that its document needs. Rolled back with the transaction:
    no gap is left, and two sessions never get the same number.
    """
    counter = insert(NumberCounter).values(
        school_id=actor.school_id, id=new_id(), kind=kind, year=year, last=1
    )
    taken = tenancy.session.scalar(
        counter.on_conflict_do_update(
            index_elements=["school_id", "kind", "year"], set_={"last": NumberCounter.last + 1}
        ).returning(NumberCounter.last)
    )
    assert taken is not None
    return taken


def next_case_number(actor: Actor) -> str:
    """The number of a case opened today, by the school's own pattern."""
    access.require(actor, Permission.CASE_OPEN)
    school = letterheads.school(actor)
    pattern, start_month = school.case_number_pattern, school.school_year_starts_month
    year = calendar.school_year_start(actor.today, start_month) if _YEAR_TOKEN.search(pattern) else NO_YEAR
    number = take(actor, "case", year)
    return numbering.case_number(number, actor.today, pattern=pattern, start_month=start_month)


def next_letter_number(actor: Actor, kind: str) -> str:
    """The number of a letter issued today, by the school's own pattern; counted per kind and year.

    The caller has asked for the permission that its letter needs.
    """
    school = letterheads.school(actor)
    pattern = letter_pattern(school, kind)
    number = take(actor, f"letter:{kind}", _letter_year(actor, school, pattern))
    return numbering.render(
        pattern,
        number=number,
        on=actor.today,
        code=school.letter_code or "",
        unit=school.letter_unit or "",
        kind=kind,
        start_month=school.school_year_starts_month,
    )


def letter_pattern(school: School, kind: str) -> str:
    """By which pattern a kind of letter is numbered: its own, else the one for all letters."""
    return school.letter_patterns.get(kind) or school.letter_number_pattern


def _letter_year(actor: Actor, school: School, pattern: str) -> int:
    if "{tahun}" in pattern:
        return actor.today.year
    if "{tahun_ajaran}" in pattern:
        return calendar.school_year_start(actor.today, school.school_year_starts_month)
    return NO_YEAR
