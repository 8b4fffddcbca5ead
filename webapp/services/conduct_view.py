"""What the pages of the meeting and of its monitoring show, to those who may read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from webapp.domain import commitments as promise_rules
from webapp.domain import minutes as rules
from webapp.domain import words
from webapp.domain.conferences import HELD_STATES, is_locked
from webapp.domain.errors import Conflict
from webapp.domain.permissions import Permission
from webapp.models.conferences import Conference
from webapp.services import (
    access,
    audit,
    conference_facts,
    conference_frame,
    content,
    information_conflicts,
    participants,
    promises,
)
from webapp.services.conference_frame import Frame, Person, Section
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Standing:
    """How far meeting and monitoring are, in numbers, for the conference's own page."""

    sections: int
    tasks: int
    open_tasks: int
    open_goals: int


@dataclass(frozen=True)
class Conduct:
    """The meeting: who is there, what is said, who takes which task."""

    frame: Frame
    student: tuple[str, ...]
    people: tuple[Person, ...]
    sections: tuple[Section, ...]
    conflicts: tuple[information_conflicts.ConflictView, ...]
    tasks: tuple[promises.TaskView, ...]
    goals: tuple[promises.GoalView, ...]
    missing: tuple[Conflict, ...]
    check_ins: dict[str, date]


@dataclass(frozen=True)
class Monitoring:
    """Promises and behaviours until all are done or waived. `tasks` are all for the team, else one's own."""

    frame: Frame
    tasks: tuple[promises.TaskView, ...]
    goals: tuple[promises.GoalView, ...]
    missing: tuple[Conflict, ...]
    own_id: int | None


def view(actor: Actor, conference: Conference) -> Standing:
    """The numbers of a conference for a reader who has signed; nothing of what is said."""
    facts = conference_facts.gather(actor, conference, people=(), signed=())
    return Standing(len(facts.recorded_sections), facts.tasks, facts.open_commitments, facts.open_goals)


def conduct(actor: Actor, conference_id: int) -> Conduct:
    """The meeting's page, for those who have signed; the reading is recorded.

    Before the opening only the case team reads: it prepares the description.
    """
    conference, parts = conference_frame.find(actor, conference_id)
    access.require_part(actor, Permission.CONTENT_READ, parts)
    rows = participants.of(actor, conference.id)
    texts = content.sections(actor, conference.id)
    conflicts = information_conflicts.of_conference(actor, conference.id)
    tasks, goals = promises.of_conference(actor, conference.id)
    audit.record(actor, "content.read", conference, page="conduct")
    facts = rules.ConferenceFacts(
        state=conference.state,
        recorded_sections=content.recorded_of(texts),
        present=conference_facts.present_of(rows),
        unresolved_conflicts=sum(conflict.state == "unresolved" for conflict in conflicts),
        tasks=sum(task.state not in ("declined", "waived") for task in tasks),
    )
    may = _conduct_acts(conference, parts)
    return Conduct(
        frame=conference_frame.frame(actor, conference, parts, may),
        student=tuple(texts[content.STUDENT_SECTION].text.split("\n")),
        people=conference_frame.persons(actor, rows),
        sections=conference_frame.sections_of(texts, rows, words.CONTENT_SECTIONS.keys),
        conflicts=tuple(conflicts),
        tasks=tuple(tasks),
        goals=tuple(goals),
        missing=tuple(rules.missing_to_conclude(facts)) if conference.state == "open" else (),
        check_ins=promise_rules.suggested_check_ins(actor.today),
    )


def monitoring(actor: Actor, conference_id: int) -> Monitoring:
    """The monitoring page, for the case team (everything) and for participants (their own tasks)."""
    conference, parts = conference_frame.find(actor, conference_id)
    part = (parts & {"team"}) | ({"own"} if "participant" in parts else set())
    access.require_part(actor, Permission.COMMITMENT_READ, part)
    own = access.own_participant(actor, conference.id)
    goals: Sequence[promises.GoalView] = ()
    missing: list[Conflict] = []
    if "team" in parts:
        tasks, goals = promises.of_conference(
            actor, conference.id, reports=True, observations=True, escalations=True
        )
        facts = rules.ConferenceFacts(
            state=conference.state,
            open_commitments=sum(task.is_open for task in tasks),
            open_goals=sum(goal.state in promise_rules.OPEN_GOAL_STATES for goal in goals),
        )
        missing = rules.missing_to_complete(facts) if conference.state == "monitoring" else []
        audit.record(actor, "commitments.read", conference)
    else:
        tasks = promises.own_tasks(actor, conference.id)
    may = set()
    if conference.state in HELD_STATES - {"completed"}:
        may = {"report"} | ({"manage"} if "team" in parts else set())
    if conference.state == "monitoring" and "team" in parts and not missing:
        may.add("complete")
    return Monitoring(
        frame=conference_frame.frame(actor, conference, parts, may),
        tasks=tuple(tasks),
        goals=tuple(goals),
        missing=tuple(missing),
        own_id=None if own is None else own.id,
    )


# --- inside ---------------------------------------------------------------------------------------


def _conduct_acts(conference: Conference, parts: set[str]) -> set[str]:
    state, writes = conference.state, "signed_team" in parts
    acts: set[str] = set()
    if writes and not is_locked(state) and state != "concluded":
        acts.add("write")
    if writes and state == "invited":
        acts.add("open")
    if writes and state == "open":
        acts |= {"discuss", "conclude"}
    if "team" in parts and state == "open":
        acts.add("attendance")
    if "team" in parts and state in ("invited", "open", "concluded"):
        acts.add("sign_on_behalf")
    return acts
