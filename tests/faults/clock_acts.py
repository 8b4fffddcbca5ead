"""Steps of the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.bench import Bench


def step(seconds: int) -> Callable[[Bench], None]:
    def act(bench: Bench) -> None:
        bench.clock.step(seconds)
        bench.note_in_data()

    return act
