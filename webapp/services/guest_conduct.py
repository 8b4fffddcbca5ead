"""What a guest's page shows of the conference once they have signed and entered a code."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.domain import minutes as rules
from webapp.domain import words
from webapp.domain.commitments import OPEN_STATES
from webapp.domain.errors import NotFound
from webapp.domain.vocabulary import Term
from webapp.services import (
    audit,
    conclusions,
    content,
    information_conflicts,
    minutes,
    promises,
)
from webapp.services.guest_view import Visit
from webapp.services.information_conflicts import ConflictView
from webapp.tenancy import Actor


@dataclass(frozen=True)
class GuestConduct:
    """Content while the conference is open; the guest's own tasks, word on the conclusion, documents."""

    student: tuple[str, ...]
    sections: tuple[tuple[Term, str], ...]
    conflicts: tuple[ConflictView, ...]
    roles: tuple[promises.TaskView, ...]
    goals: tuple[promises.GoalView, ...]
    tasks: tuple[promises.TaskView, ...]
    opinion: Term | None
    reservation: str
    may_give_opinion: bool
    sheets: tuple[minutes.Sheet, ...]

    @property
    def is_readable(self) -> bool:
        """Whether content is open to guests now."""
        return bool(self.student)


def view(actor: Actor, visit: Visit) -> GuestConduct:
    """Everything for the guest's page; NotFound without a code entered or without a signature."""
    own, conference = visit.own, visit.conference
    if own.id != actor.participant_id or own.signed_at is None or not actor.verified:
        raise NotFound()
    tasks, goals = promises.of_conference(actor, conference.id, check_ins=False, reports=True)
    mine = tuple(task for task in tasks if task.participant_id == own.id)
    sheets = tuple(minutes.guest_sheets(actor, conference, own))
    if not rules.content_open_to_guests(conference.state):
        return GuestConduct((), (), (), (), (), mine, None, "", False, sheets)
    audit.record(actor, "content.read", conference, page="guest")
    texts = content.sections(actor, conference.id)
    reserved = conclusions.reservations(actor, conference.id) if own.opinion == "reservation" else {}
    return GuestConduct(
        student=tuple(texts[content.STUDENT_SECTION].text.split("\n")),
        sections=tuple(
            (words.CONTENT_SECTIONS[key], texts[key].text)
            for key in words.CONTENT_SECTIONS.keys
            if texts[key].text
        ),
        conflicts=tuple(information_conflicts.of_conference(actor, conference.id)),
        roles=tuple(task for task in tasks if task.state in OPEN_STATES or task.state == "done"),
        goals=tuple(goals),
        tasks=mine,
        opinion=words.OPINIONS[own.opinion] if own.opinion else None,
        reservation=reserved.get(own.id, ""),
        may_give_opinion=conference.state == "concluded" and own.attendance == "present",
        sheets=sheets,
    )
