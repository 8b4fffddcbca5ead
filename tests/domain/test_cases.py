"""The life of a case."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import cases
from webapp.domain.cases import CaseFacts
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.words import CASE_STATUSES

OPENED = date(2026, 8, 3)
QUIET = CaseFacts(status="monitoring", opened_on=OPENED)


def test_the_table_of_statuses_is_complete():
    assert set(cases.TRANSITIONS) == set(CASE_STATUSES.keys)
    assert {target for targets in cases.TRANSITIONS.values() for target in targets} <= set(CASE_STATUSES.keys)


def test_a_case_moves_along_without_a_reason_and_closes_with_one():
    cases.check_transition("open", "in_progress")
    cases.check_transition("in_progress", "monitoring")
    with pytest.raises(Invalid):
        cases.check_transition("monitoring", "closed", reason="  ")
    cases.check_transition("monitoring", "closed", reason="Tujuan tercapai")


def test_a_closed_case_opens_again_only_with_a_reason():
    with pytest.raises(Invalid):
        cases.check_transition("closed", "in_progress")
    cases.check_transition("closed", "in_progress", reason="Masalah muncul lagi")
    with pytest.raises(Conflict):
        cases.check_transition("closed", "monitoring", reason="x")


def test_nothing_is_recorded_in_a_closed_case():
    cases.check_open_for_work("open")
    with pytest.raises(Conflict):
        cases.check_open_for_work("closed")


def test_a_case_with_nothing_running_can_close():
    cases.check_can_close(QUIET, on=OPENED)


@given(st.sampled_from(CASE_STATUSES.keys), st.tuples(*[st.integers(0, 3)] * 3), st.integers(-3, 30))
def test_a_case_closes_exactly_when_nothing_runs_in_it(status, counts, days):
    activities, commitments, goals = counts
    facts = CaseFacts(status, OPENED, activities, commitments, goals)
    on = date.fromordinal(OPENED.toordinal() + days)
    may = status != "closed" and not any(counts) and on >= OPENED
    if may:
        cases.check_can_close(facts, on=on)
    else:
        with pytest.raises((Conflict, Invalid)):
            cases.check_can_close(facts, on=on)


@given(st.sampled_from(CASE_STATUSES.keys))
def test_every_case_can_reach_its_end(status):
    seen, todo = set(), [status]
    while todo:
        here = todo.pop()
        seen.add(here)
        todo += [target for target in cases.TRANSITIONS[here] if target not in seen]
    assert "closed" in seen
