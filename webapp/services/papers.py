"""Answers and commitments that somebody gave on paper or by phone, recorded with the scan of the paper."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.errors import Invalid
from webapp.models.attachments import Attachment
from webapp.models.conferences import Conference, Participant
from webapp.services import access, answers, attachments, meeting
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Scan:
    """A file as it was brought."""

    name: str
    content: bytes


def record_answer(
    actor: Actor,
    participant_id: int,
    *,
    answer: str,
    channel: str,
    message: str = "",
    proposed_time: str = "",
    scan: Scan | None = None,
) -> Participant:
    """Record an answer as `answers.record_on_behalf` does, and keep the scan with the case.

    Invalid (field "scan") for a file that may not be kept, Conflict when the case is closed or full.
    """
    row = answers.record_on_behalf(
        actor, participant_id, answer=answer, channel=channel, message=message, proposed_time=proposed_time
    )
    _keep(actor, row, "written_answer", scan)
    return row


def record_commitment(
    actor: Actor, participant_id: int, *, typed_name: str, channel: str, scan: Scan | None = None
) -> Participant:
    """Record a commitment as `meeting.sign_on_behalf` does, and keep the scan with the case.

    One that stands already is kept as it is, and gets the scan. Refusals of the file as in `record_answer`.
    """
    row = meeting.sign_on_behalf(actor, participant_id, typed_name=typed_name, channel=channel)
    _keep(actor, row, "signed_commitment", scan)
    return row


def scans(actor: Actor, conference: Conference) -> dict[int, dict[str, int]]:
    """Participant's id -> purpose -> the newest file's id; for the case team, whose page the caller shows."""
    rows = tenancy.session.execute(
        select(Attachment.participant_id, Attachment.purpose, Attachment.id)
        .where(
            Attachment.school_id == actor.school_id,
            Attachment.case_id == conference.case_id,
            Attachment.participant_id.is_not(None),
            Attachment.removed_at.is_(None),
        )
        .order_by(Attachment.id)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for participant_id, purpose, row_id in rows:
        found[participant_id or 0][purpose] = row_id
    return found


def _keep(actor: Actor, participant: Participant, purpose: str, scan: Scan | None) -> None:
    if scan is None:
        return
    case_id = access.get(actor, Conference, participant.conference_id).case_id
    try:
        attachments.add(
            actor,
            case_id,
            name=scan.name,
            content=scan.content,
            purpose=purpose,
            participant_id=participant.id,
        )
    except Invalid as refusal:
        raise Invalid(refusal.message_id, field="scan", **refusal.params) from refusal
