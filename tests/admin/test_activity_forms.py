"""Every stage and step of every service is on its pages, with a control for each thing that it asks for."""

from __future__ import annotations

import re

import pytest

from tests.activity_world import Run
from tests.services.stage import Stage
from webapp.domain.procedure import Step
from webapp.domain.procedures import FRAMED
from webapp.services import activity_documents, case_team


def _filled(world, procedure) -> Run:
    """A run in which every stage is open and every form's turn has come."""
    run = Run(Stage.build(world), procedure).started()
    made = activity_documents.kinds(procedure)
    for path in run.paths():
        step = procedure.step(path)
        if step.records != "document" or set(step.documents) & set(made):
            run.record(path)
    for stage in procedure.stages:
        if stage.opened_by is not None:
            path, _, key = stage.opened_by[0].rpartition(".")
            run.record(path, **{key: stage.opened_by[1]})
            for own in stage.paths():
                run.record(own)
    return run


def _section(page: str, path: str) -> str:
    """The part of a page that belongs to one step."""
    opening = f'<section class="card step-card" id="{re.escape(path)}"'
    found = re.search(opening + ".*?</section>", page, re.DOTALL)
    assert found, path
    return found.group()


def _lacking(section: str, step: Step, language: str) -> list[str]:
    asked = [*step.fields, *step.entry_fields]
    labels = [step.term.label(language), *(field.term.label(language) for field in asked)]
    lacking = [label for label in labels if label not in section]
    return lacking + [field.key for field in asked if f'name="{field.key}"' not in section]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("procedure", FRAMED.values(), ids=lambda p: p.key)
def test_every_stage_and_step_is_shown_with_a_control_for_each_of_its_fields(world, procedure, language):
    run = _filled(world, procedure)
    person = world.person(run.stage.school, "counsellor", locale=language)
    with run.stage.as_(run.stage.counsellor) as actor:
        case_team.add_member(actor, run.stage.case_id, user_id=person.user_id)
    client = person.client()
    place = f"/s/{run.stage.school.slug}/{procedure.noun.replace('_', '-')}/{run.activity_id}/"
    for stage in procedure.stages:
        answer = client.get(place, query_string={"stage": stage.key})
        assert answer.status_code == 200
        page = answer.text.replace("&#39;", "'").replace("&amp;", "&")
        assert f'<h2 id="{stage.key}">{stage.term.label(language)}</h2>' in page
        for path, step in zip(stage.paths(), stage.steps, strict=True):
            assert _lacking(_section(page, path), step, language) == [], path
