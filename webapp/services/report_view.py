"""What the report's page shows: the conclusion, who stands by it, the signatures, the documents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import minutes as rules
from webapp.domain import words
from webapp.domain.errors import Conflict
from webapp.domain.minutes import SIGNED_OFF_STATES
from webapp.domain.permissions import Permission
from webapp.models.conferences import Conference, Participant
from webapp.models.content import SignOff
from webapp.models.identity import User
from webapp.services import (
    access,
    addenda,
    audit,
    conclusions,
    conference_facts,
    conference_frame,
    content,
    minutes,
    participants,
)
from webapp.services.conference_frame import Frame, Person, Section
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Signature:
    """A signature under the minutes."""

    name: str
    signed_at: datetime


@dataclass(frozen=True)
class ReportPage:
    """The conclusion, what each person present says of it, the signatures and the documents."""

    frame: Frame
    people: tuple[Person, ...]
    sections: tuple[Section, ...]
    reservations: dict[int, str]
    signatures: dict[str, Signature]
    sheets: tuple[minutes.Sheet, ...]
    missing: tuple[Conflict, ...]
    minutes_open_until: datetime | None
    addenda: tuple[addenda.AddendumView, ...] = ()
    waits_for_edition: bool = False


def report(actor: Actor, conference_id: int) -> ReportPage:
    """The report's page, for those who have signed, the team, and whoever signs as principal.

    One who has not signed the commitment sees who agreed and who signed, and no text.
    """
    conference, parts = conference_frame.find(actor, conference_id)
    access.require_part(actor, Permission.CONCLUSION_STANDING, parts)
    rows = participants.of(actor, conference.id)
    reads = "signed" in parts
    texts = content.sections(actor, conference.id) if reads else {}
    signed = _signatures(actor, conference)
    concluded = conference.state == "concluded"
    facts = _facts(actor, conference, rows, signed, texts if reads else None) if concluded else None
    if reads:
        audit.record(actor, "content.read", conference, page="report")
    sheets = minutes.sheets(actor, conference.id)
    added = addenda.of_conference(actor, conference) if conference.state in SIGNED_OFF_STATES else []
    may = _report_acts(actor, conference, parts, rows, signed, facts, sheets)
    return ReportPage(
        frame=conference_frame.frame(actor, conference, parts, may),
        people=conference_frame.persons(actor, rows),
        sections=conference_frame.sections_of(texts, rows, rules.CONCLUSION_SECTIONS) if reads else (),
        reservations=conclusions.reservations(actor, conference.id) if reads else {},
        signatures={part: signature for part, (signature, _) in signed.items()},
        sheets=tuple(sheets),
        missing=tuple(rules.missing_to_sign_off(facts)) if facts is not None else (),
        minutes_open_until=conference.minutes_open_until,
        addenda=tuple(added),
        waits_for_edition=any(row.countersigned_at for row in added)
        and not any(
            sheet.added == sum(row.countersigned_at is not None for row in added) for sheet in sheets
        ),
    )


def progress(actor: Actor, conference_id: int) -> list[minutes.Sheet]:
    """How far the documents of a conference are; for those who may open its report."""
    _, parts = conference_frame.find(actor, conference_id)
    access.require_part(actor, Permission.CONCLUSION_STANDING, parts)
    return minutes.sheets(actor, conference_id)


# --- inside ---------------------------------------------------------------------------------------


def _facts(
    actor: Actor,
    conference: Conference,
    rows: Sequence[Participant],
    signed: Collection[str],
    texts: dict[str, content.SectionText] | None,
) -> rules.ConferenceFacts:
    recorded = frozenset(words.CONTENT_SECTIONS.keys) if texts is None else content.recorded_of(texts)
    facts = conference_facts.gather(actor, conference, people=rows, signed=set(signed), sections=recorded)
    # What the reader may not see was complete when the meeting was concluded.
    return replace(facts, tasks=1, unresolved_conflicts=0) if texts is None else facts


def _signatures(actor: Actor, conference: Conference) -> dict[str, tuple[Signature, int]]:
    if conference.concluded_at is None:
        return {}
    rows = tenancy.session.execute(
        select(SignOff, User.name)
        .outerjoin(User, User.id == SignOff.user_id)
        .where(
            SignOff.school_id == actor.school_id,
            SignOff.conference_id == conference.id,
            SignOff.signed_at >= conference.concluded_at,
        )
    )
    return {row.part: (Signature(name or "", row.signed_at), row.user_id) for row, name in rows}


def _report_acts(
    actor: Actor,
    conference: Conference,
    parts: set[str],
    rows: Sequence[Participant],
    signed: dict[str, tuple[Signature, int]],
    facts: rules.ConferenceFacts | None,
    sheets: Sequence[minutes.Sheet],
) -> set[str]:
    acts: set[str] = set()
    writes = "signed_team" in parts
    if facts is not None:
        own = next((row for row in rows if row.user_id is not None and row.user_id == actor.person_id), None)
        if own is not None and "signed" in parts and own.attendance == "present":
            acts.add("opinion")
        if writes:
            acts |= {"opinion_on_behalf", "resume"}
        signed_by = {user_id for _, user_id in signed.values()}
        if writes and "counsellor" not in signed and not rules.missing_to_sign(facts):
            acts.add("sign_counsellor")
        if "approver" in parts and "counsellor" in signed and actor.person_id not in signed_by:
            acts.add("sign_principal")
    if conference.state in SIGNED_OFF_STATES:
        if writes:
            acts |= {"documents", "add"}
        if "approver" in parts:
            acts.add("countersign")
        if "team" in parts and any(s.kind == "minutes" and s.state == "ready" for s in sheets):
            acts.add("deliver")
    return acts
