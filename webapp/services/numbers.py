"""Running numbers, counted per school, kind and school year."""

from __future__ import annotations

import re

from sqlalchemy.dialects.postgresql import insert

from webapp import tenancy
from webapp.domain import calendar, numbering
from webapp.domain.permissions import Permission
from webapp.models.base import new_id
from webapp.models.schools import NumberCounter
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
