"""What takes long begins first; no test is lost on the way."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.order import in_stretches


@dataclass(frozen=True)
class Named:
    nodeid: str


LONG = [
    Named(f"tests/{path}::test_{n}") for path in ("isolation/test_a.py", "hostile/test_b.py") for n in (1, 2)
]
SLOW = [Named(f"tests/{path}::test_1") for path in ("browser/test_walk.py", "faults/test_quick.py")]
QUICK = [Named(f"tests/domain/test_a.py::test_{number}") for number in range(21)]


@pytest.mark.parametrize("processes", [2, 3, 4])
def test_each_process_begins_with_what_takes_long_and_has_every_test_once(processes):
    items = QUICK[:9] + LONG + QUICK[9:] + SLOW
    ordered = in_stretches(items, processes)
    assert len(ordered) == len(items)
    assert set(ordered) == set(items)
    assert ordered[: len(SLOW)] == SLOW
    first = len(items) // processes
    assert ordered[first] == LONG[0]
    assert len(QUICK) > first, "no stretch is without quick ones"


def test_a_few_chosen_tests_run_as_they_stand():
    assert in_stretches([*SLOW, QUICK[0]], 2) == [*SLOW, QUICK[0]]
