"""Information that does not fit together: who says what, and whether it was clarified or left open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import minutes as rules
from webapp.domain.errors import N_, Invalid
from webapp.domain.minutes import Statement
from webapp.domain.permissions import Permission
from webapp.mail.clean import many_lines, one_line
from webapp.models.content import ConflictStatement, InformationConflict
from webapp.services import access, audit, conference_facts, content
from webapp.tenancy import Actor

MOST_STATEMENTS = 12


@dataclass(frozen=True)
class ConflictView:
    """One conflict of information as a page or the minutes show it."""

    id: int
    topic: str
    state: str
    clarification: str
    statements: tuple[Statement, ...]


def add(
    actor: Actor, conference_id: int, *, topic: str, statements: Sequence[Statement]
) -> InformationConflict:
    """Record a conflict: at least two statements, each with its source; unresolved at first.

    Asked of a team member who has signed, in the open meeting, after the description.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.CONTENT_WRITE)
    rules.check_can_write(held.conference.state, "discussion", signed="signed" in held.parts)
    rules.check_section_allowed("discussion", conference_facts.recorded_sections(actor, conference_id))
    if not topic.strip():
        raise Invalid(N_("Say what the statements are about."), field="topic")
    if len(statements) > MOST_STATEMENTS:
        raise Invalid(N_("At most %(most)s statements."), field="statements", most=MOST_STATEMENTS)
    rules.check_conflict_of_information(statements)
    row = InformationConflict(
        conference_id=conference_id, state="unresolved", created_at=actor.at, created_by=actor.person_id
    )
    row.topic = one_line(topic)
    tenancy.add(row)
    for statement in statements:
        said = ConflictStatement(conflict_id=row.id, conference_id=conference_id)
        said.source, said.statement = one_line(statement.source), many_lines(statement.text).strip()
        tenancy.add(said)
    audit.record(actor, "information_conflict.added", row, statements=len(statements))
    conference_facts.sync_steps(actor, held.conference)
    return row


def settle(actor: Actor, conflict_id: int, *, state: str, clarification: str = "") -> InformationConflict:
    """Clarify a conflict in words, leave it open, or take that back; an earlier clarification is kept."""
    row = access.get(actor, InformationConflict, conflict_id)
    held = conference_facts.hold(actor, row.conference_id, need=Permission.CONTENT_WRITE)
    rules.check_can_write(held.conference.state, "discussion", signed="signed" in held.parts)
    statements = next(c.statements for c in of_conference(actor, row.conference_id) if c.id == row.id)
    rules.check_conflict_of_information(statements, state=state, clarification=clarification)
    if row.clarification:
        content.keep_wording(
            actor, row.conference_id, f"conflict:{row.id}", text=row.clarification, version=1
        )
    row.state, row.clarification = state, many_lines(clarification).strip() or None
    audit.record(actor, "information_conflict.settled", row, state=state)
    conference_facts.sync_steps(actor, held.conference)
    return row


def of_conference(actor: Actor, conference_id: int) -> list[ConflictView]:
    """All conflicts of a conference as they were recorded; the policies hide them from the unsigned."""
    found = tenancy.session.execute(
        select(InformationConflict, ConflictStatement)
        .join(
            ConflictStatement,
            (ConflictStatement.school_id == InformationConflict.school_id)
            & (ConflictStatement.conflict_id == InformationConflict.id),
        )
        .where(
            InformationConflict.school_id == actor.school_id,
            InformationConflict.conference_id == conference_id,
        )
        .order_by(InformationConflict.id, ConflictStatement.id)
    ).all()
    said: dict[int, list[Statement]] = defaultdict(list)
    rows: dict[int, InformationConflict] = {}
    for row, statement in found:
        rows[row.id] = row
        said[row.id].append(Statement(statement.statement or "", statement.source or ""))
    return [
        ConflictView(row.id, row.topic or "", row.state, row.clarification or "", tuple(said[row.id]))
        for row in rows.values()
    ]
