"""A step that a participant's act completes is recorded with that act, whoever acts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conference_world import AFTER, DURING, Meeting
from webapp import tenancy
from webapp.domain.errors import NotFound
from webapp.services import activities, commitments, meeting, participants, pledges


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world)


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world)


def steps(stage: Meeting) -> dict[str, int | None]:
    """Recorded steps and who did them."""
    with stage.as_(stage.counsellor) as actor:
        return {path: row.done_by for path, row in activities.recorded(actor, stage.conference_id).items()}


def end_own_tasks(stage: Meeting, at, *, guest_only: bool = False) -> None:
    if not guest_only:
        with stage.as_(stage.teacher, when=at) as actor:
            commitments.report(actor, stage.extra["task_staff"], state="done")
    with stage.as_guest(when=at) as actor:
        commitments.answer(actor, stage.extra["task_guardian"], accepts=True)
        commitments.report(actor, stage.extra["task_guardian"], state="done")


@pytest.mark.parametrize("later", [timedelta(days=2), timedelta(days=400)])
def test_the_last_report_by_a_guest_completes_the_support_actions(stage, other, later):
    """Also long after the minutes have closed to guests, who then see their own task alone."""
    stage.signed_off()
    other.signed_off()
    with stage.as_(stage.teacher, when=AFTER) as actor:
        commitments.report(actor, stage.extra["task_staff"], state="done")
    assert "monitoring.support_actions" not in steps(stage), "the guardian's task is open"
    end_own_tasks(stage, AFTER + later, guest_only=True)
    assert steps(stage)["monitoring.support_actions"] is None, "a guest has no account to name"
    assert "monitoring.support_actions" not in steps(other)


def test_the_last_report_by_staff_outside_the_team_completes_them_too(stage):
    stage.signed_off()
    end_own_tasks(stage, AFTER, guest_only=True)
    with stage.as_(stage.teacher, when=AFTER) as actor:
        commitments.report(actor, stage.extra["task_staff"], state="done")
    assert steps(stage)["monitoring.support_actions"] == stage.teacher.user_id


def test_the_last_signature_of_those_present_completes_the_opening(stage, other):
    for each in (stage, other):
        each.invited()
        with each.as_(each.counsellor, when=DURING) as actor:
            meeting.open_meeting(actor, each.conference_id)
            rows = participants.of(actor, each.conference_id)
            there = {
                row.id: "present" if row.kind == "guardian" else "absent" for row in rows if not row.signed_at
            }
            meeting.record_attendance(actor, each.conference_id, there)
    assert "conduct.opening" not in steps(stage)
    with stage.as_guest(when=DURING, verified=False) as actor:
        pledges.sign(actor, stage.conference_id, typed_name="Wali Rekaan")
    assert "conduct.opening" in steps(stage)
    assert "conduct.opening" not in steps(other)


def test_declining_the_only_task_takes_the_roles_back(stage):
    stage.described()
    guardian = stage.participant("guardian")
    with stage.as_(stage.counsellor, when=DURING) as actor:
        task = commitments.propose(
            actor, stage.conference_id, participant_id=guardian.id, what="Tugas rekaan", due_on=stage.due_on
        )
    assert "conduct.roles" in steps(stage)
    with stage.as_guest(when=DURING) as actor:
        commitments.answer(actor, task.id, accepts=False, reason="Tidak sanggup")
    assert "conduct.roles" not in steps(stage)


def test_a_guest_without_a_code_and_a_guest_of_another_school_complete_nothing(stage, other):
    stage.signed_off()
    other.signed_off()
    with stage.as_(stage.teacher, when=AFTER) as actor:
        commitments.report(actor, stage.extra["task_staff"], state="done")
    for guest in (
        stage.guest("guardian", when=AFTER, verified=False),
        other.guest("guardian", when=AFTER, verified=True),
    ):
        with stage.world.app.app_context(), tenancy.work(guest), pytest.raises(NotFound):
            commitments.answer(guest, stage.extra["task_guardian"], accepts=True)
    assert "monitoring.support_actions" not in steps(stage)
