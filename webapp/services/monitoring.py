"""Which promises and behaviours are due: the team's board over all its cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select

from webapp import tenancy
from webapp.domain import commitments as rules
from webapp.domain.errors import N_, Conflict
from webapp.domain.permissions import Permission
from webapp.models.activities import Activity
from webapp.models.cases import Case
from webapp.models.commitments import BehaviourGoal, CheckIn, Commitment, CommitmentReport, Observation
from webapp.models.conferences import Conference, Participant
from webapp.services import access, audit
from webapp.services.attention import mine
from webapp.tenancy import Actor

DUE = ("overdue", "today", "this_week", "later")
SHOWN = ("open", *DUE, "reported")
KINDS = ("commitment", "goal")
NEWS = timedelta(days=14)
"""How long a report counts as new on the board."""
MOST = 100
"""So many things on one page; a filter finds the rest."""
_MOVABLE = ("open", "concluded", "monitoring")
_REPORTABLE = ("under_way", "stuck", "done")


@dataclass(frozen=True)
class CheckDay:
    """A day on which the counsellor looks, not yet done."""

    id: int
    due_on: date


@dataclass(frozen=True)
class Said:
    """One report on a promise; `is_news`: by somebody else, not long ago."""

    state: str
    note: str
    at: datetime
    channel: str
    is_news: bool


@dataclass(frozen=True)
class Item:
    """What a promise and a behaviour have in common: case, next day (its own or a check-in's), section."""

    id: int
    case_id: int
    case_number: str
    activity_id: int
    procedure: str
    text: str
    state: str
    next_on: date | None
    due: str
    check_ins: tuple[CheckDay, ...]


@dataclass(frozen=True)
class PromiseItem(Item):
    """A promise: who keeps it, and what was said of it, newest first. `reportable`: states that may be
    recorded on behalf now."""

    who: str
    relation: str
    phone: str | None
    due_on: date
    reports: tuple[Said, ...]
    reportable: tuple[str, ...]

    kind = "commitment"


@dataclass(frozen=True)
class GoalItem(Item):
    """A behaviour that is watched, with the observations of its course (day, value, note), oldest first."""

    watch_until_on: date | None
    course: tuple[tuple[date, int, str], ...]
    may_observe: bool

    kind = "goal"


@dataclass(frozen=True)
class Board:
    """Sections that are shown, with their items; `counts` over everything, whatever is shown."""

    sections: tuple[tuple[str, tuple[PromiseItem | GoalItem, ...]], ...]
    counts: dict[str, int]
    cases: tuple[tuple[int, str], ...]
    is_cut: bool

    @property
    def is_empty(self) -> bool:
        return not any(items for _, items in self.sections)


def board(
    actor: Actor, *, show: str = "open", case_id: int | None = None, kind: str = "", most: int | None = MOST
) -> Board:
    """Promises and behaviours of the open cases of whose team the actor is. Unknown filters filter nothing.

    show: one of SHOWN; kind: commitment or goal; most: so many of each section, None for all.
    """
    access.require(actor, Permission.MONITORING_READ)
    checks = _open_checks(actor)
    items: list[PromiseItem | GoalItem] = [*_promises(actor, checks), *_goals(actor, checks)]
    items.sort(key=lambda item: (item.next_on or date.max, item.case_number, item.id))
    audit.record(actor, "monitoring.read", count=len(items))
    found = [
        item for item in items if case_id in (None, item.case_id) and (kind not in KINDS or item.kind == kind)
    ]
    by_section: dict[str, list[PromiseItem | GoalItem]] = {
        key: [item for item in found if item.due == key] for key in DUE
    }
    news = [item for item in found if isinstance(item, PromiseItem) and _is_news(item)]
    news.sort(key=lambda item: item.reports[0].at, reverse=True)
    by_section["reported"] = [*news]
    keys = DUE if show not in SHOWN or show == "open" else (show,)
    counts = {key: len(by_section[key]) for key in (*DUE, "reported")}
    return Board(
        tuple((key, tuple(by_section[key][:most])) for key in keys if by_section[key]),
        counts | {"open": sum(counts[key] for key in DUE)},
        tuple(sorted({(item.case_id, item.case_number) for item in items}, key=lambda pair: pair[1])),
        any(len(by_section[key]) > len(by_section[key][:most]) for key in keys),
    )


def _is_news(item: PromiseItem) -> bool:
    return any(said.is_news for said in item.reports)


def finish_check_in(actor: Actor, check_in_id: int) -> CheckIn:
    """Say that one has looked; asked of the case team. Conflict when somebody has done so before."""
    row = access.get(actor, CheckIn, check_in_id)
    access.get_case(actor, row.case_id, need=Permission.OBSERVE)
    tenancy.session.refresh(row, with_for_update=True)
    if row.done_at is not None:
        raise Conflict(N_("This check-in is done already."))
    row.done_at, row.done_by = actor.at, actor.person_id
    audit.record(actor, "check_in.done", row)
    return row


# --- rows -------------------------------------------------------------------------------------------


def _same(table, school_id, row_id):
    return and_(table.school_id == school_id, table.id == row_id)


def _open_checks(actor: Actor) -> dict[int, tuple[CheckDay, ...]]:
    """Check-ins that are not done, by promise or behaviour, the earliest first."""
    rows = tenancy.session.scalars(
        select(CheckIn)
        .join(Case, and_(Case.school_id == CheckIn.school_id, Case.id == CheckIn.case_id))
        .where(*mine(actor), CheckIn.done_at.is_(None))
        .order_by(CheckIn.due_on, CheckIn.id)
    )
    found: dict[int, tuple[CheckDay, ...]] = {}
    for row in rows:
        subject_id = row.commitment_id or row.goal_id or 0
        found[subject_id] = (*found.get(subject_id, ()), CheckDay(row.id, row.due_on))
    return found


def _next(days: Iterable[date | None], today: date) -> tuple[date | None, str]:
    known = [day for day in days if day is not None]
    if not known:
        return None, "later"
    return min(known), rules.due_class(min(known), today)


def _promises(actor: Actor, checks: dict[int, tuple[CheckDay, ...]]) -> list[PromiseItem]:
    since = actor.at - NEWS
    news = select(CommitmentReport.commitment_id).where(
        CommitmentReport.school_id == actor.school_id,
        CommitmentReport.at > since,
        CommitmentReport.by_user_id.is_distinct_from(actor.person_id),
    )
    rows = tenancy.session.execute(
        select(Commitment, Participant, Case.number, Conference.state, Activity.procedure)
        .join(Case, and_(Case.school_id == Commitment.school_id, Case.id == Commitment.case_id))
        .join(Activity, _same(Activity, Commitment.school_id, Commitment.activity_id))
        .outerjoin(Participant, _same(Participant, Commitment.school_id, Commitment.participant_id))
        .outerjoin(Conference, _same(Conference, Participant.school_id, Participant.conference_id))
        .where(*mine(actor), or_(Commitment.state.in_(rules.OPEN_STATES), Commitment.id.in_(news)))
    ).all()
    reports = _reports(actor, [row.Commitment.id for row in rows], since)
    items = []
    for row, person, number, conference_state, procedure in rows:
        is_open = row.state in rules.OPEN_STATES
        days = checks.get(row.id, ()) if is_open else ()
        next_on, due = _next([row.due_on, *(check.due_on for check in days)], actor.today)
        items.append(
            PromiseItem(
                id=row.id,
                case_id=row.case_id,
                case_number=number,
                activity_id=row.activity_id,
                procedure=procedure,
                text=row.what or "",
                state=row.state,
                next_on=next_on if is_open else None,
                due=due if is_open else "ended",
                check_ins=days,
                who=(row.who if person is None else person.name) or "",
                relation=(row.relation if person is None else person.position) or "",
                phone=None if person is None else person.phone,
                due_on=row.due_on,
                reports=tuple(reports.get(row.id, ())),
                reportable=_reportable(row.state) if person is None or conference_state in _MOVABLE else (),
            )
        )
    return items


def _reportable(state: str) -> tuple[str, ...]:
    moves = rules.allowed_moves(state, by="counsellor")
    return tuple(target for target in _REPORTABLE if target == state or target in moves)


def _reports(actor: Actor, ids: Sequence[int], since: datetime) -> dict[int, list[Said]]:
    found: dict[int, list[Said]] = defaultdict(list)
    if not ids:
        return found
    rows = tenancy.session.scalars(
        select(CommitmentReport)
        .where(CommitmentReport.school_id == actor.school_id, CommitmentReport.commitment_id.in_(ids))
        .order_by(CommitmentReport.at.desc(), CommitmentReport.id.desc())
    )
    for row in rows:
        is_news = row.at > since and row.by_user_id != actor.person_id
        found[row.commitment_id].append(Said(row.state, row.note or "", row.at, row.channel, is_news))
    return found


def _goals(actor: Actor, checks: dict[int, tuple[CheckDay, ...]]) -> list[GoalItem]:
    rows = tenancy.session.execute(
        select(BehaviourGoal, Case.number, Conference.state, Activity.procedure)
        .join(Case, and_(Case.school_id == BehaviourGoal.school_id, Case.id == BehaviourGoal.case_id))
        .join(Activity, _same(Activity, BehaviourGoal.school_id, BehaviourGoal.activity_id))
        .outerjoin(Conference, _same(Conference, BehaviourGoal.school_id, BehaviourGoal.activity_id))
        .where(*mine(actor), BehaviourGoal.state.in_(rules.OPEN_GOAL_STATES))
    ).all()
    course = _course(actor, [row.BehaviourGoal.id for row in rows])
    items = []
    for row, number, conference_state, procedure in rows:
        days = checks.get(row.id, ())
        next_on, due = _next([check.due_on for check in days], actor.today)
        items.append(
            GoalItem(
                id=row.id,
                case_id=row.case_id,
                case_number=number,
                activity_id=row.activity_id,
                procedure=procedure,
                text=row.behaviour or "",
                state=row.state,
                next_on=next_on,
                due=due,
                check_ins=days,
                watch_until_on=row.watch_until_on,
                course=tuple(course.get(row.id, ())),
                may_observe=procedure != "conference" or conference_state in _MOVABLE,
            )
        )
    return items


def _course(actor: Actor, ids: Sequence[int]) -> dict[int, list[tuple[date, int, str]]]:
    found: dict[int, list[tuple[date, int, str]]] = defaultdict(list)
    if not ids:
        return found
    rows = tenancy.session.scalars(
        select(Observation)
        .where(Observation.school_id == actor.school_id, Observation.goal_id.in_(ids))
        .order_by(Observation.observed_on, Observation.id)
    )
    for row in rows:
        found[row.goal_id].append((row.observed_on, row.score, row.note or ""))
    return found
