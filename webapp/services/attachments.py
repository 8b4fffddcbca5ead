"""Files of a case: brought, read and removed by its team; scans of signed papers among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from webapp import tenancy
from webapp.domain import cases as rules
from webapp.domain import words
from webapp.domain.errors import N_, Conflict, Forbidden, NotFound
from webapp.domain.permissions import Permission
from webapp.domain.vocabulary import Term
from webapp.models.activities import Activity
from webapp.models.attachments import Attachment
from webapp.models.cases import Case
from webapp.models.conferences import Conference, Participant
from webapp.services import access, audit
from webapp.tenancy import Actor
from webapp.uploads import files

MOST_FILES = 50
MOST_BYTES = 100 * 1024 * 1024
"""Of one case, all together."""
_OF_A_PARTICIPANT = ("signed_commitment", "written_answer")
_OF_A_VISIT = "visit_permission"


@dataclass(frozen=True)
class AttachmentLine:
    """A file in a list, without its bytes. `kind` is how its name ends: pdf, jpg, png, docx or xlsx."""

    id: int
    case_id: int
    name: str
    kind: str
    size: int
    purpose: Term
    participant_id: int | None
    author_id: int
    added_at: datetime
    may_remove: bool


@dataclass(frozen=True)
class AttachedFile:
    """A file to hand out."""

    name: str
    media_type: str
    content: bytes


def add(
    actor: Actor,
    case_id: int,
    *,
    name: str,
    content: bytes,
    purpose: str = "case",
    participant_id: int | None = None,
    activity_id: int | None = None,
) -> Attachment:
    """Keep a file with an open case. What it is, its content says; of a picture, what is seen is kept.

    purpose: a key of ATTACHMENT_PURPOSES; a paper of a conference names the participant whose it is, a
    permission the home visit that it is for, both of this case. Raises Invalid with the reason when the file
    may not be kept, and Conflict when the case is closed or full. No error names the file: its name may hold
    a student's.
    """
    case = access.get_case(actor, case_id, need=Permission.CASE_WRITE)
    rules.check_open_for_work(case.status)
    if (purpose in _OF_A_PARTICIPANT) != (participant_id is not None):
        raise ValueError(f"{purpose!r} and a participant do not go together")
    if (purpose == _OF_A_VISIT) != (activity_id is not None):
        raise ValueError(f"{purpose!r} and an activity do not go together")
    if participant_id is not None:
        _check_participant(actor, case, participant_id)
    kept = files.cleaned(name, content)
    _check_room(actor, case, len(kept.content))
    row = Attachment(
        case_id=case.id,
        participant_id=participant_id,
        activity_id=activity_id,
        purpose=purpose,
        media_type=kept.media_type,
        size=len(kept.content),
        author_id=actor.person_id,
        created_at=actor.at,
        name=kept.name,
        content=kept.content,
    )
    tenancy.add(row)
    audit.record(actor, "attachment.added", row, case_id=case.id, purpose=purpose, size=row.size)
    return row


def add_permission(actor: Actor, activity_id: int, *, name: str, content: bytes) -> Attachment:
    """Keep the scan of a family's written permission with the case of this visit; like `add` otherwise."""
    visit = access.get(actor, Activity, activity_id)
    return add(
        actor, visit.case_id, name=name, content=content, purpose=_OF_A_VISIT, activity_id=visit.id
    )


def remove(actor: Actor, case_id: int, attachment_id: int) -> None:
    """Take a file away for good: for who brought it and for the case's owner; also in a closed case."""
    case = access.get_case(actor, case_id, need=Permission.CASE_WRITE)
    row = _get(actor, case, attachment_id)
    if actor.person_id not in (row.author_id, case.owner_id):
        raise Forbidden(N_("A file is removed by the person who added it or by the owner of the case."))
    row.removed_by, row.removed_at = actor.person_id, actor.at
    row.name = row.content = None
    audit.record(actor, "attachment.removed", row, case_id=case.id, purpose=row.purpose)


def open_file(actor: Actor, case_id: int, attachment_id: int) -> AttachedFile:
    """A file for reading; the reading is recorded."""
    case = access.get_case(actor, case_id, need=Permission.CASE_READ)
    row = _get(actor, case, attachment_id)
    audit.record(actor, "attachment.read", row, case_id=case.id)
    return AttachedFile(row.name, row.media_type, row.content)


def of_cases(
    actor: Actor, owners: Mapping[int, int], *, most: int | None = None
) -> tuple[AttachmentLine, ...]:
    """The files (the latest `most`) of cases that the caller has asked for, newest first; owners: id of each
    case -> whose it is."""
    return _lines(actor, Attachment.case_id.in_(owners), owners, most)


def of_activity(actor: Actor, activity_id: int) -> tuple[AttachmentLine, ...]:
    """Written permissions of a home visit, newest first; asked before by its team."""
    return _lines(actor, Attachment.activity_id == activity_id, {}, None)


def _lines(
    actor: Actor, which: ColumnElement[bool], owners: Mapping[int, int], most: int | None
) -> tuple[AttachmentLine, ...]:
    rows = tenancy.session.execute(
        select(*_LISTED)
        .where(Attachment.school_id == actor.school_id, Attachment.removed_at.is_(None), which)
        .order_by(Attachment.id.desc())
        .limit(most)
    )
    return tuple(
        AttachmentLine(
            id=row.id,
            case_id=row.case_id,
            name=Attachment(id=row.id, name_enc=row.name_enc).name,
            kind=files.EXTENSIONS[row.media_type],
            size=row.size,
            purpose=words.ATTACHMENT_PURPOSES[row.purpose],
            participant_id=row.participant_id,
            author_id=row.author_id,
            added_at=row.created_at,
            may_remove=actor.person_id in (row.author_id, owners.get(row.case_id)),
        )
        for row in rows
    )


_LISTED = tuple(
    column
    for column in Attachment.__table__.c
    if column.name not in ("content_enc", "removed_by", "removed_at")
)


def _get(actor: Actor, case: Case, attachment_id: int) -> Attachment:
    row = access.get(actor, Attachment, attachment_id)
    if row.case_id != case.id or row.removed_at is not None:
        raise NotFound()
    return row


def _check_participant(actor: Actor, case: Case, participant_id: int) -> None:
    """NotFound unless the participant belongs to a conference of the case."""
    participant = access.get(actor, Participant, participant_id)
    if access.get(actor, Conference, participant.conference_id).case_id != case.id:
        raise NotFound()


def _check_room(actor: Actor, case: Case, size: int) -> None:
    # Two who add at once are counted one after the other.
    tenancy.session.refresh(case, with_for_update=True)
    count, taken = tenancy.session.execute(
        select(func.count(), func.coalesce(func.sum(Attachment.size), 0)).where(
            Attachment.school_id == actor.school_id,
            Attachment.case_id == case.id,
            Attachment.removed_at.is_(None),
        )
    ).one()
    if count >= MOST_FILES:
        raise Conflict(N_("A case keeps at most %(limit)s files. Remove one first."), limit=MOST_FILES)
    if taken + size > MOST_BYTES:
        limit = MOST_BYTES // 1024 // 1024
        raise Conflict(N_("The files of a case take at most %(limit)s MB. Remove one first."), limit=limit)
