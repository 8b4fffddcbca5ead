"""Numbered letters of a visit, an advocacy or a referral: issued at the step that its declaration names."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import procedure_rules as rules
from webapp.domain.errors import N_, Conflict, NotFound
from webapp.domain.permissions import Permission
from webapp.domain.procedure import Field, Procedure
from webapp.domain.procedures import PROCEDURES
from webapp.domain.vocabulary import TermList
from webapp.models.activities import Activity
from webapp.models.background import Report
from webapp.models.letters import Letter
from webapp.services import access, activities, activity_fields, activity_runs, audit, letters, reports
from webapp.tenancy import Actor

_VISIT = ("planning.paperwork", ("visit_on", "visit_from", "visit_until", "place", "companion"))
SAYS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "visit_assignment": (_VISIT,),
    "visit_notice": (_VISIT,),
    "advocacy_letter": (
        ("basis.situation", ("right",)),
        ("influence.behaviour_defined", ("text", "goal")),
        ("influence.materials", ("text",)),
        ("influence.decision_maker", ("name", "position")),
    ),
    "referral_letter": (
        ("preparation.reason", ("reason", "so_far", "special")),
        ("preparation.receiver", ("name", "position", "institution", "contact")),
        ("preparation.consent", ("student", "guardian", "guardian_name", "asked_on", "what", "basis")),
    ),
}
"""Kind of letter -> the fields that stand in it, by step: a letter is of the wording that they had."""

TO_GUARDIANS = ("visit_notice",)


def issue(
    actor: Actor, activity_id: int, kind: str, *, mode: str, number: str = "", locale: str
) -> Report:
    """Issue a letter of a running activity and have it made; asked of the case's team. Where a letter of the
    present wording stands that was not voided, it is that one again, with its number.

    mode, number: as in `letters.issue`. Conflict where its step's turn has not come, as before the consent
    that it needs, and while something that it says is missing.
    """
    activity, procedure = activity_runs.hold(actor, activity_id)
    access.get_case(actor, activity.case_id, need=Permission.REPORT_MAKE)
    if kind in TO_GUARDIANS:
        # Who may be written to, only they know.
        access.require(actor, Permission.GUARDIAN_MANAGE)
    number = letters.check_numbering(mode, number)
    sequence = _sequence(actor, activity, procedure, kind)
    letter = tenancy.session.scalar(
        select(Letter).where(
            Letter.school_id == actor.school_id,
            Letter.activity_id == activity.id,
            Letter.kind == kind,
            Letter.sequence == sequence,
            Letter.voided_at.is_(None),
        )
    )
    if letter is None:
        letter = letters.insert_letter(
            actor, kind, mode, number, activity_id=activity.id, sequence=sequence
        )
        audit.record(actor, "letter.issued", letter, activity_id=activity.id)
    report = reports.request(
        actor,
        kind,
        dedupe_key=f"{kind}:{letter.id}",
        case_id=activity.case_id,
        activity_id=activity.id,
        locale=locale,
    )
    letter.report_id = report.id
    return report


def void(actor: Actor, activity_id: int, letter_id: int) -> Letter:
    """Void a letter of this activity: it is not opened any more, and its number stays taken. Asked of the
    case's team."""
    activity = access.get(actor, Activity, activity_id)
    access.get_case(actor, activity.case_id, need=Permission.REPORT_MAKE)
    letter = access.get(actor, Letter, letter_id)
    if letter.activity_id != activity.id:
        raise NotFound()
    letters.mark_void(actor, letter)
    audit.record(actor, "letter.voided", letter, activity_id=activity.id)
    return letter


def wording(fields: activity_fields.Fields, kind: str) -> int:
    """The how manieth wording of what a letter of this kind says; it rises with every change."""
    return sum(
        stored[key].version
        for path, keys in SAYS[kind]
        if (stored := fields.get(path, {}))
        for key in keys
        if key in stored
    )


def standing(actor: Actor, report: Report) -> Letter:
    """The letter that a document of an activity is, for collecting what it says; Conflict for one that was
    voided, or of which something was changed or taken back since. The caller reads for the case's team."""
    letter = letters.of_report(actor, report)
    activity = access.get(actor, Activity, report.activity_id or 0)
    access.get_case(actor, activity.case_id, need=Permission.REPORT_MAKE)
    if letter.sequence != _sequence(actor, activity, PROCEDURES[activity.procedure], letter.kind):
        raise Conflict(N_("What the letter says was changed since: issue a new one."))
    return letter


def check_open(actor: Actor, report: Report) -> None:
    """Conflict for the file of a letter that was voided; who may open it was asked before."""
    letters.of_report(actor, report)


# --- inside ---------------------------------------------------------------------------------------


def _sequence(actor: Actor, activity: Activity, procedure: Procedure, kind: str) -> int:
    """The present wording; Conflict where nothing may be issued yet."""
    recorded = activities.recorded(actor, activity.id)
    rules.check_step_allowed(procedure, _path_of(procedure, kind), recorded, activity.tracks)
    fields = activity_fields.read(actor, activity.id)
    missing = [field.term for field in _missing(procedure, fields, kind)]
    if missing:
        raise Conflict(N_("The letter needs this first: %(fields)s"), fields=TermList(missing))
    return wording(fields, kind)


def _path_of(procedure: Procedure, kind: str) -> str:
    found = (
        path
        for stage in procedure.stages
        for step, path in zip(stage.steps, stage.paths(), strict=True)
        if kind in step.documents
    )
    return next(found)


def _missing(
    procedure: Procedure, fields: activity_fields.Fields, kind: str
) -> Iterable[Field]:
    for path, keys in SAYS[kind]:
        values = activity_fields.values_of(fields, path)
        yield from _empty(procedure, path, keys, values)


def _empty(
    procedure: Procedure, path: str, keys: Collection[str], values: dict[str, str]
) -> Iterable[Field]:
    for field in procedure.step(path).fields:
        if field.key in keys and field.is_needed(values) and not values.get(field.key):
            yield field
