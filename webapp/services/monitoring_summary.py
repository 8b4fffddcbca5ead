"""What others than the team read of monitoring: counts, and for principals whose promises are overdue; never
what was promised. Homeroom teachers read the counts of their own classes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select, text

from webapp import tenancy
from webapp.domain import commitments as rules
from webapp.domain.permissions import Permission
from webapp.models.cases import Case
from webapp.models.commitments import Commitment
from webapp.models.conferences import Participant
from webapp.services import access
from webapp.services.monitoring import DUE, MOST
from webapp.tenancy import Actor


@dataclass(frozen=True)
class OverdueLine:
    """That a promise is overdue, and whose; never what it is."""

    case_number: str
    who: str
    due_on: date


@dataclass(frozen=True)
class Summary:
    """Open promises of the whole school: how many of each DUE section, and whose are overdue."""

    counts: dict[str, int]
    overdue: tuple[OverdueLine, ...]
    is_cut: bool


@dataclass(frozen=True)
class ClassLine:
    """The open cases of one own class, as counts: promises, those overdue, behaviours that are watched."""

    class_name: str
    open_promises: int
    overdue: int
    watched: int


def of_own_classes(actor: Actor) -> tuple[ClassLine, ...]:
    """A line for each class whose homeroom teacher the actor is this school year; nothing of any other."""
    access.require(actor, Permission.MONITORING_SUMMARY)
    rows = tenancy.session.execute(
        text("SELECT class_name, open_promises, overdue, watched FROM app_class_monitoring()")
    )
    return tuple(ClassLine(*row) for row in rows)


def summary(actor: Actor) -> Summary | None:
    """The summary for a principal; None for whoever does not read it."""
    access.require(actor, Permission.MONITORING_SUMMARY)
    if not actor.has_role("principal"):
        return None
    rows = tenancy.session.execute(
        select(Commitment, Case.number, Participant)
        .join(Case, and_(Case.school_id == Commitment.school_id, Case.id == Commitment.case_id))
        .outerjoin(
            Participant,
            and_(Participant.school_id == Commitment.school_id, Participant.id == Commitment.participant_id),
        )
        .where(
            Commitment.school_id == actor.school_id,
            Commitment.state.in_(rules.OPEN_STATES),
            Case.status != "closed",
        )
        .order_by(Commitment.due_on, Commitment.id)
    ).all()
    counts = dict.fromkeys(DUE, 0)
    for promise, _, _ in rows:
        counts[rules.due_class(promise.due_on, actor.today)] += 1
    late = rows[: counts["overdue"]]
    return Summary(
        counts,
        tuple(
            OverdueLine(number, (promise.who if person is None else person.name) or "", promise.due_on)
            for promise, number, person in late[:MOST]
        ),
        len(late) > MOST,
    )
