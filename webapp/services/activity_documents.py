"""Documents of an activity: asked for at the step that its declaration names, made in the background."""

from __future__ import annotations

from webapp.domain.errors import N_, Invalid
from webapp.domain.permissions import Permission
from webapp.domain.procedure import Procedure
from webapp.domain.procedures import PROCEDURES
from webapp.models.activities import Activity
from webapp.models.background import Report
from webapp.reports.data import DOCUMENTS
from webapp.services import (  # noqa: F401 - some register what they make
    access,
    activity_letters,
    activity_sync,
    advocacy_letter,
    advocacy_report,
    referral_letter,
    reports,
    visit_letters,
    visit_papers,
    visit_reports,
)
from webapp.tenancy import Actor


def kinds(procedure: Procedure) -> tuple[str, ...]:
    """Kinds of document that this service's steps name and that can be made, in the order of the steps."""
    named = (kind for stage in procedure.stages for step in stage.steps for kind in step.documents)
    return tuple(dict.fromkeys(kind for kind in named if kind in reports.COLLECTORS))


def numbered(procedure: Procedure) -> tuple[str, ...]:
    """Those among them that are letters with a number."""
    return tuple(kind for kind in kinds(procedure) if kind in activity_letters.SAYS)


def request(
    actor: Actor,
    activity_id: int,
    kind: str,
    *,
    locale: str,
    with_impressions: bool = False,
    mode: str = "pattern",
    number: str = "",
) -> Report:
    """Ask for a document of an activity as it stands now; asked of the case's team. A second click within the
    same minute gives the same document. A step that consists in it is then recorded.

    Of a closed case as well: what was done is read and handed on then too, and nothing more is recorded.

    with_impressions: a copy for outsiders tells them what the counsellor made of it as well. mode, number:
    how a letter is numbered, as in `activity_letters.issue`.
    """
    activity = access.get(actor, Activity, activity_id)
    procedure = PROCEDURES[activity.procedure]
    case = access.get_case(actor, activity.case_id, need=Permission.REPORT_MAKE)
    if kind not in kinds(procedure):
        raise Invalid(N_("There is no such document."), field="kind")
    if kind in activity_letters.SAYS:
        return activity_letters.issue(actor, activity_id, kind, mode=mode, number=number, locale=locale)
    with_impressions = with_impressions and DOCUMENTS[kind].for_outsiders and procedure.has_impressions
    moment = f"{actor.at:%Y-%m-%dT%H:%M}:{locale}{':impressions' if with_impressions else ''}"
    report = reports.request(
        actor,
        kind,
        dedupe_key=f"{kind}:{activity.id}:{actor.person_id}:{moment}",
        case_id=activity.case_id,
        activity_id=activity.id,
        with_impressions=with_impressions,
        locale=locale,
    )
    if activity.state == "active" and case.status != "closed":
        activity_sync.sync_steps_of(actor, activity, procedure, "document")
    return report
