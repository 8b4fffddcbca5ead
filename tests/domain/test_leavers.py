"""Of which classes a list speaks, and when so many leavers are no ordinary term."""

from __future__ import annotations

from datetime import date

import pytest

from webapp.domain import leavers
from webapp.domain.errors import Invalid


@pytest.mark.parametrize(
    ("name", "grade"),
    [("X-1", 10), ("XII IPA 2", 12), ("7B", 7), ("Kelas 4", 4), ("VIII A", 8), ("Mawar", None), ("99", None)],
)
def test_a_class_name_tells_its_grade(name, grade):
    assert leavers.grade(name) == grade


def test_a_list_of_one_class_speaks_of_that_class_only():
    assert leavers.covered({("X-1", "X-1"): 28}, {"X-1": 2, "X-2": 30, "XI-1": 30}) == {"X-1"}
    moved_in = {("X-1", "X-1"): 28, ("X-2", "X-1"): 1, (None, "X-1"): 3}
    assert leavers.covered(moved_in, {"X-1": 2, "X-2": 29}) == {"X-1"}


def test_a_class_that_was_renamed_or_split_up_is_spoken_of():
    renamed = {("X IPA 1", "X-1"): 20, ("X IPA 1", "X-2"): 8, ("X IPA 2", "X-2"): 3}
    assert leavers.covered(renamed, {"X IPA 1": 2, "X IPA 2": 25}) == {"X-1", "X-2", "X IPA 1"}


def test_in_a_new_school_year_the_classes_that_graduated_are_spoken_of():
    new_year = {(None, "X-1"): 30, (None, "X-2"): 30, ("X-1", "XI-1"): 29, ("X-2", "XI-2"): 30}
    new_year |= {("XI-1", "XII-1"): 30, ("XI-2", "XII-2"): 28}
    gone = {"XII IPA 1": 30, "XII IPA 2": 29, "X-1": 1, "XI-2": 2, "Tanpa tingkat": 4}
    assert leavers.covered(new_year, gone) & set(gone) == {"XII IPA 1", "XII IPA 2", "X-1", "XI-2"}


def test_one_class_that_moved_up_says_nothing_of_those_who_graduated():
    assert leavers.covered({("XI-1", "XII-1"): 30}, {"XII IPA 1": 30, "XII IPA 2": 30}) == {"XII-1"}


def test_a_student_without_a_class_is_in_no_class_of_the_list():
    assert leavers.covered({("", ""): 3, ("X-1", ""): 1}, {"X-1": 20}) == set()


def test_more_than_a_fifth_is_suspicious():
    assert not leavers.is_suspicious(20, 80)
    assert leavers.is_suspicious(21, 79)
    assert not leavers.is_suspicious(0, 0)


def test_leaving_has_a_kind_and_a_day_that_has_come():
    today = date(2026, 11, 24)
    leavers.check_leaving("graduated", today, today=today)
    for kind, on, field in (("", today, "left_kind"), ("moved", date(2026, 11, 25), "left_on")):
        with pytest.raises(Invalid) as refused:
            leavers.check_leaving(kind, on, today=today)
        assert refused.value.field == field
