"""The faults: how to break, how to mend, and what must hold. What heals by itself has no `mend`."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from tests.faults.sink import Manners

if TYPE_CHECKING:
    from tests.faults.bench import Bench


def nothing(bench: Bench) -> None:
    """It mends itself, or somebody who looks after the machine anyway does."""


@dataclass(frozen=True)
class Fault:
    """One line of the table. Broken `times` times, each for `lasts` seconds, then mended."""

    name: str
    breaks: Callable[[Bench], None]
    mends: Callable[[Bench], None] = nothing
    lasts: float = 0.0
    times: int = 1
    ends_as: frozenset[str] = frozenset({"sent"})
    refuses: bool = False
    """The web may answer 503 with its page meanwhile."""
    cuts_web: bool = False
    """A connection may break without an answer: the process that held it was killed."""
    within: float = 120.0
    """Seconds after the mend in which everything must stand in a final state."""
    quick: bool = False
    needs: str = field(default="", compare=False)


# -- our own processes


def kill_web(bench: Bench) -> None:
    bench.system.kill([bench.system.main_pid("web"), *bench.system.children("web")])


def kill_web_child(bench: Bench) -> None:
    bench.system.kill(bench.system.children("web")[:1])


def kill_worker_child(bench: Bench) -> None:
    """The one that has something in DATA, if one can be met there."""
    bench.system.wait_until(lambda: bool(bench.sending_children()), 5)
    bench.kill_senders((bench.sending_children() or bench.system.children("worker"))[:1])


def kill_worker(bench: Bench) -> None:
    bench.system.wait_until(lambda: bool(bench.sending_children()), 5)
    bench.kill_senders([bench.system.main_pid("worker"), *bench.system.children("worker")])


def kill_beat(bench: Bench) -> None:
    bench.system.kill([bench.system.main_pid("beat")])


# -- the broker


def end_valkey(how: signal.Signals) -> Callable[[Bench], None]:
    def end(bench: Bench) -> None:
        bench.system.held_down.add("valkey")
        psutil.Process(bench.system.engine_pid("valkey-server")).send_signal(how)

    return end


def start_valkey(bench: Bench) -> None:
    bench.system.held_down.discard("valkey")


def flush(bench: Bench) -> None:
    with bench.system.broker() as client:
        client.flushall()


FAULTS = [
    Fault("worker child killed", kill_worker_child, times=3, quick=True),
    Fault("worker killed", kill_worker, times=2, quick=True),
    Fault("beat killed", kill_beat, times=2, quick=True),
    Fault("web killed", kill_web, times=2, cuts_web=True, quick=True),
    Fault("web child killed", kill_web_child, times=3, cuts_web=True),
    Fault("broker killed", end_valkey(signal.SIGKILL), start_valkey, lasts=3, quick=True),
    Fault("broker emptied", flush, times=3, quick=True),
]
