"""What the pages of meeting, report and monitoring have in common: their head, the people, the sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import minutes as rules
from webapp.domain import words
from webapp.domain.declared.conference import CASE_CONFERENCE
from webapp.domain.vocabulary import Term
from webapp.models.conferences import Conference, ConferenceRequest, Participant
from webapp.services import access, activities, content
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Person:
    """A participant as these pages need them."""

    id: int
    name: str
    relation: str
    is_own: bool
    is_guest: bool
    attendance: Term
    signed_at: datetime | None
    signed_channel: Term | None
    opinion: Term | None
    walk_in: bool
    has_refused: bool = False

    @property
    def is_present(self) -> bool:
        return self.attendance.key == "present"


@dataclass(frozen=True)
class Frame:
    """What the head of each of the pages says; `may` holds the acts open to the reader now."""

    id: int
    case_id: int
    case_number: str | None
    state: Term
    starts_at: datetime | None
    ends_at: datetime | None
    place: str | None
    progress: activities.Progress
    parts: frozenset[str]
    may: frozenset[str]

    @property
    def is_team(self) -> bool:
        return "team" in self.parts

    @property
    def reads_content(self) -> bool:
        return "signed" in self.parts


@dataclass(frozen=True)
class Section:
    """One section to read or write; `waits_for` are sections that must have a text before it."""

    term: Term
    text: str
    version: int
    updated_at: datetime | None
    updated_by: str
    waits_for: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.term.key


def find(actor: Actor, conference_id: int) -> tuple[Conference, set[str]]:
    """A conference and the actor's parts in it; the caller asks for permission."""
    conference = access.get(actor, Conference, conference_id)
    return conference, access.conference_parts(actor, conference)


def frame(actor: Actor, conference: Conference, parts: set[str], may: set[str]) -> Frame:
    """The head of a page; `may` holds the acts that the page offers."""
    number = tenancy.session.scalar(
        select(ConferenceRequest.case_number).where(
            ConferenceRequest.school_id == actor.school_id, ConferenceRequest.id == conference.id
        )
    )
    ended = {"cancelled": "cancelled", "completed": "completed"}.get(conference.state, "active")
    steps = activities.recorded(actor, conference.id)
    return Frame(
        id=conference.id,
        case_id=conference.case_id,
        case_number=number,
        state=words.CONFERENCE_STATES[conference.state],
        starts_at=conference.starts_at,
        ends_at=conference.ends_at,
        place=conference.place,
        progress=activities.build_progress(CASE_CONFERENCE, steps, ended),
        parts=frozenset(parts),
        may=frozenset(may),
    )


def persons(actor: Actor, rows: Sequence[Participant]) -> tuple[Person, ...]:
    """Participants in the order in which they were named."""
    return tuple(
        Person(
            id=row.id,
            name=row.name or "",
            relation=row.position or "",
            is_own=row.user_id is not None and row.user_id == actor.person_id,
            is_guest=row.kind != "staff",
            attendance=words.ATTENDANCE[row.attendance],
            signed_at=row.signed_at,
            signed_channel=words.ANSWER_CHANNELS[row.signed_channel] if row.signed_channel else None,
            opinion=words.OPINIONS[row.opinion] if row.opinion else None,
            walk_in=row.walk_in,
            has_refused=row.pledge_refused_at is not None,
        )
        for row in rows
    )


def sections_of(
    texts: dict[str, content.SectionText], rows: Sequence[Participant], keys: Sequence[str]
) -> tuple[Section, ...]:
    """Sections of these keys, in their order."""
    recorded = content.recorded_of(texts)
    # Only people of the team write content, and they take part: no look-up of names is needed.
    names = {row.user_id: row.name or "" for row in rows if row.user_id is not None}
    return tuple(
        Section(
            term=words.CONTENT_SECTIONS[key],
            text=texts[key].text,
            version=texts[key].version,
            updated_at=texts[key].updated_at,
            updated_by=names.get(texts[key].updated_by or 0, ""),
            waits_for=tuple(needed for needed in rules.PREREQUISITES[key] if needed not in recorded),
        )
        for key in keys
    )
