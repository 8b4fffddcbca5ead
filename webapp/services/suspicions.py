"""Whether violence, harassment or a crime is suspected in a case: by its kinds of problem, or by one of its
advocacies."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import handling
from webapp.domain.declared import advocacy
from webapp.domain.permissions import Permission
from webapp.models.activities import Activity, ActivityField
from webapp.models.cases import Case
from webapp.services import access
from webapp.tenancy import Actor

_SITUATION = "basis.situation"


def in_case(actor: Actor, case_id: int) -> bool:
    """Asked of the case's team. An advocacy that was cancelled says nothing."""
    return of(actor, access.get_case(actor, case_id, need=Permission.CASE_READ))


def of(actor: Actor, case: Case) -> bool:
    """The same of a case that was read with the permission to read its content."""
    if handling.is_suspicion(case.kinds):
        return True
    rows = tenancy.session.scalars(
        select(ActivityField)
        .join(
            Activity,
            (Activity.school_id == ActivityField.school_id) & (Activity.id == ActivityField.activity_id),
        )
        .where(
            Activity.school_id == actor.school_id,
            Activity.case_id == case.id,
            Activity.procedure == advocacy.ADVOCACY.key,
            Activity.state != "cancelled",
            ActivityField.step == _SITUATION,
            ActivityField.field.in_(("grounds", "violation")),
        )
    )
    by_run: dict[int, dict[str, str]] = defaultdict(dict)
    for row in rows:
        by_run[row.activity_id][f"{row.step}.{row.field}"] = row.value or ""
    return any(advocacy.is_suspected(values) for values in by_run.values())
