"""The mail that tells of a copy delivered by name: its stream, and whether it may still leave."""

from __future__ import annotations

from sqlalchemy import select

from webapp import tenancy
from webapp.models.background import OutboxMail, Report, ReportDelivery
from webapp.services import participants

KIND = "report_delivered"
_STREAM = "delivery:"


def stream(delivery_id: int) -> str:
    """The stream of one delivery: what was taken back before its mail left is taken back with it."""
    return f"{_STREAM}{delivery_id}"


def withheld_because(row: OutboxMail) -> str | None:
    """A key of OUTBOX_REASONS: the copy was taken back, or its reader was shut out of the case meanwhile."""
    if row.kind != KIND or row.stream is None:
        return None
    withdrawn_at, case_id = tenancy.session.execute(
        select(ReportDelivery.withdrawn_at, Report.case_id)
        .join(
            Report,
            (Report.school_id == ReportDelivery.school_id) & (Report.id == ReportDelivery.report_id),
        )
        .where(
            ReportDelivery.school_id == row.school_id,
            ReportDelivery.id == int(row.stream.removeprefix(_STREAM)),
        )
    ).one()
    if withdrawn_at is not None:
        return "delivery_withdrawn"
    barred = participants.barred_from_case(tenancy.current().actor, case_id or 0)
    return "shut_out" if row.user_id in barred else None
