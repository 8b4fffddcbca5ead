"""The rules that handle a suspicion are those of its day."""

from datetime import date, timedelta

import pytest

from webapp.domain import handling
from webapp.domain.words import PROBLEM_KINDS

LAST_DAY_BEFORE = handling.FIRST_DAY_OF_6_2026 - timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "key"),
    [
        (handling.FIRST_DAY_OF_46_2023 - timedelta(days=1), None),
        (handling.FIRST_DAY_OF_46_2023, "ppksp_2023"),
        (date(2025, 12, 31), "ppksp_2023"),
        (LAST_DAY_BEFORE, "ppksp_2023"),
        (handling.FIRST_DAY_OF_6_2026, "safe_school_2026"),
        (date(2030, 1, 1), "safe_school_2026"),
    ],
)
def test_a_set_of_rules_holds_from_its_first_day_until_the_next_one(day, key):
    found = handling.rules_on(day)
    assert (found and found.key) == key


def test_the_newer_rules_came_in_january_2026():
    assert date(2026, 1, 1) <= handling.FIRST_DAY_OF_6_2026 <= date(2026, 1, 31)


def test_each_set_says_who_handles_ethics_and_who_statute_and_nobody_where_there_is_no_breach():
    for rules in handling.RULE_SETS:
        assert rules.handler("ethics") != rules.handler("statute")
        assert rules.handler("none") is None


def test_violence_harassment_bullying_and_crime_are_suspicions_and_truancy_is_none():
    assert set(handling.SUSPICIONS) <= set(PROBLEM_KINDS.keys)
    assert all(handling.is_suspicion(["truancy", kind]) for kind in handling.SUSPICIONS)
    assert not handling.is_suspicion(["truancy", "conflict_peer"])
