"""Promises and behaviour goals."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import commitments
from webapp.domain.errors import Conflict, Forbidden, Invalid
from webapp.domain.words import COMMITMENT_STATES, DUE_CLASSES, GOAL_STATES

MONDAY = date(2026, 8, 3)
STATES = st.sampled_from(COMMITMENT_STATES.keys)
PARTS = st.sampled_from(["owner", "counsellor"])
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def test_the_tables_of_states_are_complete():
    assert set(commitments.TRANSITIONS) == set(COMMITMENT_STATES.keys)
    assert set(commitments.GOAL_TRANSITIONS) == set(GOAL_STATES.keys)
    assert set(COMMITMENT_STATES.keys) == commitments.OPEN_STATES | commitments.ENDED_STATES
    assert not commitments.OPEN_STATES & commitments.ENDED_STATES


def test_a_participant_accepts_reports_and_finishes_a_task():
    state = commitments.FIRST_STATE
    for target in ("accepted", "under_way", "stuck", "under_way", "done"):
        commitments.check_move(state, target, by="owner")
        state = target


def test_a_participant_declines_with_a_reason():
    with pytest.raises(Invalid):
        commitments.check_move("proposed", "declined", by="owner")
    commitments.check_move("proposed", "declined", by="owner", reason="Bekerja di luar kota")


def test_only_the_counsellor_waives_and_with_a_reason():
    with pytest.raises(Forbidden):
        commitments.check_move("accepted", "waived", by="owner", reason="x")
    with pytest.raises(Invalid):
        commitments.check_move("accepted", "waived", by="counsellor")
    commitments.check_move("accepted", "waived", by="counsellor", reason="Peserta didik pindah")


def test_a_task_is_not_reported_on_before_it_is_accepted():
    for target in ("under_way", "done"):
        with pytest.raises(Conflict):
            commitments.check_move("proposed", target, by="owner")


@given(STATES, STATES, PARTS)
def test_the_moves_offered_are_the_moves_allowed(state, target, by):
    if target in commitments.allowed_moves(state, by=by):
        commitments.check_move(state, target, by=by, reason="karena")
    else:
        with pytest.raises((Conflict, Forbidden)):
            commitments.check_move(state, target, by=by, reason="karena")


@given(STATES)
def test_every_open_promise_can_end(state):
    seen, todo = set(), [state]
    while todo:
        here = todo.pop()
        seen.add(here)
        todo += [target for target in commitments.TRANSITIONS[here] if target not in seen]
    assert seen & commitments.ENDED_STATES


def test_a_goal_is_reached_or_dropped_with_a_reason_and_can_be_watched_again():
    commitments.check_goal_move("watching", "reached")
    commitments.check_goal_move("reached", "watching")
    commitments.check_goal_move("watching", "waived", reason="Tidak lagi relevan")
    with pytest.raises(Invalid):
        commitments.check_goal_move("watching", "waived")
    with pytest.raises(Conflict):
        commitments.check_goal_move("reached", "waived", reason="x")


def test_an_observation_is_a_number_of_the_scale_on_a_day_that_has_come():
    for score in (1, 5):
        commitments.check_observation(score, MONDAY, today=MONDAY)
    for score, on in ((0, MONDAY), (6, MONDAY), (3, MONDAY + timedelta(days=1))):
        with pytest.raises(Invalid):
            commitments.check_observation(score, on, today=MONDAY)


@pytest.mark.parametrize(
    ("days", "kind"), [(-1, "overdue"), (0, "today"), (1, "this_week"), (6, "this_week"), (7, "later")]
)
def test_from_a_monday_the_week_ends_on_sunday(days, kind):
    assert commitments.due_class(MONDAY + timedelta(days=days), MONDAY) == kind


@given(DAYS, st.integers(-400, 400))
def test_every_due_day_falls_into_one_class_and_time_only_moves_it_nearer(today, days):
    due_on = today + timedelta(days=days)
    order = ("later", "this_week", "today", "overdue")
    now, tomorrow = (commitments.due_class(due_on, on) for on in (today, today + timedelta(days=1)))
    assert now in DUE_CLASSES
    assert order.index(tomorrow) >= order.index(now)


@given(DAYS)
def test_the_end_of_the_week_is_a_sunday_within_seven_days(today):
    end = commitments.end_of_week(today)
    assert end.weekday() == 6
    assert timedelta(0) <= end - today < timedelta(days=7)
