"""Notes of a case: facts and impressions; a correction keeps every earlier wording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import cases as rules
from webapp.domain import words
from webapp.domain.errors import N_, Conflict, Forbidden, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.models.cases import Case, CaseNote
from webapp.services import access, audit, people
from webapp.tenancy import Actor

LONGEST_NOTE = 20_000


@dataclass(frozen=True)
class Wording:
    """One wording of a note: the one that holds now, or an earlier one."""

    id: int
    kind: str
    body: str
    happened_on: date
    written_at: datetime
    author: str


@dataclass(frozen=True)
class NoteTrail:
    """A note with all its wordings, the newest first; `may_correct` for its author and the case's owner."""

    wordings: tuple[Wording, ...]
    may_correct: bool

    @property
    def now(self) -> Wording:
        return self.wordings[0]


def add_note(actor: Actor, case_id: int, *, kind: str, body: str, happened_on: date) -> CaseNote:
    """Record a fact or an impression in the timeline of an open case."""
    case = access.get_case(actor, case_id, need=Permission.CASE_WRITE)
    rules.check_open_for_work(case.status)
    note = _write(actor, case, kind=kind, body=body, happened_on=happened_on)
    audit.record(actor, "case_note.added", note, case_id=case.id)
    return note


def correct_note(
    actor: Actor, case_id: int, note_id: int, *, kind: str, body: str, happened_on: date
) -> CaseNote:
    """Put a new wording in the place of a note's newest one; also in a closed case."""
    case = access.get_case(actor, case_id, need=Permission.CASE_WRITE)
    note = _get(actor, case, note_id)
    if not _may_correct(actor, case, note):
        raise Forbidden(N_("A note is corrected by the person who wrote it or by the owner of the case."))
    if _correction_of(actor, note.id) is not None:
        raise Conflict(N_("This note was corrected meanwhile. Read the newest wording first."))
    corrected = _write(actor, case, kind=kind, body=body, happened_on=happened_on, corrects_id=note.id)
    audit.record(actor, "case_note.corrected", corrected, case_id=case.id, corrects_id=note.id)
    return corrected


def note_trail(actor: Actor, case_id: int, note_id: int) -> NoteTrail:
    """Every wording of a note, whichever of them `note_id` names; the reading is recorded."""
    case = access.get_case(actor, case_id, need=Permission.CASE_READ)
    note = _get(actor, case, note_id)
    while (later := _correction_of(actor, note.id)) is not None:
        note = later
    newest, chain = note, [note]
    while note.corrects_id is not None:
        note = _get(actor, case, note.corrects_id)
        chain.append(note)
    names = people.display_names(actor, {row.author_id for row in chain})
    audit.record(actor, "case_note.read", newest, case_id=case.id)
    wordings = tuple(
        Wording(row.id, row.kind, row.body, row.happened_on, row.created_at, names.get(row.author_id, ""))
        for row in chain
    )
    return NoteTrail(wordings, _may_correct(actor, case, newest))


def _may_correct(actor: Actor, case: Case, note: CaseNote) -> bool:
    return note.kind in words.NOTE_KINDS and actor.person_id in (note.author_id, case.owner_id)


def _get(actor: Actor, case: Case, note_id: int) -> CaseNote:
    note = access.get(actor, CaseNote, note_id)
    if note.case_id != case.id:
        raise NotFound()
    return note


def _correction_of(actor: Actor, note_id: int) -> CaseNote | None:
    return tenancy.session.scalar(
        select(CaseNote).where(CaseNote.school_id == actor.school_id, CaseNote.corrects_id == note_id)
    )


def _write(
    actor: Actor, case: Case, *, kind: str, body: str, happened_on: date, corrects_id: int | None = None
) -> CaseNote:
    body = body.strip()
    if kind not in words.NOTE_KINDS:
        raise Invalid(N_("Say whether this is a fact or an impression."), field="kind")
    if not body:
        raise Invalid(N_("Please write a few words."), field="body")
    if len(body) > LONGEST_NOTE:
        raise Invalid(N_("This text has more than %(limit)s characters."), field="body", limit=LONGEST_NOTE)
    if happened_on > actor.today:
        raise Invalid(N_("A note tells of a day that has come."), field="happened_on")
    return tenancy.add(
        CaseNote(
            case_id=case.id,
            kind=kind,
            author_id=actor.person_id,
            created_at=actor.at,
            happened_on=happened_on,
            corrects_id=corrects_id,
            body=body,
        )
    )
