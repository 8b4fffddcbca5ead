"""Closing a case and opening it again."""

from __future__ import annotations

import pytest

from tests.services.cases.test_cases import TODAY, monitored
from webapp import tenancy
from webapp.domain.errors import Conflict, Invalid
from webapp.models.activities import Activity
from webapp.models.commitments import BehaviourGoal, Commitment
from webapp.services import (
    case_notes,
    case_page,
    cases,
)


def test_a_case_closes_only_when_nothing_is_open_and_opens_again_with_a_reason(
    app, school, counsellor, case_id
):
    actor = counsellor.at(school)
    activity_id, promise_id, goal_id = monitored(school, counsellor, case_id)

    def close(reason="Tuntas."):
        with tenancy.work(actor):
            cases.change_status(actor, case_id, to="closed", reason=reason)

    def settle(table, row_id, state):
        with tenancy.work(actor) as session:
            session.get_one(table, (school.id, row_id)).state = state

    with tenancy.work(actor):
        facts = cases.case_facts(actor, case_id)
    assert (facts.open_activities, facts.open_commitments, facts.open_goals) == (1, 1, 1)
    for table, row_id, state in (
        (Activity, activity_id, "completed"),
        (Commitment, promise_id, "done"),
        (BehaviourGoal, goal_id, "reached"),
    ):
        with pytest.raises(Conflict):
            close()
        settle(table, row_id, state)
    with pytest.raises(Invalid):
        close(reason=" ")
    close()
    with tenancy.work(actor):
        page = case_page.page(actor, case_id)
        assert (page.head.status, page.head.closed_on) == ("closed", TODAY)
        with pytest.raises(Conflict):
            case_notes.add_note(actor, case_id, kind="fact", body="Lagi.", happened_on=TODAY)
        with pytest.raises(Invalid):
            cases.change_status(actor, case_id, to="in_progress")
        cases.change_status(actor, case_id, to="in_progress", reason="Terulang.")
    with tenancy.work(actor):
        page = case_page.page(actor, case_id, kind="status")
    assert (page.head.status, page.head.closed_on) == ("in_progress", None)
    moves = [(entry.before, entry.word, entry.text) for entry in page.timeline.entries]
    assert moves == [
        ("closed", "in_progress", "Terulang."),
        ("open", "closed", "Tuntas."),
        (None, "open", None),
    ]


def test_a_status_that_does_not_exist_is_refused(app, school, counsellor, case_id):
    with tenancy.work(counsellor.at(school)), pytest.raises(Invalid):
        cases.change_status(counsellor.at(school), case_id, to="lost")
