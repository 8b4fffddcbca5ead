"""What goes along with a student, collected as the person who sends it; and how it is packed.

The record is JSON: {"student", "guardians", "basis", "cases": [{…, "notes", "promises", "files"}]}; days are
ISO dates, files stand in it as base64.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from webapp import tenancy
from webapp.domain import transfers as rules
from webapp.domain.commitments import OPEN_STATES
from webapp.domain.errors import N_, Invalid
from webapp.domain.permissions import Permission
from webapp.domain.transfers import CaseChoice, Choice
from webapp.models.cases import Case, CaseNote
from webapp.models.commitments import Commitment
from webapp.models.conferences import Participant
from webapp.models.students import Student
from webapp.services import access, attachments, audit, documents, guardians, people
from webapp.tenancy import Actor

Record = dict[str, Any]

_KIND_OF_PART = {"facts": "fact", "impressions": "impression"}


def collect(actor: Actor, student: Student, choice: Choice, *, basis: Record) -> Record:
    """Everything chosen, as it stands now. NotFound for a case on whose team the actor is not; Invalid when
    the files are too large together. Every reading is recorded."""
    record: Record = {
        "student": _identity(student),
        "guardians": [
            {
                "relation": one.relation,
                "name": one.name,
                "occupation": one.occupation,
                "email": one.email,
                "phone": one.phone,
                "do_not_contact": one.do_not_contact,
                "reason": one.reason,
            }
            for one in guardians.of_student(actor, student.id)
            # Whom nobody may contact goes along whatever was chosen: the next list brings that person's name.
            if choice.guardians or one.do_not_contact
        ],
        "basis": basis,
        "cases": [_case(actor, student, chosen) for chosen in choice.cases],
    }
    size = sum(file["size"] for case in record["cases"] for file in case["files"])
    if size > rules.MOST_BYTES:
        limit = rules.MOST_BYTES // 1024 // 1024
        raise Invalid(
            N_("The documents and files take more than %(limit)s MB. Choose fewer."),
            field="cases",
            limit=limit,
        )
    return record


def packed(record: Record) -> bytes:
    """The record as bytes, to be sealed."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def opened(package: bytes) -> Record:
    """What `packed` made of a record."""
    record: Record = json.loads(package)
    return record


def _identity(student: Student) -> Record:
    # Class and NIPD belong to the school that is left.
    return {
        "name": student.name,
        "nisn": student.nisn,
        "sex": student.sex,
        "birth_on": student.birth_on.isoformat() if student.birth_on else None,
        "details": student.details or {},
    }


def _case(actor: Actor, student: Student, chosen: CaseChoice) -> Record:
    case = access.get_case(actor, chosen.case_id, need=Permission.CASE_READ)
    if case.student_id != student.id:
        raise Invalid(N_("This case is about another student."), field="cases")
    audit.record(actor, "case.sent", case, parts=",".join(chosen.parts))
    return {
        "number": case.number,
        "field": case.field,
        "kinds": list(case.kinds),
        "source": case.source,
        "severity": case.severity,
        "closed": case.status == "closed",
        "opened_on": case.opened_on.isoformat(),
        "closed_on": case.closed_on.isoformat() if case.closed_on else None,
        "summary": case.summary if "summary" in chosen.parts else None,
        "notes": _notes(actor, case, [kind for part, kind in _KIND_OF_PART.items() if part in chosen.parts]),
        "promises": _promises(actor, case) if "promises" in chosen.parts else [],
        "files": [*_documents(actor, case, chosen), *_files(actor, case, chosen)],
    }


def _notes(actor: Actor, case: Case, kinds: Sequence[str]) -> list[Record]:
    """The newest wording of each note of these kinds, the oldest first."""
    if not kinds:
        return []
    later = aliased(CaseNote)
    is_corrected = select(later.id).where(
        later.school_id == CaseNote.school_id, later.corrects_id == CaseNote.id
    )
    rows = tenancy.session.scalars(
        select(CaseNote)
        .where(
            CaseNote.school_id == actor.school_id,
            CaseNote.case_id == case.id,
            CaseNote.kind.in_(kinds),
            ~is_corrected.exists(),
        )
        .order_by(CaseNote.happened_on, CaseNote.id)
    ).all()
    names = people.display_names(actor, {row.author_id for row in rows})
    return [
        {
            "kind": row.kind,
            "body": row.body,
            "happened_on": row.happened_on.isoformat(),
            "author": names.get(row.author_id, ""),
        }
        for row in rows
    ]


def _promises(actor: Actor, case: Case) -> list[Record]:
    rows = tenancy.session.execute(
        select(Commitment, Participant)
        .outerjoin(
            Participant,
            (Participant.school_id == Commitment.school_id) & (Participant.id == Commitment.participant_id),
        )
        .where(
            Commitment.school_id == actor.school_id,
            Commitment.case_id == case.id,
            Commitment.state.in_(OPEN_STATES),
        )
        .order_by(Commitment.due_on, Commitment.id)
    )
    return [
        {
            "who": (promise.who if who is None else who.name) or "",
            "what": promise.what or "",
            "due_on": promise.due_on.isoformat(),
        }
        for promise, who in rows
    ]


def _documents(actor: Actor, case: Case, chosen: CaseChoice) -> list[Record]:
    found = []
    for report_id in chosen.documents:
        if documents.get_document(actor, report_id).case_id != case.id:
            raise Invalid(N_("This document belongs to another case."), field="cases")
        document = documents.open_document(actor, report_id)
        found.append(_file(document.file_name, document.media_type, document.content))
    return found


def _files(actor: Actor, case: Case, chosen: CaseChoice) -> list[Record]:
    opened_files = (attachments.open_file(actor, case.id, file_id) for file_id in chosen.files)
    return [_file(file.name, file.media_type, file.content) for file in opened_files]


def _file(name: str, media_type: str, content: bytes) -> Record:
    return {
        "name": name,
        "media_type": media_type,
        "size": len(content),
        "content": b64encode(content).decode(),
    }
