"""The monitoring report of one case: its behaviours over time and what became of its promises.

It can be made at any time, and once more when the case is closed; it holds what the case's page shows, and is
for the case's team alone.
"""

from __future__ import annotations

from webapp.domain.permissions import Permission
from webapp.domain.words import CASE_STATUSES, COMMITMENT_STATES, GOAL_STATES
from webapp.models.background import Report
from webapp.reports import behaviour_charts
from webapp.reports.data import Observed, ObservedBehaviour, ProgressData, PromiseGiven
from webapp.services import access, case_page, letterheads, people, reports
from webapp.tenancy import Actor

KIND = "progress"


def request(actor: Actor, case_id: int, *, locale: str) -> Report:
    """Ask for the report as the case stands now; asked of its team. A second click within the same minute
    gives the same document."""
    case = access.get_case(actor, case_id, need=Permission.REPORT_MAKE)
    return reports.request(
        actor,
        KIND,
        dedupe_key=f"{KIND}:{case.id}:{actor.person_id}:{actor.at:%Y-%m-%dT%H:%M}:{locale}",
        case_id=case.id,
        locale=locale,
    )


def collect(actor: Actor, report: Report) -> ProgressData:
    """Everything the report says, read as the person who asked."""
    case = access.get_case(actor, report.case_id or 0, need=Permission.REPORT_MAKE)
    head = case_page.head(actor, case.id, part=KIND)
    locale = report.locale
    assert actor.person_id is not None
    return ProgressData(
        letterhead=letterheads.report_letterhead(actor),
        number="",
        case_number=head.number,
        student_name=head.student,
        student_class=head.class_name or "",
        status=CASE_STATUSES[head.status].label(locale),
        opened_on=head.opened_on,
        closed_on=head.closed_on,
        behaviours=tuple(_behaviour(line, locale) for line in case_page.behaviours(actor, [case.id])),
        promises=tuple(
            PromiseGiven(line.who, line.what, line.due_on, COMMITMENT_STATES[line.state].label(locale))
            for line in case_page.promises(actor, [case.id])
        ),
        prepared_by=people.display_names(actor, [actor.person_id]).get(actor.person_id, ""),
        held_on=actor.today,
        timezone=actor.time_zone,
        frozen_at=actor.at,
    )


def _behaviour(line: case_page.BehaviourLine, locale: str) -> ObservedBehaviour:
    chart = behaviour_charts.course(line.behaviour, line.course, locale)
    return ObservedBehaviour(
        description=line.behaviour,
        state=GOAL_STATES[line.state].label(locale),
        picture=str(chart.svg).encode(),
        observations=tuple(Observed(on, value) for on, value in line.course),
    )


reports.COLLECTORS[KIND] = collect
