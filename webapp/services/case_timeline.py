"""The timeline of one case or of several: everything that happened, newest first, read in one query.

The day a thing happened decides the order, not the day it was written down; within a day, the moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, Integer, Row, Select, bindparam, select, tuple_, union_all

from webapp import tenancy
from webapp.models.activities import Activity
from webapp.models.attachments import Attachment
from webapp.models.cases import CaseNote, CaseStatusChange
from webapp.models.commitments import BehaviourGoal, Commitment, CommitmentReport, Observation
from webapp.models.conferences import Participant
from webapp.models.students import StudentReferral
from webapp.services.case_events import REGISTER_SOURCES, SOURCES
from webapp.tenancy import Actor

PAGE = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Place:
    """Where a page of the timeline begins: after this entry. Written into an address as four numbers."""

    on: date
    at: datetime
    id: int
    rank: int

    def __str__(self) -> str:
        return f"{self.on.toordinal()}.{(self.at - _EPOCH) // _MICROSECOND}.{self.id}.{self.rank}"

    @classmethod
    def parse(cls, text: str) -> Place | None:
        """The place as written by str(); None for anything else."""
        try:
            on, at, entry_id, rank = (int(part) for part in text.split("."))
            return cls(date.fromordinal(on), _EPOCH + at * _MICROSECOND, entry_id, rank)
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened. `kind` is a key of TIMELINE_KINDS, or "register" for what the register tells
    of a case that the reader does not read; the others mean, by kind:

    note: word = fact, impression or summary, text; `is_corrected` when it has earlier wordings.
    status: before -> word, text = the reason. activity: word = the procedure, before = active, completed,
    cancelled or held, text = why it ended. mail: word = the mail's kind, before = its state, number = how
    many. letter: word = its number, before = issued or voided. answer: word = the answer, about = who.
    observation: number = the score, about = the behaviour. promise: word = the reported state, about = the
    promise. referral: text. file: word = its purpose, before = added or removed, about = its name while it
    is there. register: word = open or closed.
    """

    kind: str
    id: int
    case_id: int
    on: date
    at: datetime
    word: str | None
    before: str | None
    number: int | None
    user_id: int | None
    ref_id: int | None
    about: str | None
    text: str | None
    is_corrected: bool


@dataclass(frozen=True)
class Timeline:
    """A page of the timeline; `older` is where the next one begins, None at the end."""

    entries: tuple[TimelineEntry, ...]
    older: Place | None


def read(
    actor: Actor,
    case_ids: Sequence[int],
    *,
    known_ids: Sequence[int] = (),
    kind: str = "",
    before: Place | None = None,
) -> Timeline:
    """A page of the timeline of some cases, of one kind when given; the caller has asked for the cases.

    known_ids: cases of which only their opening and closing are told, as the register does.
    """
    given: dict[str, Any] = {
        "school_id": actor.school_id,
        "case_ids": list(case_ids),
        "time_zone": actor.time_zone,
    }
    if known_ids:
        given["known_case_ids"] = list(known_ids)
    if before is not None:
        given |= {"on": before.on, "at": before.at, "id": before.id, "rank": before.rank}
    statement = _statement(kind, is_first=before is None, with_register=bool(known_ids))
    rows = tenancy.session.execute(statement.limit(PAGE + 1), given).all()
    entries = tuple(_entry(row) for row in rows[:PAGE])
    last = rows[:PAGE][-1] if len(rows) > PAGE else None
    return Timeline(entries, Place(last.on, last.at, last.id, last.rank) if last is not None else None)


@cache
def _statement(kind: str, *, is_first: bool, with_register: bool) -> Select:
    """The first page of one kind ("" for all), or one that begins after a place. Putting a union of a dozen
    together costs as much as its answer, so it is done once."""
    tables = (SOURCES, REGISTER_SOURCES) if with_register else (SOURCES,)
    sources = [
        make() for table in tables for name, makers in table.items() if kind in ("", name) for make in makers
    ]
    everything = union_all(*sources).subquery()
    key = (everything.c.on, everything.c.at, everything.c.id, everything.c.rank)
    statement = select(everything).order_by(*(column.desc() for column in key))
    if is_first:
        return statement
    place = tuple_(
        bindparam("on", type_=Date),
        bindparam("at", type_=DateTime(timezone=True)),
        bindparam("id", type_=BigInteger),
        bindparam("rank", type_=Integer),
    )
    return statement.where(tuple_(*key) < place)


def _entry(row: Row) -> TimelineEntry:
    return TimelineEntry(
        kind=row.kind,
        id=row.id,
        case_id=row.case_id,
        on=row.on,
        at=row.at,
        word=row.word,
        before=row.before,
        number=row.number,
        user_id=row.user_id,
        ref_id=row.ref_id,
        about=_name(row),
        text=_text(row),
        is_corrected=row.kind == "note" and row.ref_id is not None,
    )


def _name(row: Row) -> str | None:
    """What the entry is about, opened like its text."""
    if row.name is None:
        return None
    match row.kind:
        case "answer":
            return Participant(id=row.id, name_enc=row.name).name
        case "observation":
            return BehaviourGoal(id=row.ref_id, behaviour_enc=row.name).behaviour
        case "promise":
            return Commitment(id=row.ref_id, what_enc=row.name).what
        case "file":
            return Attachment(id=row.id, name_enc=row.name).name
    return None


def _text(row: Row) -> str | None:
    """The sealed text, opened as the attribute of the row it belongs to (it is bound to table and id)."""
    if row.text is None:
        return None
    match row.kind:
        case "note":
            return CaseNote(id=row.id, body_enc=row.text).body
        case "status":
            return CaseStatusChange(id=row.id, reason_enc=row.text).reason
        case "activity":
            return Activity(id=row.id, end_reason_enc=row.text).end_reason
        case "observation":
            return Observation(id=row.id, note_enc=row.text).note
        case "promise":
            return CommitmentReport(id=row.id, note_enc=row.text).note
        case "referral":
            return StudentReferral(id=row.id, body_enc=row.text).body
    return None


def people_in(entries: Sequence[TimelineEntry]) -> set[int]:
    """Ids of the users who stand in some entries."""
    return {entry.user_id for entry in entries if entry.user_id is not None}
