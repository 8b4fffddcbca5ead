"""`pamong due`: what is due at a moment, and queueing it on trial."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from flask import Flask

from tests.services.stage import STUDENT, Stage
from webapp.cli import main
from webapp.services import dues

NEXT_MORNING = "2026-11-24T07:00+07:00"


@pytest.fixture
def pamong(session_app: Flask):
    """Run the command against the test database; gives click's result."""

    def run(*arguments: str, app: Flask = session_app):
        return CliRunner().invoke(main, ["due", *arguments], obj=app)

    return run


def test_what_is_due_is_listed_with_kind_school_recipient_period_and_reason(app, world, pamong):
    stage, other = Stage.build(world).requested(), Stage.build(world).requested()
    result = pamong("--at", NEXT_MORNING, "--school", stage.school.slug)
    assert result.exit_code == 0, result.output
    heading, line = result.output.strip().splitlines()
    assert heading.split() == ["KIND", "SCHOOL", "RECIPIENT", "PERIOD", "REASON"]
    assert line.split(maxsplit=4) == [
        "approval_reminder",
        stage.school.slug,
        stage.principal.email,
        "2026-11-24",
        "A request has waited for approval since Monday, 23 November 2026.",
    ]
    assert other.school.slug in pamong("--at", NEXT_MORNING).output
    assert stage.mails("approval_reminder") == []


def test_nobodys_name_is_printed(app, world, pamong):
    stage = Stage.build(world).invited()
    dues.reconcile(datetime(2026, 11, 23, 3, tzinfo=UTC))
    output = pamong("--at", "2026-11-25T07:00+07:00", "--school", stage.school.slug).output
    assert "daily_digest" in output
    assert f"participant:{stage.participant('guardian').id}" in output
    for name in (STUDENT, stage.counsellor.name, stage.principal.name, stage.teacher.name, "Psikolog"):
        assert name not in output


def test_run_queues_under_that_moments_period_and_only_once(app, world, pamong):
    stage, other = Stage.build(world).requested(), Stage.build(world).requested()
    first = pamong("--at", NEXT_MORNING, "--school", stage.school.slug, "--run")
    assert first.exit_code == 0, first.output
    assert "Mails queued now: 1." in first.output
    again = pamong("--at", NEXT_MORNING, "--school", stage.school.slug, "--run")
    assert "Nothing is due then." in again.output
    assert len(stage.mails("approval_reminder")) == 1
    assert other.mails("approval_reminder") == []


def test_production_refuses_to_run_and_still_lists(app, world, pamong, settings):
    stage = Stage.build(world).requested()
    production = Flask("production")
    production.config["PAMONG"] = settings.model_copy(update={"env": "production"})
    refused = pamong("--at", NEXT_MORNING, "--run", app=production)
    assert refused.exit_code == 1
    assert "--run is refused" in refused.output
    assert stage.mails("approval_reminder") == []
    assert stage.principal.email in pamong("--at", NEXT_MORNING).output


@pytest.mark.parametrize("at", ["2026-11-24T07:00", "besok", "2026-13-01T07:00+07:00"])
def test_a_moment_without_zone_or_sense_is_a_usage_error(app, pamong, at):
    result = pamong("--at", at)
    assert result.exit_code == 2
    assert "zone" in result.output or "ISO 8601" in result.output


def test_an_unknown_school_ends_with_one_and_the_sentence(app, world, pamong):
    result = pamong("--at", NEXT_MORNING, "--school", "tidak-ada")
    assert result.exit_code == 1
    assert "There is no school with the address tidak-ada." in result.output
    assert pamong("--at", NEXT_MORNING, "--school", world.school().slug).exit_code == 0
