"""Cases in the order in which they were opened, each with its notes, its conference and its end."""

from __future__ import annotations

from datetime import timedelta

from webapp.demo import conferences, papers, plans, students
from webapp.demo.cast import SCHOOLS, Person, SchoolPlan
from webapp.demo.plans import CasePlan
from webapp.demo.scene import Scene
from webapp.demo.stage import Stage
from webapp.services import attachments, case_notes, case_register, student_referrals
from webapp.services import cases as service
from webapp.tenancy import Actor

_PLANS = {"sma-rekaan": plans.SMA, "smp-contoh": plans.SMP, "sd-umpama": plans.SD}
_RECORD = ("REKAP KEHADIRAN (REKAAN)", "", "Juli: 2 kali tidak hadir", "Agustus: 3 kali tidak hadir")
_STATUS_AFTER_CONFERENCE = ("monitoring", "closed")


def build(stage: Stage) -> None:
    """Open every case, play its conference, and bring it into its status."""
    for school in SCHOOLS:
        for plan in _PLANS[school.slug]:
            owner = _owner(plan)
            scene = Scene(stage, school, owner, plan, _open(stage, school, owner, plan))
            if plan.meeting is not None:
                conferences.play(scene, plan.meeting)
            _settle(scene)


def _owner(plan: CasePlan) -> Person:
    return next(person for school in SCHOOLS for person in school.people if person.key == plan.owner)


def _open(stage: Stage, school: SchoolPlan, owner: Person, plan: CasePlan) -> int:
    opened = stage.days(-plan.opened_ago, hour=9, school=school)
    with stage.work(school, owner, opened) as actor:
        student_id = students.find(actor, school, plan.place).id
        known = case_register.for_student(actor, student_id)
        if known:
            return known[-1].id
        students.enter_contacts(actor, student_id, plan.contacts)
        case_id = service.open_case(
            actor,
            student_id=student_id,
            field=plan.field,
            kinds=plan.kinds,
            source=plan.source,
            severity=plan.severity,
            summary=plan.summary,
            referral_id=_referral(actor, student_id),
        ).id
        _write_notes(actor, case_id, plan)
        if plan.source == "homeroom":
            attachments.add(actor, case_id, name="Rekap kehadiran rekaan.pdf", content=papers.scan(_RECORD))
        if plan.status != "open":
            service.change_status(actor.seen_at(opened + timedelta(days=1)), case_id, to="in_progress")
        return case_id


def _referral(actor: Actor, student_id: int) -> int | None:
    waiting = student_referrals.list_incoming(actor)
    return next((referral.id for referral in waiting if referral.student_id == student_id), None)


def _write_notes(actor: Actor, case_id: int, plan: CasePlan) -> None:
    for note in plan.notes:
        if note.after >= plan.opened_ago:
            continue
        later = actor.seen_at(actor.at + timedelta(days=note.after, minutes=20))
        row = case_notes.add_note(later, case_id, kind=note.kind, body=note.body, happened_on=later.today)
        if note.corrected:
            corrector = later.seen_at(later.at + timedelta(hours=3))
            case_notes.correct_note(
                corrector, case_id, row.id, kind=note.kind, body=note.corrected, happened_on=later.today
            )


def _settle(scene: Scene) -> None:
    plan = scene.plan
    if plan.status not in _STATUS_AFTER_CONFERENCE:
        return
    with scene.team(scene.stage.days(-1)) as actor:
        student_id = students.find(actor, scene.school, plan.place).id
        row = next(row for row in case_register.for_student(actor, student_id) if row.id == scene.case_id)
        if row.status == "in_progress":
            service.change_status(actor, scene.case_id, to=plan.status, reason=plan.reason)
