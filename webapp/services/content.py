"""What is said in a conference, section by section: each text has a version, and no wording is ever lost.

Two people who save the same section meet here: whoever comes second is shown both texts and chooses.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import minutes as rules
from webapp.domain.errors import N_, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.domain.words import CONTENT_SECTIONS
from webapp.mail.clean import many_lines
from webapp.models.conferences import Conference
from webapp.models.content import ContentField, ContentVersion
from webapp.models.students import Student
from webapp.services import access, audit, conference_facts, people
from webapp.tenancy import Actor

LONGEST_TEXT = 20_000
STUDENT_SECTION = "student"
"""Who the conference is about: stored as content, because guests read no student and learn it only there."""


@dataclass(frozen=True)
class Saved:
    """What became of a save. `is_stale`: somebody else had saved meanwhile; `text` and `version` are theirs,
    the actor's own text is kept among the earlier wordings."""

    section: str
    version: int
    text: str
    is_stale: bool = False


@dataclass(frozen=True)
class SectionText:
    """One section as it stands; version 0 and no text while nothing was recorded."""

    section: str
    text: str = ""
    version: int = 0
    updated_at: datetime | None = None
    updated_by: int | None = None


@dataclass(frozen=True)
class Wording:
    """A text that was once saved; `lost` is one that met a newer version and was not taken."""

    text: str
    version: int
    saved_at: datetime
    saved_by: int
    lost: bool


def save(actor: Actor, conference_id: int, section: str, *, text: str, version: int) -> Saved:
    """Save a section over the version that the writer had before them.

    Asked of a team member who has signed. A newer version is never overwritten: see Saved.is_stale.
    Raises Conflict where the order or the state forbids it (strengths before symptoms; locked minutes).
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.CONTENT_WRITE)
    state = held.conference.state
    rules.check_can_write(state, section, signed="signed" in held.parts)
    text = many_lines(text).strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            N_("The text is too long: at most %(most)s characters."), field=section, most=LONGEST_TEXT
        )
    recorded = conference_facts.recorded_sections(actor, conference_id)
    rules.check_section_allowed(section, recorded)
    field = _field(actor, conference_id, section)
    current = 0 if field is None else field.version
    if version < 0 or version > current:
        raise Invalid(N_("This page is out of date: load it again."), field=section)
    now = "" if field is None else field.body or ""
    if text == now:
        # Also the answer to a save whose first answer was lost on the way.
        return Saved(section, current, now)
    if version != current:
        keep_wording(actor, conference_id, section, text=text, version=version, in_conflict=True)
        audit.record(actor, "content.met_newer", field, section=section, version=version)
        return Saved(section, current, now, is_stale=True)
    if not text:
        rules.check_section_can_be_emptied(section, recorded)
    saved = _write(actor, conference_id, section, field, text)
    conference_facts.sync_steps(actor, held.conference)
    return Saved(section, saved.version, text)


def read(actor: Actor, conference_id: int) -> dict[str, SectionText]:
    """All sections in their order, also those without a text; asked of those who have signed."""
    _reader(actor, conference_id)
    return sections(actor, conference_id)


def sections(actor: Actor, conference_id: int) -> dict[str, SectionText]:
    """The same for a caller who has asked permission; the policies hide every text from the others."""
    rows = tenancy.session.scalars(
        select(ContentField).where(
            ContentField.school_id == actor.school_id, ContentField.conference_id == conference_id
        )
    )
    known = {
        row.section: SectionText(row.section, row.body or "", row.version, row.updated_at, row.updated_by)
        for row in rows
    }
    return {
        section: known.get(section, SectionText(section))
        for section in (STUDENT_SECTION, *CONTENT_SECTIONS.keys)
    }


def recorded_of(texts: dict[str, SectionText]) -> frozenset[str]:
    """Sections of these that hold a text, without the student's."""
    return frozenset(key for key, text in texts.items() if text.text and key in CONTENT_SECTIONS)


def history(actor: Actor, conference_id: int, section: str) -> list[Wording]:
    """Every wording that was saved into a section, newest first; asked of a team member who has signed."""
    conference = access.get(actor, Conference, conference_id)
    access.require_part(actor, Permission.CONTENT_WRITE, access.conference_parts(actor, conference))
    if section not in CONTENT_SECTIONS:
        raise NotFound()
    audit.record(actor, "content.history_read", conference, section=section)
    rows = tenancy.session.scalars(
        select(ContentVersion)
        .where(
            ContentVersion.school_id == actor.school_id,
            ContentVersion.conference_id == conference_id,
            ContentVersion.section == section,
        )
        .order_by(ContentVersion.id.desc())
    )
    return [Wording(row.body or "", row.version, row.saved_at, row.saved_by, row.in_conflict) for row in rows]


def writers(actor: Actor, wordings: Collection[Wording]) -> dict[int, str]:
    """Names of those who wrote these wordings."""
    return people.display_names(actor, {wording.saved_by for wording in wordings})


def name_student(actor: Actor, conference: Conference, student: Student) -> None:
    """Put the student's name and class into the content, for those who have signed; at the opening."""
    text = "\n".join(part for part in (student.name, student.class_name) if part)
    if _field(actor, conference.id, STUDENT_SECTION) is None:
        _write(actor, conference.id, STUDENT_SECTION, None, text)


def prefill(actor: Actor, conference: Conference, section: str, text: str) -> None:
    """Begin a section with a text that is known already, unless something is recorded in it."""
    if text and _field(actor, conference.id, section) is None:
        _write(actor, conference.id, section, None, text)


def keep_wording(
    actor: Actor, conference_id: int, section: str, *, text: str, version: int, in_conflict: bool = False
) -> None:
    """Keep a wording for good; the caller has asked permission. `saved_by` is 0 for a guest."""
    tenancy.add(
        ContentVersion(
            conference_id=conference_id,
            section=section,
            version=version,
            in_conflict=in_conflict,
            saved_at=actor.at,
            saved_by=actor.person_id or 0,
            body=text or None,
        )
    )


# --- inside ---------------------------------------------------------------------------------------


def _reader(actor: Actor, conference_id: int) -> Conference:
    if actor.kind == "guest" and not actor.verified:
        raise NotFound()
    return access.get_conference(actor, conference_id, need=Permission.CONTENT_READ)


def _field(actor: Actor, conference_id: int, section: str) -> ContentField | None:
    return tenancy.session.scalar(
        select(ContentField).where(
            ContentField.school_id == actor.school_id,
            ContentField.conference_id == conference_id,
            ContentField.section == section,
        )
    )


def _write(
    actor: Actor, conference_id: int, section: str, field: ContentField | None, text: str
) -> ContentField:
    assert actor.person_id is not None
    if field is None:
        field = ContentField(conference_id=conference_id, section=section)
        field.version = 0
    field.version += 1
    field.updated_at, field.updated_by = actor.at, actor.person_id
    field.body = text or None
    if field.version == 1:
        tenancy.add(field)
    keep_wording(actor, conference_id, section, text=text, version=field.version)
    audit.record(actor, "content.saved", field, section=section, version=field.version)
    return field
