"""The list of conferences that one may see, paged by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from webapp import tenancy
from webapp.domain import words
from webapp.domain.errors import N_, Invalid
from webapp.domain.permissions import Permission, allows
from webapp.domain.vocabulary import Term
from webapp.models.cases import Case, CaseMember
from webapp.models.conferences import Conference, Participant
from webapp.services import access
from webapp.tenancy import Actor

PAGE_SIZE = 25
KINDS: dict[str, tuple[str, ...]] = {
    "upcoming": ("approved", "invited", "open"),
    "waiting": ("draft", "requested", "returned"),
    "past": ("concluded", "monitoring", "completed", "cancelled"),
}


@dataclass(frozen=True)
class Line:
    """One conference of the list; `case_number` is None for those who do not read the register."""

    id: int
    state: Term
    starts_at: datetime | None
    ends_at: datetime | None
    place: str | None
    case_number: str | None
    asked: int
    coming: int
    unanswered: int
    own_answer: Term | None


@dataclass(frozen=True)
class Page:
    """Lines of one kind, how many each kind has, and the key at which the next page begins."""

    kind: str
    lines: tuple[Line, ...]
    counts: dict[str, int]
    next_key: str | None


def page(actor: Actor, *, kind: str = "upcoming", after: str | None = None) -> Page:
    """One page of upcoming (soonest first), waiting or past conferences (newest first).

    after: `next_key` of the page before. Invalid for an unknown kind or key.
    """
    access.require(actor, Permission.SCHOOL_HOME)
    if kind not in KINDS:
        raise Invalid(N_("There is no such list."))
    visible = [Conference.school_id == actor.school_id, open_to(actor)]
    statement = (
        select(Conference, Case.number)
        .outerjoin(Case, and_(Case.school_id == Conference.school_id, Case.id == Conference.case_id))
        .where(*visible, Conference.state.in_(KINDS[kind]))
        .limit(PAGE_SIZE + 1)
    )
    if kind == "upcoming":
        statement = statement.order_by(Conference.starts_at, Conference.id)
    else:
        statement = statement.order_by(Conference.id.desc())
    if after:
        statement = statement.where(_beyond(kind, after))
    rows = tenancy.session.execute(statement).all()
    shown = rows[:PAGE_SIZE]
    reads_register = allows(Permission.CASE_REGISTER, roles=actor.roles)
    people = _answers(actor, [row.Conference.id for row in shown])
    totals = tenancy.session.execute(
        select(Conference.state, func.count()).where(*visible).group_by(Conference.state)
    )
    by_state = {state: count for state, count in totals}
    return Page(
        kind=kind,
        lines=tuple(
            _line(
                row.Conference,
                row.number if reads_register else None,
                people.get(row.Conference.id, []),
                actor,
            )
            for row in shown
        ),
        counts={name: sum(by_state.get(state, 0) for state in states) for name, states in KINDS.items()},
        next_key=_key(kind, shown[-1].Conference) if len(rows) > PAGE_SIZE else None,
    )


def open_to(actor: Actor) -> ColumnElement[bool]:
    """Conferences that the actor may know of, besides what the policies hide."""
    # The policies hide what is foreign; those proposed as participants besides wait for the approval.
    if allows(Permission.CONFERENCE_LOGISTICS, roles=actor.roles):
        return Conference.school_id == actor.school_id
    team = select(CaseMember.case_id).where(
        CaseMember.school_id == actor.school_id,
        CaseMember.user_id == actor.person_id,
        CaseMember.removed_at.is_(None),
    )
    return or_(
        Conference.approved_at.is_not(None),
        Conference.approver_id == actor.person_id,
        Conference.case_id.in_(team),
    )


def _answers(actor: Actor, conference_ids: list[int]) -> dict[int, list[tuple[str, int | None]]]:
    found: dict[int, list[tuple[str, int | None]]] = {}
    rows = tenancy.session.execute(
        select(Participant.conference_id, Participant.answer, Participant.user_id).where(
            Participant.school_id == actor.school_id,
            Participant.conference_id.in_(conference_ids),
            Participant.removed_at.is_(None),
        )
    )
    for conference_id, answer, user_id in rows:
        found.setdefault(conference_id, []).append((answer, user_id))
    return found


def _line(
    conference: Conference, case_number: str | None, people: list[tuple[str, int | None]], actor: Actor
) -> Line:
    own = next(
        (answer for answer, user_id in people if user_id is not None and user_id == actor.person_id), None
    )
    return Line(
        id=conference.id,
        state=words.CONFERENCE_STATES[conference.state],
        starts_at=conference.starts_at,
        ends_at=conference.ends_at,
        place=conference.place,
        case_number=case_number,
        asked=len(people),
        coming=sum(answer == "yes" for answer, _ in people),
        unanswered=sum(answer == "pending" for answer, _ in people),
        own_answer=None if own is None else words.ANSWERS[own],
    )


def _key(kind: str, conference: Conference) -> str:
    if kind == "upcoming" and conference.starts_at is not None:
        return f"{conference.starts_at.timestamp():.0f}-{conference.id}"
    return str(conference.id)


def _beyond(kind: str, after: str):
    first, _, second = after.partition("-")
    if not first.isdigit() or len(after) > 60 or (kind == "upcoming") != second.isdigit():
        raise Invalid(N_("There is no such list."))
    if kind != "upcoming":
        return Conference.id < int(first)
    starts_at = func.to_timestamp(int(first))
    return or_(
        Conference.starts_at > starts_at, and_(Conference.starts_at == starts_at, Conference.id > int(second))
    )
