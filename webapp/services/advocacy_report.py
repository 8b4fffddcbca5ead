"""The report of an advocacy: what was at stake, what was done and when, and what came of it."""

from __future__ import annotations

from webapp.domain import dates, field_values
from webapp.models.background import Report
from webapp.reports.paper import Fact, Paper, Section
from webapp.services import activity_sections as sections
from webapp.services import paper_parts, reports
from webapp.services.activity_sections import Record
from webapp.tenancy import Actor

KIND = "advocacy_report"
_SITUATION, _OUTCOME = "basis.situation", "outcome.right_restored"
_EXECUTIONS = ("influence.carried_out", "accompany.accompanied")


def collect(actor: Actor, report: Report) -> Paper:
    """A summary for who must decide, then every step of the tracks with its day."""
    record = sections.read(actor, report.activity_id or 0, paper=KIND, locale=report.locale)
    t = record.t
    found = (
        Section(t["student"], facts=paper_parts.student_facts(actor, record.case, t)),
        Section(t["summary"], facts=_summary(record)),
        *sections.by_stage(record, dated=True),
    )
    return paper_parts.paper(
        actor,
        sections=found,
        held_on=record.executed_on[-1] if record.executed_on else record.made_on,
        case_number=record.case.number,
        number="",
        signers=paper_parts.signers(actor, record),
        closing=t["closing"],
        confidential=t["confidential_team"],
    )


reports.COLLECTORS[KIND] = collect


# --- inside ---------------------------------------------------------------------------------------


def _summary(record: Record) -> tuple[Fact, ...]:
    t, shown = record.t, record.shown
    tracks = [
        record.procedure.stage(key).term.label(record.locale)
        for key in record.procedure.tracks
        if key in record.activity.tracks
    ]
    parties = "\n".join(f"{row['name']} ({row['part']})" for row in record.rows(_SITUATION))
    return (
        Fact(t["side"], shown(_SITUATION, "side")),
        Fact(t["grounds"], shown(_SITUATION, "grounds")),
        Fact(t["right"], shown(_SITUATION, "right")),
        Fact(t["parties"], parties),
        Fact(t["stakeholders"], shown(_SITUATION, "stakeholders")),
        Fact(t["tracks"], ", ".join(tracks)),
        Fact(t["forms"], _forms(record)),
        Fact(t["carried_out"], _times(record)),
        Fact(t["goal"], shown("influence.behaviour_defined", "goal")),
        Fact(t["reached"], shown("influence.goal_evaluated", "reached")),
        Fact(t["restored"], shown(_OUTCOME, "restored")),
        Fact(t["confidence"], _confidence(record)),
    )


def _forms(record: Record) -> str:
    """Forms in which it was carried out, each once, in the order of the vocabulary."""
    used = {entry.values.get("form", "") for path in _EXECUTIONS for entry in record.entries.get(path, ())}
    field = next(f for f in record.procedure.step(_EXECUTIONS[0]).entry_fields if f.key == "form")
    assert field.choices is not None
    in_order = ",".join(key for key in field.choices.keys if key in used)
    return field_values.shown(field, in_order, record.locale)


def _times(record: Record) -> str:
    days = ", ".join(dates.format_date(day, record.locale) for day in record.executed_on)
    if not days:
        return ""
    return record.t["times"].format(times=len(record.executed_on), days=days)


def _confidence(record: Record) -> str:
    before, after = record.shown(_SITUATION, "confidence_before"), record.shown(_OUTCOME, "confidence_after")
    if not before and not after:
        return ""
    return record.t["before_after"].format(before=before or "–", after=after or "–")
