"""The report of a home visit, and its copy for people beyond the case's team."""

from __future__ import annotations

from datetime import date

from webapp.domain import dates
from webapp.models.background import Report
from webapp.reports.paper import Fact, Paper, Section, filled
from webapp.services import activity_sections as sections
from webapp.services import paper_parts, reports, visit_papers
from webapp.services.activity_sections import Record
from webapp.tenancy import Actor

KIND, COPY = "visit_report", "visit_report_copy"
_FINDINGS_STAGE = "execution"
_MET = "execution.family_met"
_CONCLUDED = "execution.recorded_and_concluded"
_FOR_READERS = (_CONCLUDED, "follow_up.repeat_visit", "follow_up.further_service")


def collect(actor: Actor, report: Report) -> Paper:
    """Everything that was recorded of a visit: facts and impressions under headings of their own."""
    record = sections.read(actor, report.activity_id or 0, paper=KIND, locale=report.locale)
    found = (*_head(actor, record), *sections.by_stage(record))
    return _paper(actor, record, found, closing="closing", confidential="confidential_report")


def collect_copy(actor: Actor, report: Report) -> Paper:
    """What people beyond the case's team are told: what was seen and promised and what follows.

    No impression, unless whoever asked for the copy ticked that; never how the counsellor judged the visit or
    their own work, nor what was planned or noted about the people met.
    """
    record = sections.read(actor, report.activity_id or 0, paper=KIND, locale=report.locale)
    stage = record.procedure.stage(_FINDINGS_STAGE)
    found = [*_head(actor, record), sections.facts_section(record, stage)]
    if report.with_impressions:
        found.append(sections.impressions_section(record, stage))
    found.append(Section(record.t["commitments"], grid=sections.promises_grid(record)))
    for path in _FOR_READERS:
        step = sections.step_section(record, path)
        found.append(Section(step.heading, step.facts, step.texts))
    recommendation = record.shown("report.compiled", "recommendation")
    if recommendation:
        found.append(Section(record.t["recommendation"], texts=(recommendation,)))
    return _paper(actor, record, tuple(found), closing="closing_copy", confidential="confidential_reader")


reports.COLLECTORS[KIND] = collect
reports.COLLECTORS[COPY] = collect_copy


# --- inside ---------------------------------------------------------------------------------------


def _head(actor: Actor, record: Record) -> tuple[Section, ...]:
    t = record.t
    met = "\n".join(f"{row['name']} ({row['relation']})" for row in record.rows(_MET))
    facts = (
        Fact(t["day_and_date"], dates.format_day(_visited_on(record), record.locale)),
        Fact(t["time"], _time(record)),
        Fact(t["place"], record.shown("planning.paperwork", "place")),
        Fact(t["met"], met),
    )
    return (
        visit_papers.officers(actor, record),
        Section(t["case"], facts=filled(facts)),
        Section(t["student"], facts=filled(paper_parts.student_facts(actor, record.case, t))),
    )


def _visited_on(record: Record) -> date:
    planned = record.values("planning.paperwork").get("visit_on")
    if record.executed_on:
        return record.executed_on[-1]
    return date.fromisoformat(planned) if planned else record.made_on


def _time(record: Record) -> str:
    started, ended = (record.shown(_CONCLUDED, key) for key in ("started", "ended"))
    zone = dates.zone_label(record.time_zone)
    if not started:
        return ""
    return f"{started} {record.t['until']} {ended} {zone}" if ended else f"{started} {zone}"


def _paper(
    actor: Actor, record: Record, found: tuple[Section, ...], *, closing: str, confidential: str
) -> Paper:
    return paper_parts.paper(
        actor,
        sections=found,
        held_on=_visited_on(record),
        case_number=record.case.number,
        number=None,
        signers=paper_parts.signers(actor, record),
        closing=record.t[closing],
        confidential=record.t[confidential],
    )
