"""Home visits on the page of the day of those on the case's team: answers, and what did not arrive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, and_, func, literal, select

from webapp.models.background import OutboxMail
from webapp.models.cases import Case
from webapp.models.visits import VisitInvitee, VisitRequest
from webapp.services import attention, visit_desk, visit_permission, visit_requests
from webapp.services.attention_queries import of_case
from webapp.tenancy import Actor

_PAGE = f"home-visits/{{id}}/?stage=planning#{visit_permission.STEP}"
PATHS = {
    **dict.fromkeys(("visit_answered", "visit_disowned", "visit_unreached"), _PAGE),
    "visit_untold": "home-visits/{id}/appointment",
}
"""Kinds of need, and the page behind /s/<school>/ that settles each; `id` is the visit's."""

_NOT_THERE = ("bounced", "failed")


def waiting(actor: Actor, local: Callable[[Any], Any]) -> list[Select[Any]]:
    """Rows (kind, visit, local day, number of the case): answers that nobody has read, links that came to the
    wrong person, and questions and appointments that did not arrive. local: a moment as the school's day."""

    def of_mine(
        kind: str, on: Any, table: type[VisitRequest] | type[VisitInvitee] = VisitRequest
    ) -> Select[Any]:
        return (
            select(literal(kind), table.activity_id, local(on), Case.number)
            .join(Case, of_case(table))
            .where(*attention.mine(actor))
        )

    unread = visit_requests.unread(actor)
    answered = of_mine("visit_answered", VisitRequest.answered_at).where(
        *unread, VisitRequest.disowned_at.is_(None)
    )
    disowned = of_mine("visit_disowned", VisitRequest.disowned_at).where(
        *unread, VisitRequest.disowned_at.is_not(None)
    )
    unreached = (
        of_mine("visit_unreached", VisitRequest.asked_at)
        .join(
            OutboxMail,
            and_(
                OutboxMail.school_id == VisitRequest.school_id,
                OutboxMail.activity_id == VisitRequest.activity_id,
                OutboxMail.dedupe_key == visit_desk.mail_key_of(VisitRequest.id),
            ),
        )
        .where(
            OutboxMail.state.in_(_NOT_THERE),
            VisitRequest.answer == "pending",
            VisitRequest.revoked_at.is_(None),
            VisitRequest.starts_at > actor.at,
        )
    )
    newest = (
        select(OutboxMail.state)
        .where(
            OutboxMail.school_id == VisitInvitee.school_id,
            OutboxMail.activity_id == VisitInvitee.activity_id,
            OutboxMail.stream == func.concat("visit:", VisitInvitee.id),
        )
        .order_by(OutboxMail.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    untold = of_mine("visit_untold", func.min(VisitInvitee.sent_at), VisitInvitee).where(
        VisitInvitee.sent_starts_at > actor.at, newest.in_(_NOT_THERE)
    )
    return [answered, disowned, unreached, untold.group_by(VisitInvitee.activity_id, Case.number)]
