"""Steps of the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.faults import clock

if TYPE_CHECKING:
    from tests.faults.bench import Bench


def step(seconds: int) -> Callable[[Bench], None]:
    def act(bench: Bench) -> None:
        clock.step(bench.clock_note, seconds)
        bench.note_in_data()

    return act
