"""Every stage and step of every service is on its pages, with a control for each thing that it asks for."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from tests.activity_world import Run
from tests.factories import csrf_token
from tests.services.stage import Stage
from webapp.domain.procedure import Stage as ProcedureStage
from webapp.domain.procedure import Step
from webapp.domain.procedures import FRAMED, HOME_VISIT
from webapp.services import activity_documents, activity_fields, case_team


def _filled(world, procedure) -> Run:
    """A run in which every form's turn has come."""
    run = Run(Stage.build(world), procedure).started()
    made = activity_documents.kinds(procedure)
    for path in run.paths():
        step = procedure.step(path)
        if step.records != "document" or set(step.documents) & set(made):
            run.record(path)
    for stage in procedure.stages:
        if stage.opened_by is not None:
            _open(run, stage)
            for own in stage.paths():
                run.record(own)
    return run


def _open(run: Run, part: ProcedureStage) -> None:
    """Record what opens a stage that is gone through on a condition."""
    if part.opened_by is not None:
        path, _, key = part.opened_by[0].rpartition(".")
        run.record(path, **{key: part.opened_by[1]})


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
        _open(run, stage)
        answer = client.get(place, query_string={"stage": stage.key})
        assert answer.status_code == 200
        page = answer.text.replace("&#39;", "'").replace("&amp;", "&")
        assert f'<h2 id="{stage.key}">{stage.term.label(language)}</h2>' in page
        for path, step in zip(stage.paths(), stage.steps, strict=True):
            assert _lacking(_section(page, path), step, language) == [], path


def test_after_a_conflict_ones_own_text_can_be_kept_and_the_other_fields_stay(world):
    run = Run(Stage.build(world), HOME_VISIT).started()
    stage, path = run.stage, "planning.case_and_student"
    client = stage.counsellor.client()
    page = f"/s/{stage.school.slug}/home-visits/{run.activity_id}/"
    token = csrf_token(client.get(page).text)

    def save(**typed) -> TestResponse:
        return client.post(f"{page}steps/{path}", data=typed | {"csrf_token": token})

    def stored() -> dict[str, str]:
        with stage.as_(stage.counsellor) as actor:
            held = activity_fields.read(actor, run.activity_id)[path]
            return {key: one.value for key, one in held.items()}

    assert save(topic="Kata rekan", grounds="family_problem").status_code == 303
    chosen = save(topic="Kata saya", grounds="family_problem", **{"version-grounds": "1"})
    assert chosen.status_code == 409
    assert 'name="only" value="topic"' in chosen.text
    version = re.search(r'name="version-topic" value="(\d+)"', chosen.text)
    mine = {"only": ["", "topic"], "topic": "Kata saya", "version-topic": version[1]}
    neither = mine | {"only": [""]}
    assert save(**neither).status_code == 303
    assert stored() == {"topic": "Kata rekan", "grounds": "family_problem"}
    assert save(**mine).status_code == 303
    assert stored() == {"topic": "Kata saya", "grounds": "family_problem"}


def test_a_form_that_is_kept_in_its_page_is_told_why_it_was_refused_and_at_which_field(world):
    run = Run(Stage.build(world), HOME_VISIT).started().filled(until="planning.topics_and_roles")
    client, path = run.stage.counsellor.client(), "planning.topics_and_roles"
    page = f"/s/{run.stage.school.slug}/home-visits/{run.activity_id}/"
    typed = {"who": "N" * 301, "role": "Rekaan", "csrf_token": csrf_token(client.get(page).text)}

    def add(**headers: str) -> TestResponse:
        return client.post(f"{page}steps/{path}/entries", data=typed, headers=headers)

    kept, plain = add(Accept="application/json"), add()
    sentence = "The text is too long: at most 300 characters."
    assert kept.status_code == plain.status_code == 422
    assert kept.json == {"error": sentence, "errors": {f"{path}+.who": sentence}}
    assert f'id="{path}+.who-error"' in plain.text
    assert sentence in plain.text


