"""The student card: who the student is, all of the student's cases and what happened in them, in one place.

Of a case on whose team the reader is the card tells everything; of another, what the register tells; of one
that the reader is shut out of, nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from webapp import tenancy
from webapp.domain.permissions import Permission, allows
from webapp.models.cases import Case
from webapp.services import (
    access,
    attachments,
    audit,
    case_page,
    case_register,
    case_runs,
    case_timeline,
    people,
    students,
)
from webapp.services.attachments import AttachmentLine
from webapp.services.case_page import BehaviourLine, DocumentLine, PromiseLine
from webapp.services.case_register import RegisterRow
from webapp.services.case_runs import ActivityLine
from webapp.services.case_timeline import Place, Timeline
from webapp.services.students import StudentRecord
from webapp.tenancy import Actor

MOST_LINES = 20
"""Promises, behaviours and files on the card; the pages of the cases hold all of them."""


@dataclass(frozen=True)
class History:
    """What is known of a student's cases; `cases` holds those of the register by id, the newest first."""

    cases: dict[int, RegisterRow]
    timeline: Timeline
    names: dict[int, str]
    activities: tuple[ActivityLine, ...] = ()
    promises: tuple[PromiseLine, ...] = ()
    behaviours: tuple[BehaviourLine, ...] = ()
    documents: tuple[DocumentLine, ...] = ()
    files: tuple[AttachmentLine, ...] = ()

    @property
    def opens_any(self) -> bool:
        """Whether the reader is on the team of any of the cases."""
        return any(case.on_team for case in self.cases.values())


@dataclass(frozen=True)
class StudentCard:
    """Everything on the card; `history` is None for those who keep the roster and know of no case."""

    student: StudentRecord
    history: History | None


def card(actor: Actor, student_id: int, *, kind: str = "", before: Place | None = None) -> StudentCard:
    """The card of a student with one page of the chronology (of one kind, when given); the reading is
    recorded."""
    # Held here, so that the services below find it; and what they record is written in one go at the end.
    student = access.get_student(actor, student_id, need=Permission.GUARDIAN_MANAGE)
    with tenancy.session.no_autoflush:
        record = students.record(actor, student.id)
        knows_cases = allows(Permission.STUDENT_CARD, roles=actor.roles)
        return StudentCard(
            record, history(actor, student.id, kind=kind, before=before) if knows_cases else None
        )


def history(actor: Actor, student_id: int, *, kind: str = "", before: Place | None = None) -> History:
    """The cases of a student with one page of their chronology; recorded for each case that it opens."""
    cases = {case.id: case for case in case_register.for_student(actor, student_id)}
    opened = [case_id for case_id, case in cases.items() if case.on_team]
    for case_id in opened:
        audit.record(actor, "case.read", Case(id=case_id), part="student_card")
    known = [case_id for case_id, case in cases.items() if not case.on_team]
    timeline = case_timeline.read(actor, opened, known_ids=known, kind=kind, before=before)
    if not opened:
        return History(cases, timeline, {})
    files = attachments.of_cases(actor, {one: cases[one].owner_id for one in opened}, most=MOST_LINES)
    named = case_timeline.people_in(timeline.entries) | {line.author_id for line in files}
    return History(
        cases,
        timeline,
        people.display_names(actor, named),
        activities=case_runs.of_cases(actor, opened),
        promises=case_page.promises(actor, opened, most=MOST_LINES),
        behaviours=case_page.behaviours(actor, opened, most=MOST_LINES),
        documents=case_page.documents(actor, opened),
        files=files,
    )
