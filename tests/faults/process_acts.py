"""What is done to our own processes, and to what they are told."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.faults import sink
from tests.faults.sink import Manners
from tests.faults.twice import Twice
from webapp.cli import programs
from webapp.cli.stack.supervisor import Program

if TYPE_CHECKING:
    from tests.faults.bench import Bench

STEPS = ("the building", *sink.STEPS)
"""The sender's way with a mail, in order: claimed and being built, and each word to the mail server."""


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


def second_beat(bench: Bench) -> None:
    home = bench.system.home / "second"
    home.mkdir()
    bench.system.keep(Program("second-beat", programs.beat(home, level="WARNING")))


def start_anew(bench: Bench) -> None:
    """The three programs and no other, with the clock of the machine."""
    bench.system.start_programs({})


def each_task_twice(bench: Bench) -> None:
    bench.twice = Twice(bench.system.broker(socket_timeout=None))
    bench.twice.start()


def each_task_once(bench: Bench) -> None:
    assert bench.twice is not None
    bench.twice.stop()
    assert bench.twice.repeated > 0


def meet_sender_at(step: str) -> Callable[[Bench], None]:
    """Kill the sending child at a step."""
    return _meet_at_building if step == "the building" else _meet_at_word(step)


def until_met(bench: Bench) -> None:
    """Somebody sends again at the next tick at the latest."""
    bench.system.wait_until(lambda: not bench.sink.manners.meet_at, 20)


def _meet_at_word(step: str) -> Callable[[Bench], None]:
    def meet(bench: Bench) -> None:
        def kill(peer: tuple[str, int]) -> None:
            bench.sink.manners.meet_at = ""
            pid = bench.system.talking_from(peer)
            if pid is None:
                return
            if step == "250":
                # It must not read the answer that is on its way.
                os.kill(pid, signal.SIGSTOP)
                threading.Timer(0.2, bench.kill_senders, [[pid]]).start()
            else:
                bench.kill_senders([pid])

        bench.sink.behave(Manners(meet_at=step, meet=kill))

    return meet


def _meet_at_building(bench: Bench) -> None:
    """Building asks for the school's address: where that is locked, a mail stays claimed without its text."""
    with bench.system.superuser() as own:
        own.execute("LOCK TABLE schools IN ACCESS EXCLUSIVE MODE")
        end = time.monotonic() + 10
        while not bench.building() and time.monotonic() < end:
            time.sleep(0.05)
        bench.kill_senders(sorted(bench.building()))