def test_every_field_of_a_steps_form_saves_itself_choices_as_well_as_texts(world):
    run = Run(Stage.build(world), HOME_VISIT).started().filled(until="planning.student_convinced")
    stage, path = run.stage, "planning.case_and_student"
    page = stage.counsellor.client().get(f"/s/{stage.school.slug}/home-visits/{run.activity_id}/").text
    url = f"/s/{stage.school.slug}/home-visits/{run.activity_id}/steps/{path}"
    for key in HOME_VISIT.step(path).fields:
        control = page.split(f'id="{path}.{key.key}"')[1].split(">")[0]
        assert f'data-autosave-url="{url}" data-version="1"' in control, key.key


def test_a_visit_whose_end_was_left_before_its_beginning_says_so_on_its_page(world):
    run = Run(Stage.build(world), HOME_VISIT).started().filled(until="planning.paperwork")
    stage, path = run.stage, "planning.paperwork"
    page = f"/s/{stage.school.slug}/home-visits/{run.activity_id}/?stage=planning"
    sentence = "The end must come after the beginning."
    assert sentence not in stage.counsellor.client().get(page).text
    with stage.as_(stage.counsellor) as actor:
        activity_fields.save_one(actor, run.activity_id, path, "visit_from", "15:00", 1)
    assert sentence in _section(stage.counsellor.client().get(page).text, path)


def _planning(run: Run) -> str:
    path = f"/s/{run.stage.school.slug}/home-visits/{run.activity_id}/?stage=planning"
    return run.stage.counsellor.client().get(path).text


def test_an_answer_that_is_awaited_is_no_closed_gate(world):
    run = Run(Stage.build(world), HOME_VISIT).started()
    for path in HOME_VISIT.stage("planning").paths()[:-1]:
        run.record(path)
    asked = {"permission_channel": "", "permission_on": "", "permission_by": ""}
    run.record("planning.paperwork", permission="waiting", **asked)
    page = _planning(run)
    assert "An answer is awaited: Letters and forms ready" in page
    assert "The way on is closed" not in page
    run.record("planning.paperwork", permission="refused")
    page = _planning(run)
    assert "The way on is closed: Letters and forms ready" in page
    assert "An answer is awaited" not in page


def test_the_lists_of_all_services_lead_to_each_other(world):
    stage = Stage.build(world)
    browser = stage.counsellor.client()
    for noun in ("conferences", "home-visits", "advocacies", "case-referrals"):
        page = browser.get(f"/s/{stage.school.slug}/{noun}/").text
        for other in ("conferences", "home-visits", "advocacies", "case-referrals"):
            assert f'href="/s/{stage.school.slug}/{other}/"' in page


def test_the_stage_whose_page_is_open_is_the_one_that_is_marked(world):
    run = Run(Stage.build(world), HOME_VISIT).started()
    for stage in ("planning", "report"):
        path = f"/s/{run.stage.school.slug}/home-visits/{run.activity_id}/?stage={stage}"
        page = run.stage.counsellor.client().get(path).text
        (marked,) = re.findall(r'<li class="stage [^>]*aria-current="step">.*?</li>', page, re.DOTALL)
        assert f"stage={stage}" in marked
        assert "you are here" in marked
        assert page.count("you are here") == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [("id", ("1 Desember 2026", "26 November 2026")), ("en", ("1 December 2026", "26 November 2026"))],
)
def test_earlier_wordings_of_a_day_and_a_choice_are_told_in_words(world, language, said):
    run = Run(Stage.build(world), HOME_VISIT).started().filled(until="planning.paperwork")
    run.record("planning.paperwork", visit_on="2026-12-01")
    reader, stage = world.person(run.stage.school, "counsellor", locale=language), run.stage
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=reader.user_id)
    home = f"/s/{stage.school.slug}/home-visits/{run.activity_id}/steps/planning.paperwork/fields/"
    client = reader.client()
    page = client.get(home + "visit_on").text
    assert [day for day in said if day not in page] == []
    assert "2026-12-01" not in page
    field = HOME_VISIT.step("planning.paperwork").field("permission")
    page = client.get(home + "permission").text
    assert field.choices[field.choices.keys[0]].label(language) in page
