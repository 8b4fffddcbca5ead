"""Most of what can happen, in one night: for the run that every `make test` makes."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.faults import engine_acts, mail_acts, process_acts

if TYPE_CHECKING:
    from tests.faults.bench import Bench

_ACTS = (
    mail_acts.cut_some,
    process_acts.kill_worker_child,
    process_acts.kill_beat,
    engine_acts.end("valkey", signal.SIGKILL),
    engine_acts.start("valkey"),
    process_acts.kill_web_child,
    engine_acts.end("postgres", signal.SIGINT),
    engine_acts.start("postgres"),
    process_acts.kill_worker,
    engine_acts.flush,
)
_PAUSE_SECONDS = 0.5


def blow(bench: Bench) -> None:
    for act in _ACTS:
        act(bench)
        bench.system.wait(_PAUSE_SECONDS)


def over(bench: Bench) -> None:
    mail_acts.be_good(bench)
