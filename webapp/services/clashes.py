"""Other meetings of the same people at the same time: shown before a request leaves or a meeting moves.

A warning that stops nobody. Of the other meeting it says when, and its case to those on that case's team.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from webapp import tenancy
from webapp.domain.conferences import BEFORE_MEETING_STATES, UNDECIDED_STATES
from webapp.domain.permissions import Permission, allows
from webapp.models.cases import Case, CaseMember
from webapp.models.conferences import Conference, Participant
from webapp.services import access, participants
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Clash:
    """One person who is asked elsewhere at an overlapping time; `case_number` for those on that team."""

    name: str
    starts_at: datetime
    ends_at: datetime
    conference_id: int | None = None
    case_number: str | None = None


def of_conference(
    actor: Actor,
    conference: Conference,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> list[Clash]:
    """Who of the conference is asked to another meeting of the school meanwhile, in order of time.

    starts_at, ends_at: another time than the conference's own. Nothing once it has begun. Asked of those who
    prepare it or decide over it (NotFound for others).
    """
    access.require_part(actor, Permission.CONFERENCE_REQUEST_READ, access.conference_parts(actor, conference))
    return _find(actor, conference, starts_at or conference.starts_at, ends_at or conference.ends_at)


def of_view(actor: Actor, conference: Conference, parts: frozenset[str]) -> list[Clash]:
    """The same for the page of a conference whose reader has these parts in it, while the time is proposed
    only; nothing for other readers. Three queries at most."""
    if conference.state not in UNDECIDED_STATES:
        return []
    if not allows(Permission.CONFERENCE_REQUEST_READ, parts=parts):
        return []
    return _find(actor, conference, conference.starts_at, conference.ends_at)


def _find(
    actor: Actor, conference: Conference, starts_at: datetime | None, ends_at: datetime | None
) -> list[Clash]:
    if conference.state not in BEFORE_MEETING_STATES or starts_at is None or ends_at is None:
        return []
    others = tenancy.session.execute(
        text("SELECT * FROM app_overlapping_meetings(:conference, :since, :until)"),
        {"conference": conference.id, "since": starts_at, "until": ends_at},
    ).all()
    if not others:
        return []
    people = participants.of(actor, conference.id)
    known = _numbers(actor, {other.conference_id for other in others})
    found = {}
    for other in others:
        address = _address(actor, other)
        for row in people:
            if row.answer != "no" and _is_same(row, other, address):
                found[row.id, other.conference_id] = Clash(
                    row.name or "",
                    other.starts_at,
                    other.ends_at,
                    other.conference_id if other.conference_id in known else None,
                    known.get(other.conference_id),
                )
    return list(found.values())


def _is_same(row: Participant, other, address: str | None) -> bool:
    if row.user_id is not None and row.user_id == other.user_id:
        return True
    if row.guardian_id is not None and row.guardian_id == other.guardian_id:
        return True
    # The parent of two students has a row for each, an expert one for each meeting: their address is theirs.
    return bool(row.email) and row.email == address


def _address(actor: Actor, other) -> str | None:
    if other.email_enc is None:
        return None
    # Sealed to its own row: opened as that row, which is never added.
    sealed = Participant(id=other.participant_id, school_id=actor.school_id, email_enc=other.email_enc)
    return sealed.email


def _numbers(actor: Actor, conference_ids: set[int]) -> dict[int, str]:
    """Case numbers of those meetings on whose team the actor is."""
    rows = tenancy.session.execute(
        select(Conference.id, Case.number)
        .join(Case, (Case.school_id == Conference.school_id) & (Case.id == Conference.case_id))
        .join(
            CaseMember,
            (CaseMember.school_id == Case.school_id)
            & (CaseMember.case_id == Case.id)
            & (CaseMember.user_id == actor.person_id)
            & CaseMember.removed_at.is_(None),
        )
        .where(Conference.school_id == actor.school_id, Conference.id.in_(conference_ids))
    )
    return {conference_id: number for conference_id, number in rows}
