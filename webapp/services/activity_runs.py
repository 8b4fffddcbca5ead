"""An activity from its start to its end: one run of a declared procedure, for the case's team."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, update

from webapp import tenancy
from webapp.domain import procedure_rules as rules
from webapp.domain.cases import check_open_for_work
from webapp.domain.errors import N_, Conflict, Forbidden, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.domain.procedure import Procedure
from webapp.domain.procedures import PROCEDURES
from webapp.mail.clean import many_lines
from webapp.models.activities import Activity, ActivityStep, Appointment
from webapp.models.cases import Case
from webapp.services import access, activities, activity_sync, audit, visit_post
from webapp.tenancy import Actor

LONGEST_REASON = 2000
OTHER_REASON = "other"


def start(
    actor: Actor,
    case_id: int,
    procedure: Procedure,
    *,
    tracks: Collection[str] = (),
    follows_id: int | None = None,
) -> Activity:
    """Begin a run of a service in a case; asked of its team.

    tracks: which of the procedure's tracks it follows. follows_id: an earlier run of the same service in the
    same case that this one repeats. Conflict in a closed case.
    """
    case = access.get_case(actor, case_id, need=Permission.ACTIVITY_RUN)
    if not (actor.has_role("counsellor") or actor.has_role("class_teacher")):
        raise Forbidden()
    _keep_open(case)
    rules.check_tracks(procedure, tracks)
    if follows_id is not None:
        earlier = access.get(actor, Activity, follows_id)
        if (earlier.case_id, earlier.procedure) != (case.id, procedure.key):
            raise NotFound()
    activity = tenancy.add(
        Activity(
            case_id=case.id,
            procedure=procedure.key,
            created_by=actor.person_id,
            created_at=actor.at,
            tracks=[stage.key for stage in procedure.stages if stage.key in tracks],
            follows_id=follows_id,
        )
    )
    audit.record(actor, "activity.started", activity, procedure=procedure.key)
    return activity


def find(actor: Actor, activity_id: int, procedure: Procedure) -> tuple[Activity, Case]:
    """A run of this service and its case, for reading; NotFound outside the case's team."""
    activity = access.get(actor, Activity, activity_id)
    if activity.procedure != procedure.key:
        raise NotFound()
    return activity, access.get_case(actor, activity.case_id, need=Permission.ACTIVITY_READ)


def hold(actor: Actor, activity_id: int) -> tuple[Activity, Procedure]:
    """An active run, locked: whoever changes it at the same time comes after; asked of the case's team.

    Conflict where it has ended or its case is closed.
    """
    activity, procedure = _locked(actor, activity_id)
    if activity.state != "active":
        raise Conflict(N_("This has ended already: open it again to correct it."))
    return activity, procedure


def choose_tracks(actor: Actor, activity_id: int, tracks: Collection[str]) -> Activity:
    """Follow these tracks from now on; one in which something was recorded stays. Asked of the team."""
    activity, procedure = hold(actor, activity_id)
    recorded = {path.partition(".")[0] for path in activities.recorded(actor, activity.id)}
    kept = {key for key in activity.tracks if key not in procedure.tracks or key in recorded}
    rules.check_tracks(procedure, {*tracks, *(key for key in kept if key in procedure.tracks)})
    wanted = kept | set(tracks)
    activity.tracks = [stage.key for stage in procedure.stages if stage.key in wanted]
    audit.record(actor, "activity.tracks_chosen", activity, tracks=",".join(activity.tracks))
    return activity


def complete(actor: Actor, activity_id: int) -> Activity:
    """End a run whose required steps are all recorded; Conflict names what is missing otherwise."""
    activity, procedure = hold(actor, activity_id)
    rules.check_can_complete(procedure, activities.recorded(actor, activity.id), activity.tracks)
    values = activity_sync.values_of_run(actor, activity.id)
    rules.check_run(procedure, values, activity_sync.entries_of_run(actor, activity.id))
    activities.end(actor, activity, "completed")
    return activity


def cancel(actor: Actor, activity_id: int, *, kind: str, reason: str) -> Activity:
    """End a run before its last stage; `kind` is one of the procedure's reasons, or `other` with words."""
    activity, procedure = hold(actor, activity_id)
    if kind != OTHER_REASON and kind not in (procedure.cancel_reasons or ()):
        raise Invalid(N_("Choose one of the values in the list."), field="kind")
    reason = _words(reason)
    if not reason and kind == OTHER_REASON:
        raise Invalid(N_("Please give a reason."), field="reason")
    activity.end_kind = kind
    activities.end(actor, activity, "cancelled", reason=reason)
    visit_post.call_off(actor, activity)
    tenancy.session.execute(
        update(Appointment)
        .where(Appointment.school_id == actor.school_id, Appointment.activity_id == activity.id)
        .where(Appointment.cancelled_at.is_(None), Appointment.starts_at > actor.at)
        .values(cancelled_at=actor.at, sequence=Appointment.sequence + 1),
        execution_options={"synchronize_session": False},
    )
    return activity


def reopen(actor: Actor, activity_id: int, *, reason: str) -> Activity:
    """Take up a completed run again to correct it, with a reason that the trail keeps."""
    activity, _ = _locked(actor, activity_id)
    if activity.state != "completed":
        raise Conflict(N_("Only what was completed can be opened again."))
    reason = _words(reason)
    if not reason:
        raise Invalid(N_("Please give a reason."), field="reason")
    activity.state, activity.ended_at = "active", None
    activity.end_reason = reason
    audit.record(actor, "activity.reopened", activity)
    return activity


def of_case(actor: Actor, case_id: int, procedure: Procedure) -> list[Activity]:
    """Runs of a service in a case, the newest first; asked of its team."""
    access.get_case(actor, case_id, need=Permission.ACTIVITY_READ)
    return list(
        tenancy.session.scalars(
            select(Activity)
            .where(
                Activity.school_id == actor.school_id,
                Activity.case_id == case_id,
                Activity.procedure == procedure.key,
            )
            .order_by(Activity.id.desc())
        )
    )


def recorded_steps(actor: Actor, activity_ids: Collection[int]) -> dict[int, set[str]]:
    """Recorded steps of several runs, by the run's id; asked before, and the policies hide the others."""
    found: dict[int, set[str]] = {activity_id: set() for activity_id in activity_ids}
    rows = tenancy.session.execute(
        select(ActivityStep.activity_id, ActivityStep.step).where(
            ActivityStep.school_id == actor.school_id, ActivityStep.activity_id.in_(activity_ids)
        )
    )
    for activity_id, path in rows:
        found[activity_id].add(path)
    return found


def _locked(actor: Actor, activity_id: int) -> tuple[Activity, Procedure]:
    activity = access.get(actor, Activity, activity_id)
    procedure = PROCEDURES[activity.procedure]
    if not procedure.noun:
        raise NotFound()
    case = access.get_case(actor, activity.case_id, need=Permission.ACTIVITY_RUN)
    _keep_open(case)
    tenancy.session.refresh(activity, with_for_update=True)
    return activity, procedure


def _keep_open(case: Case) -> None:
    """Nobody closes the case until the transaction ends; Conflict where it is closed already."""
    tenancy.session.refresh(case, with_for_update={"read": True})
    check_open_for_work(case.status)


def _words(reason: str) -> str:
    reason = many_lines(reason).strip()
    if len(reason) > LONGEST_REASON:
        raise Invalid(
            N_("The text is too long: at most %(most)s characters."), field="reason", most=LONGEST_REASON
        )
    return reason
