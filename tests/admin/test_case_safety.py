"""Where violence, harassment or a crime is suspected, the page of the case says first what comes first."""

from __future__ import annotations

from tests.activity_world import Run
from tests.services.stage import Stage
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.services import activity_runs, cases

NOTICE = "Violence, harassment or a crime is suspected"


def page_of(stage: Stage) -> str:
    answer = stage.counsellor.client().get(f"/s/{stage.school.slug}/cases/{stage.case_id}/")
    assert answer.status_code == 200
    return answer.text


def test_the_kind_of_problem_brings_the_notice_and_others_do_not(world):
    stage, calm = Stage.build(world), Stage.build(world)
    about = {"field": "social", "source": "counsellor", "severity": "medium", "summary": "Ringkasan rekaan"}
    with stage.as_(stage.counsellor) as actor:
        cases.edit_case(actor, stage.case_id, kinds=["violence"], **about)
    assert NOTICE in page_of(stage)
    assert NOTICE not in page_of(calm)


def test_an_advocacy_that_names_it_brings_the_notice_until_it_is_cancelled(world):
    stage = Stage.build(world)
    run = Run(stage, ADVOCACY).started()
    run.record("basis.situation", grounds="violence", violation="ethics")
    assert NOTICE in page_of(stage)
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, run.activity_id, kind="other", reason="Keliru")
    assert NOTICE not in page_of(stage)
