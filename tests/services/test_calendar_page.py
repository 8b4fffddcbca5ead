"""The calendar: what is planned, for whom, and how much of it each reader may know."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.factories import MONDAY
from tests.queries import count_queries
from tests.services.stage import ENDS_AT, STARTS_AT, STUDENT, Stage
from webapp import tenancy
from webapp.domain.months import Month
from webapp.models.activities import Activity, Appointment
from webapp.services import calendar_page, case_team, conferences, holidays, today

NOVEMBER = Month(2026, 11)
VISIT_AT = MONDAY + timedelta(days=2)


@pytest.fixture
def stage(app, world):
    return Stage.build(world).invited()


def visit(stage: Stage, *, at: datetime = VISIT_AT, **values) -> int:
    """A home visit with an appointment; its activity's id."""
    with stage.as_(stage.counsellor) as actor:
        run = tenancy.add(
            Activity(
                case_id=stage.case_id,
                procedure="home_visit",
                created_by=actor.person_id,
                created_at=actor.at,
            )
        )
        tenancy.add(
            Appointment(
                activity_id=run.id,
                case_id=stage.case_id,
                step="planning.family_notice",
                starts_at=at,
                ends_at=at + timedelta(hours=1),
                set_at=actor.at,
                set_by=actor.person_id,
                **values,
            )
        )
        return run.id


def shown(stage: Stage, person, *, mine=False, month=NOVEMBER):
    with stage.as_(person) as actor:
        return calendar_page.month(actor, month, mine=mine, locale="en").entries


def test_the_team_sees_its_meetings_and_visits_in_order_of_time(stage):
    visit_id = visit(stage)
    entries = shown(stage, stage.counsellor, mine=True)
    assert [(entry.procedure, entry.id, entry.starts_at) for entry in entries] == [
        ("home_visit", visit_id, VISIT_AT),
        ("conference", stage.conference_id, STARTS_AT),
    ]
    first, second = entries
    assert (first.student, first.number, first.place, first.opens) == (STUDENT, "K-2026-001", None, True)
    assert (second.student, second.place, second.ends_at) == (STUDENT, "Ruang BK", ENDS_AT)
    assert shown(stage, stage.counsellor, month=NOVEMBER.following) == ()


def test_another_counsellor_knows_when_and_whose_case_and_opens_no_visit(stage, world):
    visit(stage)
    colleague = world.person(stage.school, "counsellor")
    assert shown(stage, colleague, mine=True) == ()
    of_visit, of_meeting = shown(stage, colleague)
    assert (of_visit.number, of_visit.student, of_visit.opens) == ("K-2026-001", STUDENT, False)
    assert (of_meeting.is_mine, of_meeting.opens) == (False, True)


def test_an_invited_teacher_sees_the_meeting_without_number_or_name(stage, world):
    visit(stage)
    (entry,) = shown(stage, stage.teacher, mine=True)
    assert (entry.id, entry.number, entry.student, entry.place) == (
        stage.conference_id,
        None,
        None,
        "Ruang BK",
    )
    assert shown(stage, stage.teacher) == (entry,)
    assert shown(stage, world.person(stage.school, "teacher")) == ()
    assert shown(stage, world.person(stage.school, "school_admin")) == ()


def test_those_shut_out_of_the_case_see_nothing_of_it(stage, world):
    visit(stage)
    for role in ("principal", "counsellor"):
        accused = world.person(stage.school, role)
        assert len(shown(stage, accused)) == 2
        with stage.as_(stage.counsellor) as actor:
            case_team.shut_out(actor, stage.case_id, user_id=accused.user_id, reason="Pihak rekaan")
        assert shown(stage, accused) == ()


def test_another_school_sees_nothing(stage, world):
    visit(stage)
    other = Stage.build(world)
    assert shown(other, other.counsellor) == ()
    assert shown(other, other.principal) == ()


def test_what_was_called_off_leaves_the_calendar(stage):
    visit(stage, cancelled_at=MONDAY)
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Batal rekaan")
    assert shown(stage, stage.counsellor) == ()


def test_what_is_still_being_prepared_says_so(app, world):
    stage = Stage.build(world).drafted()
    (entry,) = shown(stage, stage.counsellor)
    assert (entry.is_agreed, entry.state.key) == (False, "draft")
    assert shown(stage, stage.teacher) == (), "those proposed hear of it once it is approved"


def test_a_month_ends_at_midnight_on_the_schools_own_clock(app, world):
    stage = Stage.build(world, time_zone="Asia/Jayapura")
    visit(stage, at=datetime(2026, 11, 30, 14, 59, tzinfo=MONDAY.tzinfo))  # 23.59 WIT
    visit(stage, at=datetime(2026, 11, 30, 15, 0, tzinfo=MONDAY.tzinfo))  # midnight
    assert len(shown(stage, stage.counsellor)) == 1
    assert len(shown(stage, stage.counsellor, month=NOVEMBER.following)) == 1


def test_free_days_have_their_names_and_the_schools_own_goes_first(stage, world):
    admin = world.person(stage.school, "school_admin")
    with stage.as_(admin) as actor:
        holidays.add(actor, on=date(2026, 12, 14), name="Libur rekaan")
    with stage.as_(stage.counsellor) as actor:
        free = calendar_page.month(actor, Month(2026, 12), mine=True, locale="en").free_days
    assert free[date(2026, 12, 14)] == "Libur rekaan"
    assert "Christmas" in free[date(2026, 12, 25)]
    assert all(Month.of(on) == Month(2026, 12) for on in free)


def test_more_entries_cost_no_more_queries(stage):
    def cost():
        with count_queries() as seen:
            shown(stage, stage.counsellor)
        return len(seen)

    few = cost()
    for days in range(3):
        visit(stage, at=VISIT_AT + timedelta(days=days))
    assert cost() == few == 4


def test_today_shows_the_teams_visits_until_sunday_and_nobody_elses(stage, world):
    visit_id = visit(stage)
    visit(stage, at=MONDAY + timedelta(days=7))
    with stage.as_(stage.counsellor) as actor:
        assert [line.id for line in today.show(actor).visits] == [visit_id]
    with stage.as_(world.person(stage.school, "counsellor")) as actor:
        assert today.show(actor).visits == ()
