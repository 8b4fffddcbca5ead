"""The faults: how to break, how to mend, and what must hold. What heals by itself has no `mends`."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults import clock_acts, engine_acts, mail_acts, process_acts, storm

if TYPE_CHECKING:
    from tests.faults.bench import Bench

Act = Callable[["Bench"], None]
SENT = frozenset({"sent"})


def nothing(bench: Bench) -> None:
    """It mends itself, or those who look after the machine do."""


@dataclass(frozen=True)
class Fault:
    """One line of the table. Broken `times` times, each for `lasts` seconds, then mended."""

    name: str
    breaks: Act
    mends: Act = nothing
    lasts: float = 0.0
    times: int = 1
    puts_back: Act = nothing
    """After the judgement: what another fault must not meet."""
    before: bool = False
    """Broken before the mails are released: nobody hears that there are any."""
    ends_as: frozenset[str] = SENT
    """The final states that mails come to, and all of them do."""
    refuses: bool = False
    """The web may answer 503 with its page meanwhile."""
    cuts_web: bool = False
    """A connection may break without an answer: the process that held it was killed."""
    within: float = 150.0
    """Seconds after the mend in which everything must stand in a final state."""
    quick: bool = False
    """Runs with every `make test`."""
    needs: str = ""
    """What a machine may lack: `clock` or `disk`."""


FAULTS = [
    Fault(
        "one thing after another",
        storm.blow,
        storm.over,
        refuses=True,
        cuts_web=True,
        quick=True,
    ),
    # Our own processes.
    Fault("worker child killed", process_acts.kill_worker_child, times=3),
    Fault("worker killed", process_acts.kill_worker, times=2),
    Fault("beat killed", process_acts.kill_beat, times=2),
    Fault("web killed", process_acts.kill_web, times=2, cuts_web=True),
    Fault("web child killed", process_acts.kill_web_child, times=3, cuts_web=True),
    Fault("two beats", process_acts.second_beat, lasts=12, puts_back=process_acts.start_anew),
    Fault(
        "each task twice", process_acts.each_task_twice, process_acts.each_task_once, lasts=15, before=True
    ),
    *(
        Fault(f"sender killed at {step}", process_acts.meet_sender_at(step), process_acts.until_met, times=3)
        for step in process_acts.STEPS
    ),
    # The broker.
    Fault(
        "broker killed",
        engine_acts.end("valkey", signal.SIGKILL),
        engine_acts.start("valkey"),
        lasts=4,
        before=True,
    ),
    Fault(
        "broker restarted", engine_acts.end("valkey", signal.SIGTERM), engine_acts.start("valkey"), times=3
    ),
    Fault("broker emptied", engine_acts.flush, times=3),
    Fault("broker frozen", engine_acts.freeze, engine_acts.thaw, lasts=15, before=True),
    Fault("broker full", engine_acts.fill_broker, engine_acts.room_in_broker, lasts=15, before=True),
    # The database.
    Fault(
        "database restarted",
        engine_acts.end("postgres", signal.SIGINT),
        engine_acts.start("postgres"),
        lasts=3,
        times=2,
        refuses=True,
    ),
    Fault(
        "database killed",
        engine_acts.end("postgres", signal.SIGKILL),
        engine_acts.start("postgres"),
        refuses=True,
    ),
    Fault("database connections ended", engine_acts.end_connections, times=5, refuses=True),
    Fault("outbox locked", engine_acts.lock("outbox"), engine_acts.unlock, lasts=20, refuses=True),
    Fault("database read-only", engine_acts.read_only, engine_acts.writable, lasts=10, refuses=True),
    Fault("disk full", engine_acts.fill_disk, engine_acts.empty_disk, lasts=10, refuses=True, needs="disk"),
    # The mail server.
    Fault("mail server absent", mail_acts.leave, mail_acts.come_back, lasts=8),
    Fault("mail server slow", mail_acts.be_slow, mail_acts.be_good, lasts=15),
    Fault("mail server busy (451)", mail_acts.be_busy, mail_acts.be_good, lasts=8),
    Fault(
        "mail server refuses half (550)",
        mail_acts.refuse_half,
        mail_acts.be_good,
        lasts=20,
        ends_as=SENT | {"bounced"},
    ),
    Fault("mail server hangs after the text", mail_acts.hang, mail_acts.be_good, lasts=10),
    Fault("cut after the text", mail_acts.cut_some, puts_back=mail_acts.be_good),
    # The clock of our programs; the database's stays right.
    *(
        Fault(
            f"clock {span} {way}",
            clock_acts.step(sign * seconds),
            puts_back=process_acts.start_anew,
            needs="clock",
        )
        for span, seconds in (("one hour", 3600), ("one day", 86400))
        for way, sign in (("on", 1), ("back", -1))
    ),
]
