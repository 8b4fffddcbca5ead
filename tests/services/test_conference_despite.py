"""Where violence, harassment or a crime is suspected, a conference is requested with a reason only."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.activity_world import Run
from tests.admin.test_conferences import address, filled, page_of, send
from tests.services.stage import STUDENT, Stage
from webapp.domain import handling
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.errors import Invalid
from webapp.services import activity_runs, cases, conference_request, conference_view, conferences

REASON = "Penanganan sudah selesai; pertemuan ini hanya menyusun dukungan."


def _stage(world, *kinds: str) -> Stage:
    stage = Stage.build(world, now=datetime.now(UTC))
    _set_kinds(stage, *kinds)
    return stage


def _set_kinds(stage: Stage, *kinds: str) -> None:
    with stage.as_(stage.counsellor) as actor:
        cases.edit_case(
            actor,
            stage.case_id,
            field="social",
            kinds=kinds,
            source="counsellor",
            severity="medium",
            summary="Ringkasan rekaan",
        )


@pytest.mark.parametrize("kind", handling.SUSPICIONS)
def test_without_a_reason_such_a_request_is_not_sent_and_with_one_it_is(world, kind):
    stage = _stage(world, "truancy", kind).drafted()
    with stage.as_(stage.counsellor) as actor:
        with pytest.raises(Invalid) as refused:
            conferences.request(actor, stage.conference_id, signed_name=stage.counsellor.name)
        assert refused.value.field == "despite"
        _, view = conference_view.show(actor, stage.conference_id)
        assert [missing.field for missing in view.missing] == ["despite"]
    with stage.as_(stage.counsellor) as actor:
        conferences.edit(actor, stage.conference_id, stage.draft(despite=REASON))
        conferences.request(actor, stage.conference_id, signed_name=stage.counsellor.name)
    with stage.as_(stage.principal) as actor:
        _, view = conference_view.show(actor, stage.conference_id)
        assert view.despite == REASON
        conferences.approve(actor, stage.conference_id)
    assert REASON not in "".join(str(mail) for mail in stage.mails())


def test_other_kinds_of_problem_ask_for_no_reason(world):
    stage = _stage(world, "truancy", "conflict_peer").requested()
    with stage.as_(stage.principal) as actor:
        _, view = conference_view.show(actor, stage.conference_id)
        assert (view.state.key, view.despite) == ("requested", None)


def test_a_kind_added_while_the_request_is_a_draft_asks_for_the_reason(world):
    stage = _stage(world, "truancy").drafted()
    _set_kinds(stage, "violence")
    with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid):
        conferences.request(actor, stage.conference_id, signed_name=stage.counsellor.name)


@pytest.mark.parametrize("despite", [f"Karena {STUDENT} mau", "a" * 2001])
def test_the_reason_names_no_student_and_is_no_novel(world, despite):
    stage = _stage(world, "violence")
    with pytest.raises(Invalid) as refused:
        stage.drafted(despite=despite)
    assert refused.value.field == "despite"


def test_whoever_takes_part_without_approving_does_not_read_the_reason(world):
    stage = _stage(world, "violence").invited(despite=REASON)
    with stage.as_(stage.teacher) as actor:
        _, view = conference_view.show(actor, stage.conference_id)
        assert view.despite is None
    assert REASON not in stage.teacher.client().get(page_of(stage)).text


def test_the_form_warns_asks_and_shows_the_reason_to_the_principal(world):
    stage, calm = _stage(world, "violence"), _stage(world, "truancy")
    page = address(calm, f"new?case_id={calm.case_id}")
    assert 'name="despite"' not in calm.counsellor.client().get(page).text
    client = stage.counsellor.client()
    page = address(stage, f"new?case_id={stage.case_id}")
    shown = client.get(page).text
    assert "A conference is not the first answer here" in shown
    form = filled(stage) | {"act": "request", "signature": stage.counsellor.name}
    refused = send(client, page, **form)
    assert refused.status_code == 422
    assert 'id="despite-error"' in refused.text
    saved = send(client, page, **form, despite=REASON)
    assert saved.status_code == 303
    asked = stage.principal.client().get(saved.location).text
    assert REASON in asked


@pytest.mark.parametrize(
    "situation",
    [
        {"grounds": "violence", "violation": "ethics"},
        {"grounds": "truancy", "violation": "statute"},
    ],
)
def test_a_suspicion_that_only_an_advocacy_of_the_case_names_asks_for_the_reason_too(world, situation):
    stage, elsewhere = _stage(world, "truancy"), _stage(world, "truancy")
    run = Run(stage, ADVOCACY).started()
    run.record("basis.situation", **situation)
    for one in (stage, elsewhere):
        one.drafted()
    page = address(stage, f"new?case_id={stage.case_id}")
    assert 'name="despite"' in stage.counsellor.client().get(page).text
    with stage.as_(stage.counsellor) as actor:
        _, view = conference_view.show(actor, stage.conference_id)
        assert [missing.field for missing in view.missing] == ["despite"]
        with pytest.raises(Invalid) as refused:
            conferences.request(actor, stage.conference_id, signed_name=stage.counsellor.name)
        assert refused.value.field == "despite"
    with elsewhere.as_(elsewhere.counsellor) as actor:
        conferences.request(actor, elsewhere.conference_id, signed_name=elsewhere.counsellor.name)
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, run.activity_id, kind="other", reason="Keliru")
    with stage.as_(stage.counsellor) as actor:
        conferences.request(actor, stage.conference_id, signed_name=stage.counsellor.name)


def test_the_request_on_paper_gives_the_principal_the_reason_where_there_is_one(world):
    for kind, despite in (("violence", REASON), ("truancy", "")):
        stage = _stage(world, kind).drafted(despite=despite)
        with stage.as_(stage.counsellor) as actor:
            report = conference_request.request(actor, stage.conference_id, locale="id")
            paper = conference_request.collect(actor, report)
        facts = {fact.label: fact.value for section in paper.sections for fact in section.facts}
        assert (REASON in facts.values()) is bool(despite)
        assert any(label.startswith("Mengapa tetap konferensi") for label in facts) is bool(despite)
