"""`/metrics`: figures for Prometheus behind a token, without any school's or person's data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select

from tests.services.stage import Stage
from webapp import tenancy
from webapp.models.background import OutboxMail
from webapp.services import status

WEEK = timedelta(days=status.TROUBLE_DAYS)
TOKEN = "an-invented-token-for-the-metrics-page"


@pytest.fixture
def asked(session_app, monkeypatch):
    """Asks for the page with a token; the installation has TOKEN configured."""
    with_token = session_app.config["PAMONG"].model_copy(update={"metrics_token": TOKEN})
    monkeypatch.setitem(session_app.config, "PAMONG", with_token)

    def ask(token: str = TOKEN):
        return session_app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})

    return ask


def values(page: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_mails_that_wait_in_two_schools_are_counted_together_with_the_age_of_the_oldest(world, asked):
    before = values(asked().text).get(("pamong_work", "mail", "queued"), 0)
    stages = [Stage.build(world).invited(), Stage.build(world).invited()]
    waiting = 0
    for stage in stages:
        at = datetime.now(UTC)
        with world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, at)) as session:
            mails = select(OutboxMail.id).where(OutboxMail.school_id == stage.school.id)
            waiting += len(session.scalars(mails.where(OutboxMail.state == "queued")).all())
    assert waiting > 4
    after = values(asked().text)
    assert after["pamong_work", "mail", "queued"] == before + waiting
    assert after["pamong_work_oldest_seconds", "mail", "queued"] > 0


def test_a_bounce_counts_as_trouble_for_a_week(world, asked):
    stage = Stage.build(world).invited()
    at = datetime.now(UTC)
    with world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, at)) as session:
        fresh, old = session.scalars(
            select(OutboxMail).where(OutboxMail.school_id == stage.school.id).limit(2)
        ).all()
        fresh.state, fresh.created_at = "bounced", at
        old.state, old.created_at = "bounced", at - WEEK - timedelta(minutes=1)
    with world.app.app_context():
        found = [f for f in status.work_figures(at) if (f.kind, f.state) == ("mail", "bounced")]
    assert found[0].oldest_at >= at - WEEK
    assert values(asked().text)["pamong_work", "mail", "bounced"] == found[0].number


def test_sweeps_and_queues_are_there_as_soon_as_they_have_run(world, asked):
    at = datetime.now(UTC)
    with world.app.app_context():
        status.record_sweep("outbox", at, touched=0)
    found = values(asked().text)
    assert found["pamong_sweep_last_success_timestamp_seconds", "outbox"] == pytest.approx(at.timestamp(), 1)
    assert {name[1] for name in found if name[0] == "pamong_queue_length"} == set(status.QUEUES)


@pytest.mark.parametrize("token", ["", "another", TOKEN[:-1], TOKEN + "x", "kunci-é"])
def test_without_the_right_token_there_is_no_such_page(asked, token):
    assert asked().status_code == 200
    assert asked(token).status_code == 404


def test_an_installation_without_a_token_has_no_such_page_at_all(session_app):
    client = session_app.test_client()
    for header in ({}, {"Authorization": "Bearer "}, {"Authorization": ""}):
        assert client.get("/metrics", headers=header).status_code == 404


def test_people_and_schools_see_no_figures_of_all_schools(world):
    """The function behind it answers workers only."""
    stage = Stage.build(world).invited()
    with stage.as_(stage.counsellor) as actor:
        columns = ("kind", "state", "number", "oldest")
        figures = func.app_work_figures(actor.at).table_valued(*columns)
        assert tenancy.session.execute(select(*figures.c)).all() == []
