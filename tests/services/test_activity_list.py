"""The list of a service: what is under way before what has ended, over all pages, for the team alone."""

from __future__ import annotations

import pytest

from tests.activity_world import Run
from tests.services.stage import Stage
from webapp.domain.declared.referral import REFERRAL
from webapp.domain.errors import NotFound
from webapp.services import activity_list, activity_runs


def begun(stage: Stage, number: int) -> list[int]:
    return [Run(stage, REFERRAL).started().activity_id for _ in range(number)]


def test_what_is_under_way_stands_before_what_has_ended_over_all_pages(app, world, monkeypatch):
    monkeypatch.setattr(activity_list, "PAGE_SIZE", 2)
    stage = Stage.build(world)
    runs = begun(stage, 5)
    ended = [runs[1], runs[4]]
    with stage.as_(stage.counsellor) as actor:
        for run in ended:
            activity_runs.cancel(actor, run, kind="other", reason="Rekaan")
    seen, cursor = [], None
    while True:
        with stage.as_(stage.counsellor) as actor:
            page = activity_list.page(actor, REFERRAL, older_than=cursor)
        seen += [line.id for line in page.lines]
        cursor = page.older_than
        if cursor is None:
            break
    assert seen == [runs[3], runs[2], runs[0], runs[4], runs[1]]


def test_a_page_below_another_schools_run_does_not_exist(app, world):
    ours, theirs = Stage.build(world), Stage.build(world)
    (foreign,) = begun(theirs, 1)
    (own,) = begun(ours, 1)
    with ours.as_(ours.counsellor) as actor:
        assert activity_list.page(actor, REFERRAL, older_than=own).lines == ()
        with pytest.raises(NotFound):
            activity_list.page(actor, REFERRAL, older_than=foreign)
