"""Whether a mail about a home visit may still leave; asked in a worker's scope, as it is taken in hand."""

from __future__ import annotations

from sqlalchemy import select

from webapp import tenancy
from webapp.models.activities import Activity
from webapp.models.background import OutboxMail
from webapp.models.students import Guardian


def withheld_because(row: OutboxMail) -> str | None:
    """A key of OUTBOX_REASONS: the guardian may not be contacted, or not there; or there is no visit."""
    if row.guardian_id is not None:
        guardian = tenancy.session.scalars(
            select(Guardian).where(Guardian.school_id == row.school_id, Guardian.id == row.guardian_id)
        ).one()
        if guardian.do_not_contact:
            return "do_not_contact"
        if guardian.email != row.to_address:
            return "address_changed"
    state = tenancy.session.scalar(
        select(Activity.state).where(Activity.school_id == row.school_id, Activity.id == row.activity_id)
    )
    return None if state == "active" else "visit_ended"
