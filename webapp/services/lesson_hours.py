"""The district's dated table of lesson hours, kept by its admin and read by its schools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import lesson_hours as rules
from webapp.domain.errors import NotFound
from webapp.domain.lesson_hours import Weight
from webapp.domain.permissions import Permission
from webapp.domain.words import COUNTED_ACTIVITIES
from webapp.models.lesson_hours import LessonHourWeight
from webapp.models.schools import School
from webapp.services import access, audit
from webapp.tenancy import Actor


@dataclass(frozen=True)
class WeightLine:
    """One weight of the district: `is_ahead` while its day is to come and it can still be corrected."""

    id: int
    hours: Decimal
    valid_from: date
    is_ahead: bool


@dataclass(frozen=True)
class ServiceHours:
    """What one service counts today, whether by default, and all its weights, the newest first."""

    service: str
    today: Decimal
    by_default: bool
    lines: tuple[WeightLine, ...]


def of_district(actor: Actor) -> list[ServiceHours]:
    """Each counted service with its weights; asked of the district's admin."""
    access.require(actor, Permission.DISTRICT_SETTINGS)
    rows = _rows(LessonHourWeight.district_id == actor.district_id)
    table = [_weight(row) for row in rows]
    return [
        ServiceHours(
            service=service,
            today=rules.weight_on(service, actor.today, table),
            by_default=not any(w.activity == service and w.valid_from <= actor.today for w in table),
            lines=tuple(
                WeightLine(row.id, _weight(row).hours, row.valid_from, row.valid_from > actor.today)
                for row in reversed(rows)
                if row.service == service
            ),
        )
        for service in COUNTED_ACTIVITIES.keys
    ]


def set_weight(actor: Actor, *, service: str, hours: Decimal, valid_from: date) -> LessonHourWeight:
    """Let a service count so many hours from a day ahead on; the same day once more corrects it.

    Asked of the district's admin. Invalid names the wrong field.
    """
    access.require(actor, Permission.DISTRICT_SETTINGS)
    rules.check_weight(Weight(service, hours, valid_from))
    rules.check_begins_ahead(valid_from, today=actor.today)
    quarters = int(hours * 4)
    row = tenancy.session.scalar(
        select(LessonHourWeight).where(
            LessonHourWeight.district_id == actor.district_id,
            LessonHourWeight.service == service,
            LessonHourWeight.valid_from == valid_from,
        )
    )
    if row is None:
        row = tenancy.add(
            LessonHourWeight(
                district_id=actor.district_id,
                service=service,
                quarter_hours=quarters,
                valid_from=valid_from,
                set_by=actor.person_id,
                set_at=actor.at,
            )
        )
    else:
        row.quarter_hours, row.set_by, row.set_at = quarters, actor.person_id or 0, actor.at
    audit.record(
        actor, "lesson_hours.set", row, service=service, quarters=quarters, valid_from=valid_from.isoformat()
    )
    return row


def withdraw(actor: Actor, weight_id: int) -> None:
    """Take back a weight whose day has not come. NotFound for another district's, Invalid once it has."""
    access.require(actor, Permission.DISTRICT_SETTINGS)
    row = tenancy.session.scalar(
        select(LessonHourWeight).where(
            LessonHourWeight.district_id == actor.district_id, LessonHourWeight.id == weight_id
        )
    )
    if row is None:
        raise NotFound()
    rules.check_begins_ahead(row.valid_from, today=actor.today)
    audit.record(actor, "lesson_hours.withdrawn", row, service=row.service, quarters=row.quarter_hours)
    tenancy.session.delete(row)


def quarters_on(actor: Actor, service: str, on: date) -> int:
    """Quarters of a lesson hour that one execution counts on that day in the actor's school."""
    own_district = select(School.district_id).where(School.id == actor.school_id).scalar_subquery()
    rows = _rows(LessonHourWeight.district_id == own_district, LessonHourWeight.service == service)
    return int(rules.weight_on(service, on, [_weight(row) for row in rows]) * 4)


def _rows(*wanted) -> list[LessonHourWeight]:
    return list(
        tenancy.session.scalars(
            select(LessonHourWeight)
            .where(*wanted)
            .order_by(LessonHourWeight.service, LessonHourWeight.valid_from)
        )
    )


def _weight(row: LessonHourWeight) -> Weight:
    return Weight(row.service, Decimal(row.quarter_hours) / 4, row.valid_from)
