"""What the page of one case shows, as plain data; every reading is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from webapp import tenancy
from webapp.domain import commitments as promise_rules
from webapp.domain.permissions import Permission
from webapp.domain.vocabulary import Term
from webapp.models.background import Report
from webapp.models.cases import Case, CaseMember
from webapp.models.commitments import BehaviourGoal, Commitment, Observation
from webapp.models.conferences import Participant
from webapp.models.identity import User
from webapp.models.students import Student
from webapp.reports.data import DOCUMENTS
from webapp.services import (
    access,
    attachments,
    audit,
    case_links,
    case_runs,
    case_timeline,
    letters,
    people,
    reports,
    suspicions,
)
from webapp.services.attachments import AttachmentLine
from webapp.services.case_links import LinkedCase
from webapp.services.case_runs import ActivityLine
from webapp.services.case_timeline import Place, Timeline
from webapp.tenancy import Actor

MOST_DOCUMENTS = 50


@dataclass(frozen=True)
class CaseHead:
    """What stands at the top of every page of a case."""

    id: int
    number: str
    student_id: int
    student: str
    class_name: str | None
    field: str
    kinds: tuple[str, ...]
    source: str
    severity: str
    status: str
    summary: str
    owner_id: int
    owner: str
    opened_on: date
    closed_on: date | None

    @property
    def is_closed(self) -> bool:
        return self.status == "closed"


@dataclass(frozen=True)
class PromiseLine:
    """Who promised what, by when; `due` is a key of DUE_CLASSES while the promise is open."""

    id: int
    case_id: int
    activity_id: int
    who: str
    what: str
    due_on: date
    state: str
    due: str | None


@dataclass(frozen=True)
class BehaviourLine:
    """A behaviour that is watched, and its course: (day, value from 1 to 5), oldest first."""

    id: int
    case_id: int
    behaviour: str
    state: str
    watch_until_on: date | None
    course: tuple[tuple[date, int], ...]


@dataclass(frozen=True)
class DocumentLine:
    """A document of the case: being made, or ready."""

    id: int
    case_id: int
    title: Term
    state: str
    requested_at: datetime
    finished_at: datetime | None
    has_docx: bool
    is_void: bool


@dataclass(frozen=True)
class CasePage:
    """Everything on the page of one case."""

    head: CaseHead
    team: tuple[str, ...]
    timeline: Timeline
    names: dict[int, str]
    activities: tuple[ActivityLine, ...]
    promises: tuple[PromiseLine, ...]
    behaviours: tuple[BehaviourLine, ...]
    documents: tuple[DocumentLine, ...]
    files: tuple[AttachmentLine, ...]
    links: tuple[LinkedCase, ...]
    next_on: date | None
    is_suspected: bool


def head(actor: Actor, case_id: int, *, part: str) -> CaseHead:
    """The head of a page about one side of a case (its team, its status); the reading is recorded."""
    case = access.get_case(actor, case_id, need=Permission.CASE_READ)
    audit.record(actor, "case.read", case, part=part)
    return _head(actor, case, people.display_names(actor, [case.owner_id]))


def page(actor: Actor, case_id: int, *, kind: str = "", before: Place | None = None) -> CasePage:
    """The page of a case for its team: one page of the timeline (of one kind, when given) and the rest."""
    case = access.get_case(actor, case_id, need=Permission.CASE_READ)
    audit.record(actor, "case.read", case, part="page")
    promise_lines = promises(actor, [case.id])
    timeline = case_timeline.read(actor, [case.id], kind=kind, before=before)
    files = attachments.of_cases(actor, {case.id: case.owner_id})
    named = {case.owner_id, *(line.author_id for line in files)} | case_timeline.people_in(timeline.entries)
    names, members = _people(actor, case, named)
    activities = case_runs.of_cases(actor, [case.id])
    return CasePage(
        head=_head(actor, case, names),
        team=tuple(names.get(user_id, "") for user_id in members if user_id != case.owner_id),
        timeline=timeline,
        names=names,
        activities=activities,
        promises=promise_lines,
        behaviours=behaviours(actor, [case.id]),
        documents=documents(actor, [case.id]),
        files=files,
        links=case_links.of_case(actor, case.id),
        next_on=_next_on(actor, activities, promise_lines),
        is_suspected=suspicions.of(actor, case),
    )


def _people(actor: Actor, case: Case, named: set[int]) -> tuple[dict[int, str], list[int]]:
    """Names of these people and of the team, and who is on it in the order in which they came."""
    place = CaseMember
    on_team = (
        (place.school_id == actor.school_id)
        & (place.case_id == case.id)
        & (place.user_id == User.id)
        & place.removed_at.is_(None)
    )
    rows = tenancy.session.execute(
        select(User.id, User.name, place.id)
        .outerjoin(place, on_team)
        .where(User.id.in_(named) | place.id.is_not(None))
        .order_by(place.added_at, place.id)
    ).all()
    names = {user_id: name for user_id, name, _ in rows}
    return names, [user_id for user_id, _, place_id in rows if place_id is not None]


def _head(actor: Actor, case: Case, names: dict[int, str]) -> CaseHead:
    student, class_name = tenancy.session.execute(
        select(Student.name, Student.class_name).where(
            Student.school_id == actor.school_id, Student.id == case.student_id
        )
    ).one()
    return CaseHead(
        id=case.id,
        number=case.number,
        student_id=case.student_id,
        student=student,
        class_name=class_name,
        field=case.field,
        kinds=tuple(case.kinds),
        source=case.source,
        severity=case.severity,
        status=case.status,
        summary=case.summary or "",
        owner_id=case.owner_id,
        owner=names.get(case.owner_id, ""),
        opened_on=case.opened_on,
        closed_on=case.closed_on,
    )


def promises(actor: Actor, case_ids: Sequence[int], *, most: int | None = None) -> tuple[PromiseLine, ...]:
    """The promises of some cases that the actor may read, the open ones first, by their day."""
    rows = tenancy.session.execute(
        select(Commitment, Participant)
        .outerjoin(
            Participant,
            (Participant.school_id == Commitment.school_id) & (Participant.id == Commitment.participant_id),
        )
        .where(Commitment.school_id == actor.school_id, Commitment.case_id.in_(case_ids))
        .order_by(Commitment.state.not_in(promise_rules.OPEN_STATES), Commitment.due_on, Commitment.id)
        .limit(most)
    )
    return tuple(
        PromiseLine(
            id=promise.id,
            case_id=promise.case_id,
            activity_id=promise.activity_id,
            who=(who.name if who is not None else promise.who) or "",
            what=promise.what or "",
            due_on=promise.due_on,
            state=promise.state,
            due=promise_rules.due_class(promise.due_on, actor.today)
            if promise.state in promise_rules.OPEN_STATES
            else None,
        )
        for promise, who in rows
    )


def behaviours(
    actor: Actor, case_ids: Sequence[int], *, most: int | None = None
) -> tuple[BehaviourLine, ...]:
    """The behaviours of some cases that the actor may read (the latest `most`), in the order in which they
    were agreed on."""

    def collected(column):
        in_order = aggregate_order_by(column, Observation.observed_on, Observation.id)
        return (
            select(func.array_agg(in_order))
            .where(Observation.school_id == BehaviourGoal.school_id, Observation.goal_id == BehaviourGoal.id)
            .correlate(BehaviourGoal)
            .scalar_subquery()
        )

    rows = tenancy.session.execute(
        select(BehaviourGoal, collected(Observation.score), collected(Observation.observed_on))
        .where(BehaviourGoal.school_id == actor.school_id, BehaviourGoal.case_id.in_(case_ids))
        .order_by(BehaviourGoal.id.desc())
        .limit(most)
    ).all()
    return tuple(
        BehaviourLine(
            id=goal.id,
            case_id=goal.case_id,
            behaviour=goal.behaviour or "",
            state=goal.state,
            watch_until_on=goal.watch_until_on,
            course=tuple(zip(days or (), scores or (), strict=True)),
        )
        for goal, scores, days in reversed(rows)
    )


def documents(actor: Actor, case_ids: Sequence[int]) -> tuple[DocumentLine, ...]:
    """The latest documents of some cases that the actor may read, the newest first."""
    columns = (
        Report.id,
        Report.case_id,
        Report.kind,
        Report.state,
        Report.requested_at,
        Report.finished_at,
        reports.HAS_DOCX,
        letters.IS_VOID,
    )
    rows: Any = tenancy.session.execute(
        select(*columns)
        .where(Report.school_id == actor.school_id, Report.case_id.in_(case_ids))
        .order_by(Report.id.desc())
        .limit(MOST_DOCUMENTS)
    )
    return tuple(
        DocumentLine(row_id, case_id, DOCUMENTS[kind].title, *rest)
        for row_id, case_id, kind, *rest in rows
        if case_id is not None
    )


def _next_on(
    actor: Actor, activities: tuple[ActivityLine, ...], promise_lines: tuple[PromiseLine, ...]
) -> date | None:
    """The next day on which something of the case is planned or due."""
    meetings = [
        line.starts_at for line in activities if line.state == "active" and line.starts_at is not None
    ]
    days = [actor.seen_at(at).today for at in meetings if at >= actor.at]
    days += [line.due_on for line in promise_lines if line.due is not None and line.due_on >= actor.today]
    return min(days, default=None)
