"""What the conference pages show: the list, and one conference as the reader may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain import words
from webapp.domain.absences import ABSENCES
from webapp.domain.declared.conference import CASE_CONFERENCE
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission, allows
from webapp.domain.vocabulary import Term
from webapp.models.background import OutboxMail
from webapp.models.conferences import Conference, ConferenceRequest, Participant
from webapp.services import (
    absences,
    access,
    activities,
    conference_acts,
    conference_drafts,
    papers,
    participants,
    people,
    suspicions,
)
from webapp.tenancy import Actor

MAIL_TROUBLE = frozenset({"bounced", "failed", "withheld"})


@dataclass(frozen=True)
class ParticipantView:
    """One participant. Contact, message and mail are for the team; why and role for the approver too."""

    id: int
    name: str
    kind: Term
    position: str | None
    answer: Term
    answered_at: datetime | None
    signed_at: datetime | None
    attendance: Term
    walk_in: bool
    added_later: bool
    is_own: bool
    is_requester: bool
    why: Term | None = None
    role_expected: str | None = None
    channel: Term | None = None
    recorded_by: str | None = None
    signed_channel: Term | None = None
    signature_recorded_by: str | None = None
    answer_scan_id: int | None = None
    signature_scan_id: int | None = None
    message: str | None = None
    proposed_time: str | None = None
    email: str | None = None
    phone: str | None = None
    mail: Term | None = None
    do_not_contact: bool = False
    disowned: bool = False
    bounced: bool = False
    is_key: bool = False
    refused: bool = False
    own_refused: bool = False
    refusal_message: str | None = None
    missed: Term | None = None
    held_without: str | None = None

    @property
    def is_guest(self) -> bool:
        return self.kind.key != "staff"

    @property
    def needs_a_call(self) -> bool:
        """Nobody reached them by mail: bounced, no address, or "this is not for me"."""
        return self.disowned or self.bounced or (self.mail is not None and self.mail.key in MAIL_TROUBLE)


@dataclass(frozen=True)
class ConferenceView:
    """One conference; what the reader may not know is None, `may` holds the acts open to them now."""

    id: int
    case_id: int
    state: Term
    starts_at: datetime | None
    ends_at: datetime | None
    place: str | None
    requested_at: datetime | None
    requester: str
    approver: str | None
    case_number: str | None
    purpose: str | None
    despite: str | None
    initials: str | None
    return_reason: str | None
    cancel_reason: str | None
    participants: tuple[ParticipantView, ...]
    counts: dict[str, int]
    progress: activities.Progress
    parts: frozenset[str]
    may: frozenset[str]
    missing: tuple[DomainError, ...]
    names: dict[int, str]

    @property
    def own(self) -> ParticipantView | None:
        return next((row for row in self.participants if row.is_own), None)

    @property
    def missed(self) -> tuple[ParticipantView, ...]:
        """Whom the meeting misses, and nothing was decided over it."""
        return tuple(row for row in self.participants if row.missed and row.held_without is None)

    @property
    def held_without(self) -> tuple[ParticipantView, ...]:
        """Without whom the meeting is held by decision."""
        return tuple(row for row in self.participants if row.missed and row.held_without is not None)

    @property
    def is_team(self) -> bool:
        return "team" in self.parts


def show(actor: Actor, conference_id: int) -> tuple[Conference, ConferenceView]:
    """A conference for its page; NotFound where the actor may not even know of it."""
    conference = access.get(actor, Conference, conference_id)
    return conference, view_of(actor, conference)


def view_of(actor: Actor, conference: Conference) -> ConferenceView:
    """The view of a conference; NotFound for those who have no part in its logistics."""
    parts = access.conference_parts(actor, conference)
    access.require_part(actor, Permission.CONFERENCE_LOGISTICS, parts)
    rows = participants.of(actor, conference.id)
    reads_request = allows(Permission.CONFERENCE_REQUEST_READ, roles=actor.roles, parts=parts) and (
        "team" in parts or conference.requested_at is not None
    )
    request, barred = _request(actor, conference) if reads_request else (None, frozenset())
    steps = activities.recorded(actor, conference.id)
    ended = {"cancelled": "cancelled", "completed": "completed"}.get(conference.state, "active")
    progress = activities.build_progress(CASE_CONFERENCE, steps, ended)
    names = _names(actor, conference, rows, progress)
    # Nobody has been written to before the request is handed in, and nobody has answered.
    is_unsent = conference.state in conference_drafts.UNSENT
    mails = _mail_states(actor, conference.id) if "team" in parts and not is_unsent else {}
    scans = papers.scans(actor, conference) if "team" in parts and not is_unsent else {}
    counts = Counter(row.answer for row in rows)
    return ConferenceView(
        id=conference.id,
        case_id=conference.case_id,
        state=words.CONFERENCE_STATES[conference.state],
        starts_at=conference.starts_at,
        ends_at=conference.ends_at,
        place=conference.place,
        requested_at=conference.requested_at,
        requester=names.get(conference.requester_id, ""),
        approver=names.get(conference.approver_id or 0),
        case_number=None if request is None else request.case_number,
        purpose=None if request is None else request.purpose,
        despite=None if request is None else request.despite,
        initials=None if request is None else request.initials,
        return_reason=None if request is None else request.return_reason,
        cancel_reason=None if request is None or "team" not in parts else request.cancel_reason,
        participants=tuple(
            _participant(
                row,
                conference,
                actor,
                names,
                mails,
                scans.get(row.id, {}),
                is_team="team" in parts,
                reads_request=reads_request,
                barred=row.id in barred,
            )
            for row in rows
        ),
        counts={key: counts.get(key, 0) for key in words.ANSWERS.keys},
        progress=progress,
        parts=frozenset(parts),
        may=frozenset(conference_acts.of_reader(actor, conference, parts, rows)),
        missing=tuple(
            conference_drafts.missing(
                conference,
                request,
                rows,
                barred,
                is_suspected=is_unsent and suspicions.in_case(actor, conference.case_id),
                now=actor.at,
            )
            if "team" in parts and request is not None
            else ()
        ),
        names=names,
    )


def _request(actor: Actor, conference: Conference) -> tuple[ConferenceRequest, frozenset[int]]:
    """The request, and whom on it nobody may contact."""
    request, barred = tenancy.session.execute(
        select(ConferenceRequest, func.app_do_not_contact_ids(conference.id)).where(
            ConferenceRequest.school_id == actor.school_id, ConferenceRequest.id == conference.id
        )
    ).one()
    return request, frozenset(barred or ())


def _names(
    actor: Actor, conference: Conference, rows: Sequence[Participant], progress: activities.Progress
) -> dict[int, str]:
    """Names of the people who prepared it; participants' own are at hand."""
    known = {row.user_id: row.name or "" for row in rows if row.user_id is not None}
    wanted: Iterable[int | None] = (
        conference.requester_id,
        conference.approver_id,
        *progress.person_ids,
        *(row.answer_recorded_by for row in rows),
        *(row.signed_recorded_by for row in rows),
    )
    unknown = {user_id for user_id in wanted if user_id is not None and user_id not in known}
    return known | people.display_names(actor, unknown)


