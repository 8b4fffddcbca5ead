"""Home visits and advocacies of the demo: begun and recorded step by step, by the owner of the case."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from webapp import tenancy
from webapp.demo import run_plans, students
from webapp.demo.cast import SCHOOLS, Person, SchoolPlan
from webapp.demo.run_plans import Done, Question, RunPlan
from webapp.demo.stage import Stage
from webapp.domain.procedure import Values
from webapp.domain.procedures import FRAMED
from webapp.models.background import OutboxMail
from webapp.services import (
    activities,
    activity_entries,
    activity_fields,
    activity_promises,
    activity_runs,
    case_page,
    case_register,
    visit_desk,
    visit_guests,
    visit_requests,
)
from webapp.tenancy import Actor

_DAY = re.compile(r"\{([+-]\d+)\}")


def build(stage: Stage) -> None:
    """Every run once, with each step that its plan names."""
    for plan in run_plans.ALL:
        school = next(school for school in SCHOOLS if school.slug == plan.school)
        owner, case_id = _case(stage, school, plan)
        run_id = _begin(stage, school, owner, case_id, plan)
        for done in plan.steps:
            with stage.work(school, owner, stage.days(done.days)) as actor:
                _record(actor, stage, school, run_id, done)
        if plan.question is not None:
            _ask(stage, school, owner, case_id, run_id, plan.question)
        if plan.cancel:
            with stage.work(school, owner, stage.days(plan.steps[-1].days)) as actor:
                if activities.get(actor, run_id).state == "active":
                    activity_runs.cancel(actor, run_id, kind=plan.cancel, reason=plan.why)


def _case(stage: Stage, school: SchoolPlan, plan: RunPlan) -> tuple[Person, int]:
    with stage.work(school, school.case_owner, stage.days(-1)) as actor:
        student_id = students.find(actor, school, plan.place).id
        row = case_register.for_student(actor, student_id)[-1]
        owner_id = case_page.head(actor, row.id, part="demo").owner_id
    owner = next(
        person for person in school.people if stage.actor(school, person, stage.now).person_id == owner_id
    )
    return owner, row.id


def _begin(stage: Stage, school: SchoolPlan, owner: Person, case_id: int, plan: RunPlan) -> int:
    procedure = FRAMED[plan.noun]
    with stage.work(school, owner, stage.days(plan.begun)) as actor:
        known = activity_runs.of_case(actor, case_id, procedure)
        if known:
            return known[-1].id
        return activity_runs.start(actor, case_id, procedure, tracks=plan.tracks).id


def _record(actor: Actor, stage: Stage, school: SchoolPlan, run_id: int, done: Done) -> None:
    if done.path in activities.recorded(actor, run_id):
        return
    held = activity_fields.read(actor, run_id).get(done.path, {})
    if done.values and not held:
        activity_fields.save(actor, run_id, done.path, _dated(stage, school, done.values), {})
    if done.entries and done.path not in activity_entries.read(actor, run_id):
        for entry in done.entries:
            values = _dated(stage, school, entry.values)
            activity_entries.add(actor, run_id, done.path, values, nature=entry.nature)
    if done.promise is not None and not activity_promises.of_activity(actor, run_id):
        who, relation, what, due_in = done.promise
        due_on = max(stage.day(school, due_in), actor.today)
        activity_promises.add(
            actor,
            run_id,
            done.path,
            who=who,
            relation=relation,
            what=what,
            due_on=due_on,
            check_ins=[due_on + timedelta(days=1)],
        )


def _ask(
    stage: Stage, school: SchoolPlan, owner: Person, case_id: int, run_id: int, question: Question
) -> None:
    """Ask the mother; she answers an hour later by the link of her mail."""
    at = stage.days(question.days)
    with stage.work(school, owner, at) as actor:
        desk = visit_desk.desk(actor, run_id, case_id, None, None)
        if desk is None or desk.last is not None:
            return
        mother = next(one for one in desk.guardians if one.may_be_mailed)
        visit_requests.ask(actor, run_id, mother.id, locale="id")
        facts = tenancy.session.scalars(
            select(OutboxMail).where(OutboxMail.activity_id == run_id, OutboxMail.kind == "visit_asked")
        ).one().facts
    if question.answer:
        token = facts["link"].rstrip("/").rpartition("/")[2]
        family = visit_guests.identify(token, now=at + timedelta(hours=1)).actor
        with tenancy.work(family):
            visit_guests.answer(
                family,
                answer=question.answer,
                proposed_time=question.proposed_time,
                message=question.message,
            )


def _dated(stage: Stage, school: SchoolPlan, values: Values) -> dict[str, str]:
    """The values with each `{-3}` as the day three days ago."""

    def day(found: re.Match[str]) -> str:
        return stage.day(school, int(found[1])).isoformat()

    return {key: _DAY.sub(day, value) for key, value in values.items()}
