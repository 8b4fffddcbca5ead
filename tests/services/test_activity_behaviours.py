"""Behaviours named at a visit or in an advocacy are watched like those of a conference."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.activity_world import Run
from tests.services.stage import Stage
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.domain.procedures import ADVOCACY, HOME_VISIT
from webapp.services import activity_behaviours, activity_runs, behaviours, case_page, cases, monitoring
from webapp.services.monitoring import GoalItem

PROMISES = {HOME_VISIT.key: "execution.commitment_developed", ADVOCACY.key: "outcome.agreements"}
WORDS = "Menyapa teman sekelas"


def _run(world, procedure) -> Run:
    run = Run(Stage.build(world), procedure).started()
    for path in run.paths():
        step = procedure.step(path)
        if path == PROMISES[procedure.key]:
            return run
        if step.gate or path.startswith(("planning", "basis")):
            run.record(path)
    return run


def _watched(run: Run, **values) -> int:
    stage = run.stage
    with stage.as_(stage.counsellor) as actor:
        path = PROMISES[run.procedure.key]
        return activity_behaviours.add(actor, run.activity_id, path, **({"behaviour": WORDS} | values)).id


@pytest.mark.parametrize("procedure", [HOME_VISIT, ADVOCACY], ids=lambda p: p.key)
def test_a_behaviour_is_on_the_board_observed_and_seen_over_time_in_the_case(world, procedure):
    run = _run(world, procedure)
    stage = run.stage
    today = stage.now.date()
    goal_id = _watched(run, check_ins=[today, today + timedelta(days=30)])
    with stage.as_(stage.counsellor) as actor:
        (item,) = [row for _, rows in monitoring.board(actor).sections for row in rows]
        assert isinstance(item, GoalItem)
        assert (item.text, item.due, len(item.check_ins), item.may_observe) == (WORDS, "today", 2, True)
        behaviours.observe(actor, goal_id, observed_on=actor.today, score=2)
        behaviours.observe(actor, goal_id, observed_on=actor.today, score=4, note="Lebih sering")
    with stage.as_(stage.counsellor) as actor:
        (line,) = case_page.behaviours(actor, [stage.case_id])
        assert [score for _, score in line.course] == [2, 4]
        (item,) = [row for _, rows in monitoring.board(actor).sections for row in rows]
        assert len(item.check_ins) == 1, "the one that was due is done by observing"
        behaviours.close(actor, goal_id, state="reached")
        assert monitoring.board(actor).is_empty
        assert activity_behaviours.of_activity(actor, run.activity_id)[0].state == "reached"


def test_a_behaviour_is_watched_on_after_its_activity_ended_and_no_more_once_the_case_is_closed(world):
    run = _run(world, HOME_VISIT)
    stage = run.stage
    goal_id = _watched(run)
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, run.activity_id, kind="other", reason="Pindah alamat")
        behaviours.observe(actor, goal_id, observed_on=actor.today, score=3)
        behaviours.close(actor, goal_id, state="waived", reason="Sudah tercapai di rumah")
        cases.change_status(actor, stage.case_id, to="closed", reason="Selesai")
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        behaviours.close(actor, goal_id, state="watching")


def test_the_team_alone_names_and_observes_a_behaviour(world):
    run, other = _run(world, ADVOCACY), Stage.build(world)
    stage = run.stage
    goal_id = _watched(run)
    strangers = [
        (stage, stage.principal),
        (stage, stage.teacher),
        (stage, world.person(stage.school, "counsellor")),
        (other, other.counsellor),
    ]
    for place, person in strangers:
        with place.as_(person) as actor, pytest.raises(NotFound):
            activity_behaviours.add(actor, run.activity_id, "outcome.agreements", behaviour="Lain")
        with place.as_(person) as actor, pytest.raises(NotFound):
            behaviours.observe(actor, goal_id, observed_on=actor.today, score=5)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"behaviour": "  "}, "behaviour"),
        ({"behaviour": "a" * 2001}, "behaviour"),
        ({"watch_until_on": -1}, "watch_until_on"),
        ({"check_ins": [-1]}, "check_in"),
    ],
)
def test_what_cannot_be_watched_is_refused_by_its_field(world, values, field):
    run = _run(world, HOME_VISIT)
    today = run.stage.now.date()
    if "watch_until_on" in values:
        values = {"watch_until_on": today - timedelta(days=1)}
    if "check_ins" in values:
        values = {"check_ins": [today - timedelta(days=1)]}
    with pytest.raises(Invalid) as refused:
        _watched(run, **values)
    assert refused.value.field == field


def test_a_behaviour_belongs_to_the_step_of_the_promises_and_sent_twice_is_one(world):
    run = _run(world, HOME_VISIT)
    stage = run.stage
    assert _watched(run) == _watched(run)
    with stage.as_(stage.counsellor) as actor:
        with pytest.raises(Invalid):
            activity_behaviours.add(actor, run.activity_id, "evaluation.process", behaviour=WORDS)
        with pytest.raises(NotFound):
            activity_behaviours.add(actor, run.activity_id, "planning.nothing", behaviour=WORDS)
        assert len(activity_behaviours.of_activity(actor, run.activity_id)) == 1
