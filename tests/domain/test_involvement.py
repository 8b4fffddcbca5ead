"""What of a district's involvement is shown: nothing that speaks of fewer than five conferences."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import involvement as rules
from webapp.domain.involvement import Involvement

helds = st.lists(st.integers(0, 12), max_size=8)


def rows(counts: list[int]) -> list[Involvement]:
    return [Involvement(held=count, invited=count * 6) for count in counts]


def test_small_rows_are_hidden_and_empty_ones_are_no_secret():
    assert rules.hidden(rows([0, 5, 9])) == frozenset()
    assert rules.hidden(rows([4, 3, 9, 0])) == {0, 1}


def test_one_small_row_takes_the_next_smallest_with_it_so_that_the_total_tells_nothing():
    assert rules.hidden(rows([1, 9, 7])) == {0, 2}
    assert rules.hidden(rows([2, 2, 9])) == {0, 1, 2}, "four conferences in two rows are still too few"
    assert rules.hidden(rows([2])) == {0}


@given(helds)
def test_what_is_left_over_from_the_total_stands_for_two_rows_and_five_conferences_or_for_everything(counts):
    table = rows(counts)
    hidden = rules.hidden(table)
    assert {index for index, count in enumerate(counts) if 0 < count < 5} <= hidden
    if hidden and [index for index, count in enumerate(counts) if count and index not in hidden]:
        assert len(hidden) >= 2
        assert sum(counts[index] for index in hidden) >= 5
    assert all(counts[index] for index in hidden)


def test_shares_are_parts_of_those_invited_and_of_the_promises_asked_for():
    row = Involvement(held=1, invited=8, answered=6, came=4, promised=3, accepted=2, kept=1)
    assert [row.share(measure) for measure in rules.SHARES] == [75, 50, 67, 33]
    assert Involvement().share("came") is None
    assert (row + row).came == 8


def test_the_months_are_twelve_and_the_present_one_is_the_last():
    months = rules.last_months(date(2026, 11, 24))
    assert (len(months), months[0], months[-1]) == (12, date(2025, 12, 1), date(2026, 11, 1))
