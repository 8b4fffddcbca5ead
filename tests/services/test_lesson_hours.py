"""The district's dated table, and what its schools count with it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tests.activity_world import Run
from tests.conference_world import Meeting
from tests.factories import MONDAY
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.errors import Forbidden, Invalid, NotFound
from webapp.models.activities import Execution
from webapp.models.lesson_hours import LessonHourWeight
from webapp.services import activity_fields, conferences, lesson_hours, meeting

TODAY = MONDAY.date()
TOMORROW = TODAY + timedelta(days=1)
DONE = "execution.recorded_and_concluded"


class Board:
    """A district, its admin, and acts of theirs on a day of choice."""

    def __init__(self, world) -> None:
        self.world, self.office, self.person = world, world.district(), world.person()
        world.join_district(self.person, self.office, "district_admin")

    @contextmanager
    def acting(self, *roles, when=MONDAY):
        actor = self.office.actor(self.person, *roles, when=when)
        with self.world.app.app_context(), tenancy.work(actor):
            yield actor

    def sets(self, service: str, hours: str, valid_from: date, *, when=MONDAY) -> int:
        with self.acting(when=when) as actor:
            return lesson_hours.set_weight(
                actor, service=service, hours=Decimal(hours), valid_from=valid_from
            ).id


@pytest.fixture
def board(world) -> Board:
    return Board(world)


def _quarters(stage, service, on):
    with stage.as_(stage.counsellor) as actor:
        return lesson_hours.quarters_on(actor, service, on)


def test_a_weight_holds_from_its_day_on_in_the_schools_of_its_district_alone(world, board):
    inside, outside = Stage.build(world, district=board.office), Stage.build(world)
    board.sets("advocacy", "1.5", TOMORROW)
    assert [_quarters(inside, "advocacy", day) for day in (TODAY, TOMORROW)] == [4, 6]
    assert [_quarters(outside, "advocacy", day) for day in (TODAY, TOMORROW)] == [4, 4]
    assert _quarters(inside, "home_visit", TOMORROW) == 8


def test_what_has_begun_is_never_changed_and_what_is_ahead_is_corrected_or_taken_back(board):
    row_id = board.sets("advocacy", "1.5", TOMORROW)
    assert board.sets("advocacy", "2", TOMORROW) == row_id, "the same day once more corrects it"
    with pytest.raises(Invalid) as refused:
        board.sets("advocacy", "3", TODAY)
    assert refused.value.field == "valid_from"
    with board.acting(when=MONDAY + timedelta(days=1)) as actor:
        with pytest.raises(Invalid):
            lesson_hours.withdraw(actor, row_id)
        with pytest.raises(Invalid):
            lesson_hours.set_weight(actor, service="advocacy", hours=Decimal(3), valid_from=TOMORROW)
    with board.acting() as actor:
        lesson_hours.withdraw(actor, row_id)
        assert all(line.by_default and not line.lines for line in lesson_hours.of_district(actor))


def test_the_database_holds_what_has_begun_as_well(board):
    row_id = board.sets("advocacy", "1.5", TOMORROW)
    with board.acting(when=MONDAY + timedelta(days=1)):
        changed = tenancy.session.execute(
            text("UPDATE lesson_hour_weights SET quarter_hours = 40 WHERE id = :id"), {"id": row_id}
        )
        removed = tenancy.session.execute(
            text("DELETE FROM lesson_hour_weights WHERE id = :id"), {"id": row_id}
        )
        assert (changed.rowcount, removed.rowcount) == (0, 0)


def test_only_the_districts_own_admin_keeps_its_table(world, board):
    row_id, other = board.sets("advocacy", "1.5", TOMORROW), Board(world)
    with other.acting() as actor, pytest.raises(NotFound):
        lesson_hours.withdraw(actor, row_id)
    with board.acting("district_officer") as actor, pytest.raises(Forbidden):
        lesson_hours.set_weight(actor, service="advocacy", hours=Decimal(1), valid_from=TOMORROW)
    stage = Stage.build(world, district=board.office)
    insert = text(
        "INSERT INTO lesson_hour_weights (district_id, service, quarter_hours, valid_from, set_by, set_at)"
        " VALUES (:district, 'referral', 4, '2030-01-01', 1, now())"
    )
    with pytest.raises(DBAPIError), stage.as_(stage.principal):
        tenancy.session.execute(insert, {"district": board.office.id})
    with other.acting():
        assert tenancy.session.scalar(select(func.count()).select_from(LessonHourWeight)) == 0


def _execution(stage, activity_id):
    return tenancy.session.scalar(
        select(Execution).where(Execution.school_id == stage.school.id, Execution.activity_id == activity_id)
    )


def test_a_visit_counts_with_the_weight_of_its_day_and_a_corrected_day_with_its_own(world, board):
    board.sets("home_visit", "1.25", TOMORROW)
    run = Run(Stage.build(world, district=board.office), HOME_VISIT).started().filled(until=DONE)
    with run.stage.as_(run.stage.counsellor) as actor:
        assert _execution(run.stage, run.activity_id).quarter_hours == 8
    with run.stage.as_(run.stage.counsellor, when=MONDAY + timedelta(days=1)) as actor:
        held = activity_fields.read(actor, run.activity_id)[DONE]
        typed = {key: stored.value for key, stored in held.items()} | {"visited_on": TOMORROW.isoformat()}
        versions = {key: stored.version for key, stored in held.items()}
        activity_fields.save(actor, run.activity_id, DONE, typed, versions)
        row = _execution(run.stage, run.activity_id)
        assert (row.held_on, row.quarter_hours) == (TOMORROW, 5)


def test_a_conference_counts_for_its_counsellor_once_it_was_held(world):
    stage = Meeting.build(world).with_tasks()
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        assert _execution(stage, stage.conference_id) is None
        meeting.conclude(actor, stage.conference_id)
        row = _execution(stage, stage.conference_id)
        assert (row.procedure, row.quarter_hours, row.by_user_id) == (
            "conference",
            8,
            stage.counsellor.user_id,
        )
        assert row.held_on == stage.during.date()
        meeting.resume(actor, stage.conference_id, reason="Ada yang terlewat")
        meeting.conclude(actor, stage.conference_id)
        assert tenancy.session.scalar(select(func.count()).select_from(Execution)) == 1
        conferences.cancel(actor, stage.conference_id, reason="Keliru dibuka")
        assert _execution(stage, stage.conference_id).taken_back_at is not None