def _mail_states(actor: Actor, conference_id: int) -> dict[int, str]:
    """The state of each participant's newest invitation (or its change)."""
    rows = tenancy.session.execute(
        select(OutboxMail.participant_id, OutboxMail.state)
        .where(
            OutboxMail.school_id == actor.school_id,
            OutboxMail.conference_id == conference_id,
            OutboxMail.kind.in_(("invitation", "invitation_update", "conference_cancelled")),
        )
        .order_by(OutboxMail.id)
    )
    return {row_id: state for row_id, state in rows if row_id is not None and state != "superseded"}


def _participant(
    row: Participant,
    conference: Conference,
    actor: Actor,
    names: dict[int, str],
    mails: dict[int, str],
    scans: dict[str, int],
    *,
    is_team: bool,
    reads_request: bool,
    barred: bool,
) -> ParticipantView:
    is_own = row.user_id is not None and row.user_id == actor.person_id
    view = {
        "id": row.id,
        "name": row.name or "",
        "kind": words.PARTICIPANT_KINDS[row.kind],
        "position": row.position,
        "answer": words.ANSWERS[row.answer],
        "answered_at": row.answered_at,
        "signed_at": row.signed_at,
        "attendance": words.ATTENDANCE[row.attendance],
        "walk_in": row.walk_in,
        "added_later": not row.walk_in
        and conference.approved_at is not None
        and row.created_at > conference.approved_at,
        "is_own": is_own,
        "is_requester": row.user_id == conference.requester_id,
    }
    if reads_request or is_own:
        view |= {"why": words.WHYS[row.why], "role_expected": row.role_expected}
    if is_own:
        view["own_refused"] = row.pledge_refused_at is not None
    if reads_request:
        view["is_key"] = row.is_key
    if is_team or is_own:
        view |= {"message": row.answer_message, "proposed_time": row.proposed_time}
    if is_team:
        view |= {
            "channel": words.ANSWER_CHANNELS[row.answer_channel] if row.answer_channel else None,
            "recorded_by": names.get(row.answer_recorded_by or 0),
            "signed_channel": words.ANSWER_CHANNELS[row.signed_channel] if row.signed_channel else None,
            "signature_recorded_by": names.get(row.signed_recorded_by or 0),
            "answer_scan_id": scans.get("written_answer"),
            "signature_scan_id": scans.get("signed_commitment"),
            "email": row.email,
            "phone": row.phone,
            "mail": words.OUTBOX_STATES[mails[row.id]] if row.id in mails else None,
            "do_not_contact": barred,
            "disowned": row.disowned_at is not None,
            "bounced": row.mail_bounced_at is not None,
            "refused": row.pledge_refused_at is not None,
            "refusal_message": row.refusal_message,
            "missed": ABSENCES[why] if (why := absences.why_missed(actor, conference, row)) else None,
            "held_without": row.held_without_reason,
        }
    return ParticipantView(**view)
