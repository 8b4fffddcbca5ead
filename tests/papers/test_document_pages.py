"""Documents on the pages of an activity, as the counsellor asks for them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.activity_world import Run
from tests.factories import csrf_token
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.models.background import Report


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


def test_a_document_of_another_service_or_of_nobodys_is_refused(stage, world):
    run = Run(stage, HOME_VISIT).started().filled()
    wrong = {"kind": "advocacy_report", "step": "report.compiled"}
    assert post(stage.counsellor.client(), run, "documents", wrong).status_code == 422
    stranger = world.person(stage.school, "counsellor").client()
    right = {"kind": "visit_report", "step": "report.compiled"}
    assert post(stranger, run, "documents", right).status_code == 404
