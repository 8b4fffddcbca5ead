"""The columns that people of a school chose for headers that Dapodik does not write."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from webapp import tenancy
from webapp.dapodik.columns import Columns, headers_key
from webapp.domain.permissions import Permission
from webapp.models.students import ImportMapping
from webapp.services import access
from webapp.tenancy import Actor

NEWEST = 20


def remembered(actor: Actor) -> dict[str, Columns]:
    """Headers (as headers_key) -> the columns chosen for them last; the school's newest ones."""
    access.require(actor, Permission.STUDENT_IMPORT)
    rows = tenancy.session.scalars(
        select(ImportMapping)
        .where(ImportMapping.school_id == actor.school_id)
        .order_by(ImportMapping.chosen_at.desc(), ImportMapping.id.desc())
        .limit(NEWEST)
    )
    return {row.headers: row.columns for row in rows}


def remember(actor: Actor, labels: Sequence[str], columns: Columns) -> ImportMapping:
    """Take these columns for the school's next file with the same headers, too."""
    access.require(actor, Permission.STUDENT_IMPORT)
    headers = headers_key(labels)
    row = tenancy.session.scalar(
        select(ImportMapping)
        .where(ImportMapping.school_id == actor.school_id, ImportMapping.headers == headers)
        .with_for_update()
    )
    if row is None:
        row = tenancy.add(ImportMapping(headers=headers, chosen_by=actor.person_id, chosen_at=actor.at))
    row.chosen_by, row.chosen_at = actor.person_id or 0, actor.at
    row.columns = dict(columns)
    return row
