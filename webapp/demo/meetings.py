"""A conference from its opening on: what was said, agreed and signed, and what became of it since."""

from __future__ import annotations

from datetime import datetime, timedelta

from webapp import tenancy
from webapp.demo.plans import Meeting, Promise
from webapp.demo.scene import Scene
from webapp.models.conferences import Conference
from webapp.services import (
    access,
    behaviours,
    commitments,
    conclusions,
    conference_facts,
    content,
    information_conflicts,
    minutes,
    pledges,
    promises,
    reports,
)
from webapp.services import meeting as meetings

NAMES = {"mother": "Ibu Rekaan", "expert": "Wening Misal"}
RESERVATION = "Setuju dengan arahnya; mohon jadwalnya ditinjau lagi sesudah satu bulan."


def play(scene: Scene, plan: Meeting, starts: datetime, ends: datetime) -> None:
    """Open the meeting and bring it into the plan's state, from wherever an earlier seeding left it."""
    _id, state = scene.conference()
    if state == "invited":
        with scene.team(starts) as actor:
            meetings.open_meeting(actor, scene.conference_id)
        state = "open"
    if state == "open":
        _gather(scene, starts + timedelta(minutes=4))
        _record(scene, plan, starts + timedelta(minutes=10))
        if plan.state == "open":
            return
        with scene.team(ends) as actor:
            meetings.conclude(actor, scene.conference_id)
        state = "concluded"
    if state == "concluded":
        _conclude(scene, plan, ends)
        if plan.state in ("opinions", "concluded"):
            return
        with scene.principal(ends + timedelta(hours=3)) as actor:
            conclusions.sign_off(actor, scene.conference_id, part="principal")
        state = "monitoring"
    if state == "monitoring":
        _issue(scene, ends + timedelta(hours=4))
        _watch(scene, plan, ends)
        if plan.state == "completed":
            _complete(scene)


def _gather(scene: Scene, at: datetime) -> None:
    """Everyone signs and is counted as present."""
    names = NAMES | {"teacher": scene.teacher_of_class().name}
    for who in scene.those(lambda row: row.signed_at is None, at):
        with scene.act_as(who, at) as actor:
            pledges.sign(actor, scene.conference_id, typed_name=names[who])
    with scene.team(at + timedelta(minutes=3)) as actor:
        everyone = scene.people(actor).values()
        meetings.record_attendance(actor, scene.conference_id, {row.id: "present" for row in everyone})


def _record(scene: Scene, plan: Meeting, at: datetime) -> None:
    sections = dict(plan.story.sections)
    if plan.state == "open":
        sections = {key: sections[key] for key in ("strengths", "symptoms", "data", "efforts")}
    with scene.team(at) as actor:
        for section, text in sections.items():
            if content.read(actor, scene.conference_id)[section].version == 0:
                content.save(actor, scene.conference_id, section, text=text, version=0)
    if plan.state == "open":
        return
    with scene.team(at + timedelta(minutes=30)) as actor:
        if not information_conflicts.of_conference(actor, scene.conference_id):
            row = information_conflicts.add(
                actor, scene.conference_id, topic=plan.story.topic, statements=plan.story.statements
            )
            state = "clarified" if plan.story.clarification else "left_open"
            information_conflicts.settle(actor, row.id, state=state, clarification=plan.story.clarification)
    _agree_on_tasks(scene, plan, at + timedelta(minutes=45))


def _agree_on_tasks(scene: Scene, plan: Meeting, at: datetime) -> None:
    with scene.team(at) as actor:
        tasks, _goals = promises.of_conference(actor, scene.conference_id)
        if not tasks:
            everyone = scene.people(actor)
            for promise in plan.promises:
                due_on = max(scene.stage.day(scene.school, promise.due_in), actor.today)
                commitments.propose(
                    actor,
                    scene.conference_id,
                    participant_id=everyone[promise.who].id,
                    what=promise.what,
                    due_on=due_on,
                    check_ins=[due_on],
                )
            behaviours.set_goal(
                actor,
                scene.conference_id,
                behaviour=plan.story.behaviour,
                watch_until_on=actor.today + timedelta(days=90),
                check_ins=[actor.today + timedelta(days=7 * week) for week in (1, 2, 3, 4)],
            )
    for promise, task_id in _tasks(scene, plan, "proposed", at):
        with scene.act_as(promise.who, at + timedelta(minutes=10)) as actor:
            commitments.answer(actor, task_id, accepts=True)


