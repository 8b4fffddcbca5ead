"""The calendar's page: a month, its neighbours, and what each reader finds linked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.services.stage import STUDENT, Stage
from webapp.domain.months import Month


@pytest.fixture
def stage(world):
    return Stage.build(world, now=datetime.now(UTC)).invited()


def page_of(stage, person, **asked) -> str:
    # The meeting is three days ahead, and may lie in the next month.
    month = Month.of(stage.starts_at.date())
    answer = person.client().get(
        f"/s/{stage.school.slug}/calendar/", query_string={"month": str(month), **asked}
    )
    assert answer.status_code == 200
    return answer.text


def test_a_meeting_stands_on_its_day_and_leads_to_its_page(stage):
    page = page_of(stage, stage.counsellor)
    assert f'href="/s/{stage.school.slug}/conferences/{stage.conference_id}/"' in page
    assert f"K-{stage.now.year}" in page
    assert STUDENT in page
    assert "Nothing is planned" not in page


def test_the_invited_teacher_reads_no_name(stage):
    page = page_of(stage, stage.teacher)
    assert "Case conference" in page
    assert STUDENT not in page
    assert f"K-{stage.now.year}" not in page


def test_mine_and_the_whole_school_are_two_views(stage, world):
    colleague = world.person(stage.school, "counsellor")
    assert "Nothing is planned in this month" in page_of(stage, colleague)
    page = page_of(stage, colleague, show="school")
    assert STUDENT in page
    assert "show=school" in page, "turning the page keeps the view"


def test_turning_pages_leads_to_the_neighbours_and_nonsense_to_this_month(stage):
    client = stage.counsellor.client()
    address = f"/s/{stage.school.slug}/calendar/"
    page = client.get(f"{address}?month=2026-12").text
    assert "month=2026-11" in page
    assert "month=2027-01" in page
    today = client.get(address).text
    assert client.get(f"{address}?month=2026-99").text.count('aria-current="date"') == 1
    assert today.count('aria-current="date"') == 1


def test_other_schools_calendars_do_not_exist(stage, world):
    stranger = world.person(world.school(), "counsellor")
    assert stranger.client().get(f"/s/{stage.school.slug}/calendar/").status_code == 404


def test_a_principal_sees_the_schools_calendar_first_and_a_counsellor_their_own(stage, world):
    nothing = "Nothing is planned in this month"
    assert nothing in page_of(stage, world.person(stage.school, "counsellor"))
    principal = world.person(stage.school, "principal")
    assert nothing not in page_of(stage, principal)
    assert nothing in page_of(stage, principal, show="mine")
