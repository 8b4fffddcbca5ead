"""The counsellor's request for a case conference as a letter to the principal, on paper."""

from __future__ import annotations

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import dates
from webapp.domain.errors import Conflict
from webapp.domain.permissions import Permission
from webapp.models.background import Report
from webapp.models.conferences import Conference, ConferenceRequest, Participant
from webapp.reports.letterhead import Signatory
from webapp.reports.paper import Address, Fact, Grid, Paper, Section, Signer
from webapp.reports.wording import wording
from webapp.services import access, audit, letterheads, paper_parts, participants, people, reports
from webapp.services.activity_view import DocumentLine, document_columns
from webapp.tenancy import Actor

KIND = "conference_request"


def request(actor: Actor, conference_id: int, *, locale: str) -> Report:
    """Ask for the letter of a request as it stands now; asked of the case team. A second click within the
    same minute gives the same document."""
    conference = access.get_conference(actor, conference_id, need=Permission.REPORT_MAKE)
    return reports.request(
        actor,
        KIND,
        dedupe_key=f"{KIND}:{conference.id}:{actor.person_id}:{actor.at:%Y-%m-%dT%H:%M}:{locale}",
        case_id=conference.case_id,
        conference_id=conference.id,
        locale=locale,
    )


def made(actor: Actor, conference: Conference) -> list[DocumentLine]:
    """The letters that were made of a request, the newest first; the caller shows its page to the team."""
    rows = tenancy.session.execute(
        select(*document_columns())
        .where(
            Report.school_id == actor.school_id,
            Report.conference_id == conference.id,
            Report.kind == KIND,
        )
        .order_by(Report.id.desc())
    )
    return [DocumentLine(*row) for row in rows]


def collect(actor: Actor, report: Report) -> Paper:
    """Initials, reason, day and place, and whom the counsellor proposes, each with the part expected."""
    conference = access.get_conference(actor, report.conference_id or 0, need=Permission.REPORT_MAKE)
    asked = access.get(actor, ConferenceRequest, conference.id)
    audit.record(actor, "conference.read", conference, purpose=KIND)
    t, locale = wording(KIND, report.locale), report.locale
    to = _principal(actor, conference, t)
    proposed = Grid(
        (t["name"], t["relation"], t["role_expected"]),
        tuple(_proposed(row, conference, t) for row in participants.of(actor, conference.id)),
        (8, 7, 9),
    )
    return paper_parts.paper(
        actor,
        sections=(
            Section(texts=(t["greeting"],)),
            Section(texts=(t["we_ask"],)),
            Section(facts=(*_about(asked, t), *_when(actor, conference, t, locale))),
            Section(texts=(t["we_propose"],)),
            Section(grid=proposed),
        ),
        held_on=actor.today,
        case_number=asked.case_number,
        number=None,
        address=Address(t["subject"], to),
        signers=(
            Signer(
                paper_parts.place_and_day(actor, locale), people.signatory(actor, conference.requester_id)
            ),
        ),
        closing=t["closing"],
        confidential=t["confidential_principal"],
    )


reports.COLLECTORS[KIND] = collect


# --- inside ---------------------------------------------------------------------------------------


def _principal(actor: Actor, conference: Conference, t: dict[str, str]) -> tuple[str, ...]:
    school = letterheads.school(actor).name
    try:
        approver_id = conference.approver_id or people.approver(actor, conference.case_id).user_id
    except Conflict:
        return (f"{t['principal']} {school}",)
    person: Signatory = people.signatory(actor, approver_id)
    return (person.name, f"{person.title} {school}".strip())


def _about(asked: ConferenceRequest, t: dict[str, str]) -> tuple[Fact, ...]:
    despite = (Fact(t["despite"], asked.despite),) if asked.despite else ()
    return (
        Fact(t["case_number"], asked.case_number),
        Fact(t["initials"], asked.initials or "", for_pen=True),
        Fact(t["reason"], asked.purpose or "", for_pen=True),
        *despite,
    )


def _when(actor: Actor, conference: Conference, t: dict[str, str], locale: str) -> tuple[Fact, ...]:
    tz, starts_at = actor.time_zone, conference.starts_at
    day = dates.format_day(dates.local_date(starts_at, tz), locale) if starts_at else ""
    hours = dates.format_hours(starts_at, conference.ends_at, tz, locale) if starts_at else ""
    return (
        Fact(t["day_and_date"], day, for_pen=True),
        Fact(t["time"], f"{hours} {dates.zone_label(tz)}" if hours else "", for_pen=True),
        Fact(t["place"], conference.place or "", for_pen=True),
    )


def _proposed(row: Participant, conference: Conference, t: dict[str, str]) -> tuple[str, str, str]:
    asks = t["asks"] if row.user_id is not None and row.user_id == conference.requester_id else ""
    return row.name or "", row.position or "", row.role_expected or asks
