"""Taking times: everything that is compared is measured in the same run, in turns, and told as medians."""

from __future__ import annotations

import gc
import re
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Timing:
    """What one subject took over all rounds, in milliseconds; the quartiles tell the spread."""

    median: float
    low: float
    high: float
    worst: float

    @classmethod
    def of(cls, milliseconds: list[float]) -> Timing:
        if len(milliseconds) < 2:
            (only,) = milliseconds
            return cls(only, only, only, only)
        low, median, high = statistics.quantiles(milliseconds, n=4, method="inclusive")
        return cls(median, low, high, max(milliseconds))

    @property
    def spread(self) -> str:
        return f"{self.low:.4g} to {self.high:.4g}"


@dataclass(frozen=True)
class Line:
    """One line of the table. `ratio` is what the goal speaks of; `unit` is that of ours and reference.

    A goal about ours alone has neither reference nor ratio.
    """

    name: str
    ours: float
    reference: float | None
    ratio: float | None
    goal: str
    met: bool
    rows: int
    unit: str = "ms"
    spread: str = ""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it stands in build/bench.json."""
        return {
            name: float(f"{value:.4g}") if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def interleaved(
    subjects: Mapping[str, Callable[[], object]], *, rounds: int, warm: int = 3
) -> dict[str, Timing]:
    """Each subject once per round, another one first in each; the first `warm` rounds do not count."""
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    names = list(subjects)
    for number in range(warm + rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            milliseconds = timed(subjects[name])
            if number >= warm:
                taken[name].append(milliseconds)
    return {name: Timing.of(times) for name, times in taken.items()}


def timed(act: Callable[[], object]) -> float:
    """Milliseconds that one call took; what earlier ones left behind is collected before, not meanwhile."""
    gc.collect(0)
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def peak_megabytes() -> float:
    """The most memory that this process has had since its program began; `ru_maxrss` would count that of the
    one that started it as well."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def faster(name: str, ours: Timing, peer: Timing, *, at_least: float, rows: int, note: str = "") -> Line:
    """How many times faster ours is than the peer."""
    ratio = peer.median / ours.median
    spread = f"{ours.spread} | {peer.spread}"
    goal = f"at least {at_least:g}x faster"
    return Line(
        name, ours.median, peer.median, ratio, goal, ratio >= at_least, rows, spread=spread, note=note
    )


def no_slower(
    name: str,
    ours: Timing,
    reference: Timing,
    *,
    at_most: float,
    rows: int,
    or_more_by: float = 0,
    note: str = "",
) -> Line:
    """How many times the reference ours takes; `or_more_by` milliseconds on top are allowed in any case."""
    ratio = ours.median / reference.median
    met = ratio <= at_most or ours.median - reference.median <= or_more_by
    goal = f"at most {at_most:g}x" + (f", or {or_more_by:g} ms more" if or_more_by else "")
    spread = f"{ours.spread} | {reference.spread}"
    return Line(name, ours.median, reference.median, ratio, goal, met, rows, spread=spread, note=note)


def throughput(
    name: str, ours: float, reference: float, *, at_least: float, rows: int, unit: str, note: str = ""
) -> Line:
    """Ours as a part of the reference's throughput, both per second."""
    ratio = ours / reference
    goal = f"at least {at_least:g} of it"
    return Line(name, ours, reference, ratio, goal, ratio >= at_least, rows, unit=unit, note=note)


def within(
    name: str, ours: float, *, limit: float, rows: int, unit: str, strict: bool = False, note: str = ""
) -> Line:
    """A bound on ours alone."""
    met = ours < limit if strict else ours <= limit
    goal = f"{'under' if strict else 'at most'} {limit:g} {unit}"
    return Line(name, ours, None, None, goal, met, rows, unit=unit, note=note)
