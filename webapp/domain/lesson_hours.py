"""Lesson hours (jam pelajaran) that an execution of a service counts for.

The table is dated: a weight holds from a day on until a later one replaces it, so that an activity keeps the
weight of the day it was carried out. Advocacy counts one hour by the article; the others are defaults that a
district replaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.domain.errors import N_, Invalid
from webapp.domain.words import COUNTED_ACTIVITIES

MOST_HOURS = Decimal(24)


@dataclass(frozen=True)
class Weight:
    """Lesson hours of one execution of `activity` (a key of COUNTED_ACTIVITIES) from `valid_from` on."""

    activity: str
    hours: Decimal
    valid_from: date


DEFAULT_WEIGHTS = (
    Weight("home_visit", Decimal(2), date.min),
    Weight("advocacy", Decimal(1), date.min),
    Weight("conference", Decimal(2), date.min),
    Weight("referral", Decimal(0), date.min),
)


def check_weight(weight: Weight) -> None:
    """Raise Invalid for an unknown activity or hours outside 0 to 24 in quarters."""
    if weight.activity not in COUNTED_ACTIVITIES:
        raise Invalid(N_("There is no such activity."), field="activity")
    if not 0 <= weight.hours <= MOST_HOURS or weight.hours % Decimal("0.25"):
        raise Invalid(N_("Lesson hours lie between 0 and 24, in quarters."), field="hours")


def check_begins_ahead(valid_from: date, *, today: date) -> None:
    """Raise Invalid unless a weight begins after today: what has been counted is never changed."""
    if valid_from <= today:
        raise Invalid(
            N_("A weight begins tomorrow at the earliest: what has been counted keeps its hours."),
            field="valid_from",
        )


def read_hours(text: str) -> Decimal:
    """Hours as typed, with a comma or a point; Invalid for anything else."""
    typed = text.strip().replace(",", ".")
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", typed, re.ASCII):
        raise Invalid(N_("Write the lesson hours as a number, such as 1.5."), field="hours")
    return Decimal(typed)


def weight_on(activity: str, on: date, table: Iterable[Weight] = ()) -> Decimal:
    """Hours for one execution of `activity` on that day, by the district's table laid over the defaults."""
    rows = [*DEFAULT_WEIGHTS, *table]
    valid = [row for row in rows if row.activity == activity and row.valid_from <= on]
    # Of two rows with the same first day the later entry wins.
    return max(enumerate(valid), key=lambda pair: (pair[1].valid_from, pair[0]))[1].hours