def _tasks(scene: Scene, plan: Meeting, state: str, at: datetime) -> list[tuple[Promise, int]]:
    """The plan's promises whose task is in that state, with the task's id."""
    with scene.team(at) as actor:
        tasks, _goals = promises.of_conference(actor, scene.conference_id)
    pairs = zip(plan.promises, tasks, strict=True)
    return [(promise, task.id) for promise, task in pairs if task.state == state]


def _conclude(scene: Scene, plan: Meeting, ends: datetime) -> None:
    """Everyone speaks, the mother with a reservation; the counsellor signs. `opinions`: some are missing."""
    silent = ("mother", "expert") if plan.state == "opinions" else ()
    for who in scene.those(lambda row: row.opinion is None, ends):
        if who in silent:
            continue
        with scene.act_as(who, ends + timedelta(minutes=10)) as actor:
            holds = who == "mother"
            conclusions.give_opinion(
                actor,
                scene.conference_id,
                opinion="reservation" if holds else "agreed",
                reservation=RESERVATION if holds else "",
            )
    if plan.state != "opinions":
        with scene.team(ends + timedelta(hours=1)) as actor:
            conference = access.get(actor, Conference, scene.conference_id)
            if "counsellor" not in conference_facts.sign_offs(actor, conference):
                conclusions.sign_off(actor, scene.conference_id, part="counsellor")


def _issue(scene: Scene, at: datetime) -> None:
    """Both documents are made, and given to everyone but the outside expert."""
    with scene.team(at) as actor:
        made = [row.id for row in minutes.request(actor, scene.conference_id)]
        school_id = actor.school_id or 0
    for report_id in made:
        reports.run(tenancy.system(school_id, at + timedelta(minutes=1)), report_id)
    with scene.team(at + timedelta(minutes=5)) as actor:
        everyone = scene.people(actor)
        if any(sheet.delivered_to for sheet in minutes.sheets(actor, scene.conference_id)):
            return
        minutes.deliver(actor, scene.conference_id, [everyone[who].id for who in ("teacher", "mother")])


def _watch(scene: Scene, plan: Meeting, ends: datetime) -> None:
    """Observations between the meeting and now, and what people say of their tasks."""
    stage = scene.stage
    span = stage.now - ends
    with scene.team(ends + timedelta(days=1)) as actor:
        _tasks_now, goals = promises.of_conference(actor, scene.conference_id, observations=True)
        seen = len(goals[0].observations)
    for number in range(seen, len(plan.scores)):
        at = ends + span * (number + 1) / (len(plan.scores) + 1)
        with scene.team(at) as actor:
            behaviours.observe(
                actor,
                goals[0].id,
                observed_on=actor.today,
                score=plan.scores[number],
                note="Tampak lebih ringan; teman sebangku ikut mendukung.",
            )
    for promise, task_id in _tasks(scene, plan, "accepted", stage.now):
        if promise.state == "accepted":
            continue
        with scene.act_as(promise.who, ends + span * 0.7) as actor:
            commitments.report(actor, task_id, state=promise.state, note=promise.said)


def _complete(scene: Scene) -> None:
    with scene.team(scene.stage.days(-2)) as actor:
        _tasks_now, goals = promises.of_conference(actor, scene.conference_id)
        for goal in goals:
            if goal.state == "watching":
                behaviours.close(actor, goal.id, state="reached")
        conclusions.complete(actor, scene.conference_id)
