"""Documents on the pages of an activity, as the counsellor asks for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.activity_world import Run
from tests.factories import csrf_token
from tests.papers.made import finished
from tests.papers.moves import run_of
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.models.background import Report
from webapp.models.letters import Letter
from webapp.services import activity_runs


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world, city="Contohrejo")


def page_of(run: Run, place: str) -> str:
    return f"/s/{run.stage.school.slug}/home-visits/{run.activity_id}/{place}"


def asked_for(run: Run, kind: str) -> list[bool]:
    """Whether each document of that kind was asked for with impressions."""
    with run.stage.as_(run.stage.counsellor):
        wanted = (Report.activity_id == run.activity_id, Report.kind == kind)
        return [row.with_impressions for row in tenancy.session.scalars(select(Report).where(*wanted))]


def post(client, run: Run, place: str, data: dict[str, str]):
    token = csrf_token(client.get(f"/s/{run.stage.school.slug}/home-visits/new").text)
    return client.post(page_of(run, place), data=data | {"csrf_token": token})


def test_impressions_are_in_a_copy_only_where_the_box_was_ticked(stage):
    run = Run(stage, HOME_VISIT).started().filled()
    client = stage.counsellor.client()
    page = client.get(page_of(run, "?stage=report")).get_data(as_text=True)
    assert page.count('name="with_impressions"') == 1
    asked = {"kind": "visit_report_copy", "step": "report.delivered"}
    assert post(client, run, "documents", asked).status_code == 303
    ticked = asked | {"with_impressions": "1"}
    assert post(client, run, "documents", ticked).status_code == 303
    assert sorted(asked_for(run, "visit_report_copy")) == [False, True]


def test_a_copy_of_an_advocacy_offers_no_impressions_also_once_it_is_completed(stage):
    run = Run(stage, ADVOCACY).started()
    for path in run.paths():
        if path != "outcome.delivered":
            run.record(path)
    client, url = (
        stage.counsellor.client(),
        f"/s/{stage.school.slug}/advocacies/{run.activity_id}/?stage=outcome",
    )
    with stage.as_(stage.counsellor) as actor:
        activity_runs.complete(actor, run.activity_id)
    page = client.get(url).text
    assert 'value="advocacy_report_copy"' in page
    assert "with_impressions" not in page


def test_a_document_of_another_service_or_of_nobodys_is_refused(stage, world):
    run = Run(stage, HOME_VISIT).started().filled()
    wrong = {"kind": "advocacy_report", "step": "report.compiled"}
    assert post(stage.counsellor.client(), run, "documents", wrong).status_code == 422
    stranger = world.person(stage.school, "counsellor").client()
    right = {"kind": "visit_report", "step": "report.compiled"}
    assert post(stranger, run, "documents", right).status_code == 404


def soon() -> datetime:
    """Pages have the clock on the wall."""
    return datetime.now(UTC) + timedelta(minutes=1)


def letters_of(run: Run) -> list[Letter]:
    with run.stage.as_(run.stage.counsellor):
        return list(tenancy.session.scalars(select(Letter).where(Letter.activity_id == run.activity_id)))


def test_a_letter_is_issued_opened_as_a_word_file_and_voided_on_the_page_of_its_step(stage):
    run = run_of(stage, "visit_notice")
    client = stage.counsellor.client()
    asked = {"kind": "visit_notice", "step": "planning.paperwork", "mode": "hand", "number": "12/BK/2026"}
    assert post(client, run, "documents", asked).status_code == 303
    assert post(client, run, "documents", asked).status_code == 303
    (letter,) = letters_of(run)
    finished(stage, letter.report_id, at=soon())
    page = client.get(page_of(run, "?stage=planning")).get_data(as_text=True)
    assert page.count("Number 12/BK/2026") == 1
    word = client.get(f"/s/{stage.school.slug}/documents/{letter.report_id}/file?form=docx")
    assert word.status_code == 200
    assert f"{letter.report_id}/file?form=docx" in page
    stranger = stage.principal.client()
    assert stranger.get(f"/s/{stage.school.slug}/documents/{letter.report_id}/file").status_code == 404
    assert post(client, run, f"letters/{letter.id}/void", {}).status_code == 303
    page = client.get(page_of(run, "?stage=planning")).get_data(as_text=True)
    assert "Voided" in page
    assert f"{letter.report_id}/file" not in page


def test_a_number_that_another_letter_bears_is_refused_at_its_field(stage):
    first, second = (run_of(stage, "visit_notice") for _ in range(2))
    asked = {"kind": "visit_notice", "step": "planning.paperwork", "mode": "hand", "number": "7"}
    client = stage.counsellor.client()
    assert post(client, first, "documents", asked).status_code == 303
    answer = post(client, second, "documents", asked)
    assert answer.status_code == 422
    assert 'href="#planning.paperwork:visit_notice.number"' in answer.text
    assert 'id="planning.paperwork:visit_notice.number"' in answer.text
    assert "Another letter bears this number." in answer.text


def test_a_letter_of_an_earlier_day_is_marked(stage):
    run = run_of(stage, "visit_notice")
    client = stage.counsellor.client()
    asked = {"kind": "visit_notice", "step": "planning.paperwork", "mode": "pattern"}
    post(client, run, "documents", asked)
    assert "Changed since" not in client.get(page_of(run, "?stage=planning")).text
    run.record("planning.paperwork", visit_on="2026-12-01")
    assert "Changed since" in client.get(page_of(run, "?stage=planning")).text


def test_the_request_for_a_conference_is_a_letter_for_the_team_alone(stage):
    stage.requested()
    place = f"/s/{stage.school.slug}/conferences/{stage.conference_id}/"
    client, principal = stage.counsellor.client(), stage.principal.client()
    assert "The request on paper" not in principal.get(place).text
    token = {"csrf_token": csrf_token(client.get(place).text)}
    assert client.post(place + "request-letter", data=token).status_code == 303
    with stage.as_(stage.counsellor):
        wanted = (Report.conference_id == stage.conference_id, Report.kind == "conference_request")
        (report,) = tenancy.session.scalars(select(Report).where(*wanted))
    paper = finished(stage, report.id, at=soon())
    assert "Z.C." in paper.text
    page = client.get(place).text
    assert f"documents/{report.id}/file" in page
    assert f"documents/{report.id}/file?form=docx" in page
    assert principal.get(f"/s/{stage.school.slug}/documents/{report.id}/file").status_code == 404
