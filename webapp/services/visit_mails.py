"""Whether a mail about a home visit may still leave; asked in a worker's scope, as it is taken in hand."""

from __future__ import annotations

from sqlalchemy import select

from webapp import tenancy
from webapp.models.activities import Activity
from webapp.models.background import OutboxMail
from webapp.models.students import Guardian
from webapp.services import participants


def withheld_because(row: OutboxMail) -> str | None:
    """A key of OUTBOX_REASONS: its reader may not be contacted, or not there; or there is no visit."""
    if row.guardian_id is not None:
        guardian = tenancy.session.scalars(
            select(Guardian).where(Guardian.school_id == row.school_id, Guardian.id == row.guardian_id)
        ).one()
        if guardian.do_not_contact:
            return "do_not_contact"
        if guardian.email != row.to_address:
            return "address_changed"
    state, case_id = tenancy.session.execute(
        select(Activity.state, Activity.case_id).where(
            Activity.school_id == row.school_id, Activity.id == row.activity_id
        )
    ).one()
    if row.user_id in participants.barred_from_case(tenancy.current().actor, case_id):
        return "shut_out"
    # The news that there is no visit goes just when there is none.
    return None if state == "active" or row.kind == "visit_called_off" else "visit_ended"
