"""In which order tests run where several processes share them.

pytest-xdist gives each process one stretch of the list, and lets whoever has done theirs take from the end
of another's. So what takes long stands where a stretch begins: nobody ends alone with it.
"""

from __future__ import annotations

from itertools import groupby
from typing import Protocol, TypeVar

PROCESSES = ("tests/faults/", "tests/engines/test_demo.py", "tests/browser/")
"""What starts programs of its own and waits for them: all of it on the first, for they would be in each
other's way, and leave room for another meanwhile."""
LONG = ("tests/isolation/", "tests/hostile/", "tests/demo/", "tests/benchmarks/", "tests/mailbox/")
"""What else takes long, on all the others in turn."""


class Listed(Protocol):
    """A test as pytest lists it."""

    nodeid: str


T = TypeVar("T", bound=Listed)


def in_stretches(items: list[T], processes: int) -> list[T]:
    """The tests in an order for so many processes; those of one file stay together."""
    heads: list[list[T]] = [[] for _ in range(processes)]
    heads[0] = [item for item in items if item.nodeid.startswith(PROCESSES)]
    long = [item for item in items if item.nodeid.startswith(LONG)]
    for number, (_, file) in enumerate(groupby(long, key=lambda item: item.nodeid.partition("::")[0])):
        heads[1 + number % (processes - 1)] += file
    rest = [item for item in items if not item.nodeid.startswith(PROCESSES + LONG)]
    ordered: list[T] = []
    for number, head in enumerate(heads):
        room = (len(items) - len(ordered)) // (processes - number)
        if len(head) > room:
            return items  # a few tests that somebody has chosen
        filling = room - len(head)
        ordered += head + rest[:filling]
        rest = rest[filling:]
    return ordered
