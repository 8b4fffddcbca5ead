"""Promises that stay overdue: told to the counsellor, then to the principal, once each; two schools."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.conference_world import AFTER, Meeting
from webapp.models.schools import School
from webapp.services import (
    case_team,
    commitments,
    conduct_view,
    dues_list,
    dues_sweep,
    letterheads,
    school_settings,
)

DUE_ON = date(2026, 12, 10)  # a Thursday: seventeen days after the stage's Monday


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world).concluded()


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world).concluded()


def morning(days_after: int) -> datetime:
    """Eight o'clock in Jakarta, so many days after the promises' day."""
    return datetime(2026, 12, 10, 1, 0, tzinfo=AFTER.tzinfo) + timedelta(days=days_after)


def sweep(stage: Meeting, *days_after: int) -> None:
    with stage.world.app.app_context():
        for days in days_after:
            dues_sweep.sweep(morning(days), school=stage.school.slug)


def told(stage: Meeting) -> list[str]:
    return [mail.to_address for mail in stage.mails("commitment_escalation")]


def keep(stage: Meeting, kind: str) -> None:
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        if kind == "guardian":
            commitments.answer_on_behalf(actor, stage.extra["task_guardian"], accepts=True, channel="phone")
        commitments.report_on_behalf(actor, stage.extra[f"task_{kind}"], state="done", channel="phone")


def test_one_that_stays_overdue_is_told_to_the_counsellor_and_a_week_later_to_the_principal(stage, other):
    keep(stage, "guardian")
    sweep(stage, *range(7))
    assert told(stage) == []
    sweep(stage, 7, 7, 8, 9, 10)
    assert told(stage) == [stage.counsellor.email]
    sweep(stage, *range(11, 40))
    assert told(stage) == [stage.counsellor.email, stage.principal.email]
    assert told(other) == []


def test_the_mail_says_neither_who_nor_what(stage):
    sweep(stage, 7)
    text = " ".join(str(mail) for mail in stage.mails("commitment_escalation"))
    assert "Tugas rekaan" not in text
    assert stage.teacher.name not in text
    assert f"#commitment-{stage.extra['task_staff']}" in text


def test_what_is_kept_in_time_is_told_to_nobody_and_what_is_kept_between_stops(stage):
    keep(stage, "guardian")
    sweep(stage, 7)
    keep(stage, "staff")
    sweep(stage, 18, 21)
    assert told(stage) == [stage.counsellor.email]


def test_taken_up_again_it_is_not_told_twice(stage):
    keep(stage, "guardian")
    sweep(stage, 7)
    keep(stage, "staff")
    with stage.as_(stage.teacher, when=AFTER) as actor:
        commitments.report(actor, stage.extra["task_staff"], state="under_way", note="Belum selesai")
    sweep(stage, 8, 9)
    assert told(stage) == [stage.counsellor.email]
    sweep(stage, 18)  # the first school day after two weeks: Christmas lies between
    assert told(stage) == [stage.counsellor.email, stage.principal.email]


def test_the_school_sets_after_how_many_days_and_a_change_tells_nobody_twice(stage, world, as_superuser):
    keep(stage, "guardian")
    sweep(stage, 7)
    admin = world.person(stage.school, "school_admin")
    set_days(stage, admin, 3, 20)
    sweep(stage, 8, 14, 15)
    assert told(stage) == [stage.counsellor.email]
    sweep(stage, 23, 25)  # the 23rd day is a Saturday
    assert told(stage) == [stage.counsellor.email, stage.principal.email]


def set_days(stage: Meeting, admin, first: int, further: int) -> None:
    with stage.as_(admin, when=morning(7)) as actor:
        school_settings.change_case_rules(
            actor,
            case_number_pattern="K-{nomor}",
            minutes_access_days=14,
            substitute_approver_id=None,
            overdue_counsellor_days=first,
            overdue_principal_days=further,
        )


def test_a_step_missed_while_nothing_ran_is_made_up_and_not_lost(stage):
    keep(stage, "guardian")
    sweep(stage, 20)
    assert sorted(told(stage)) == sorted([stage.counsellor.email, stage.principal.email])


def test_whoever_owns_the_case_by_then_is_told(stage, world):
    keep(stage, "guardian")
    successor = world.person(stage.school, "counsellor")
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        case_team.hand_over(actor, stage.case_id, user_id=successor.user_id)
    sweep(stage, 7)
    assert told(stage) == [successor.email]


def test_what_is_listed_is_what_is_then_sent(stage):
    keep(stage, "guardian")
    with stage.world.app.app_context():
        lines = dues_list.list_due(morning(7), school=stage.school.slug)
    listed = [line for line in lines if line.kind == "commitment_escalation"]
    assert [line.recipient for line in listed] == ["counsellor"]


def test_the_promises_page_says_who_was_told_and_when(stage):
    keep(stage, "guardian")
    sweep(stage, 7)
    stage.speak().sign()
    with stage.as_(stage.counsellor, when=morning(8)) as actor:
        tasks = conduct_view.monitoring(actor, stage.conference_id).tasks
    assert [[level for level, _ in task.told] for task in tasks] == [["counsellor"], []]


def test_the_defaults_are_a_week_each(stage):
    with stage.as_(stage.counsellor) as actor:
        school: School = letterheads.school(actor)
    assert (school.overdue_counsellor_days, school.overdue_principal_days) == (7, 7)
