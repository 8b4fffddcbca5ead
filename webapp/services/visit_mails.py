"""Whether mails about home visits may still leave; asked in a worker's scope, as they are taken in hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from webapp import tenancy
from webapp.models.activities import Activity, ActivityField
from webapp.models.background import OutboxMail
from webapp.models.students import Guardian
from webapp.models.visits import VisitInvitee, VisitRequest
from webapp.services import participants
from webapp.services.visit_permission import STEP

_APPOINTMENTS = ("visit_appointment", "visit_companion")


class Visits:
    """What is known now of the visits that these mails of one school are about, in few statements for all."""

    def __init__(self, school_id: int, mails: Sequence[OutboxMail]) -> None:
        about = [mail for mail in mails if mail.activity_id is not None]
        ids = {mail.activity_id for mail in about}
        guardian_ids = {mail.guardian_id for mail in about} - {None}
        self._activities = {row.id: row for row in _rows(Activity, school_id, Activity.id, ids)}
        self._guardians = {row.id: row for row in _rows(Guardian, school_id, Guardian.id, guardian_ids)}
        self._requests: list[VisitRequest] = _rows(VisitRequest, school_id, VisitRequest.activity_id, ids)
        invitees = _rows(VisitInvitee, school_id, VisitInvitee.activity_id, ids)
        self._invitees = {f"visit:{row.id}": row for row in invitees}
        streams = {mail.stream for mail in about if mail.kind == "visit_called_off"}
        told = _rows(
            OutboxMail,
            school_id,
            OutboxMail.stream,
            streams,
            OutboxMail.kind.in_(_APPOINTMENTS),
            OutboxMail.state == "sent",
        )
        self._told = {(mail.stream, mail.to_address) for mail in told}
        fields = _rows(
            ActivityField,
            school_id,
            ActivityField.activity_id,
            ids,
            ActivityField.step == STEP,
            ActivityField.field == "permission",
        )
        self._permitted = {row.activity_id for row in fields if row.value == "given"}
        self._shut_out = {
            case_id: participants.barred_from_case(tenancy.current().actor, case_id)
            for case_id in {self._activities[one.activity_id].case_id for one in about if one.user_id}
        }

    def withheld_because(self, mail: OutboxMail) -> str | None:
        """A key of OUTBOX_REASONS: its reader may not be contacted, is not the one, or it is true no more."""
        guardian = self._guardians.get(mail.guardian_id)
        if guardian is not None and guardian.do_not_contact:
            return "do_not_contact"
        if mail.kind == "visit_called_off":
            # The news that there is no visit goes just when there is none, and to the address that has it.
            return None if (mail.stream, mail.to_address) in self._told else "never_told"
        if guardian is not None and guardian.email != mail.to_address:
            return "address_changed"
        if any(self._is_disowned(one, mail) for one in self._requests):
            return "disowned"
        activity = self._activities[mail.activity_id]
        if mail.user_id is not None and mail.user_id in self._shut_out[activity.case_id]:
            return "shut_out"
        if activity.state != "active":
            return "visit_ended"
        if mail.kind == "visit_asked":
            return None if self._is_open(mail) else "question_withdrawn"
        return self._outdated(mail) if mail.kind in _APPOINTMENTS else None

    def _outdated(self, mail: OutboxMail) -> str | None:
        invitee = self._invitees.get(mail.stream or "")
        if invitee is None or invitee.removed_at is not None or invitee.called_off_at is not None:
            return "appointment_changed"
        if (mail.facts or {}).get("sequence") != invitee.sequence:
            return "appointment_changed"
        return None if mail.activity_id in self._permitted else "no_permission"

    def _is_open(self, mail: OutboxMail) -> bool:
        asked = next((one for one in self._requests if mail.dedupe_key == f"visit_asked:{one.id}"), None)
        return asked is not None and asked.revoked_at is None

    @staticmethod
    def _is_disowned(asked: VisitRequest, mail: OutboxMail) -> bool:
        return (
            asked.disowned_at is not None
            and asked.guardian_id == mail.guardian_id
            and asked.email == mail.to_address
        )


def _rows(table: type[Any], school_id: int, column: Any, ids: set[Any], *further: Any) -> list[Any]:
    if not ids:
        return []
    return list(
        tenancy.session.scalars(select(table).where(table.school_id == school_id, column.in_(ids), *further))
    )
