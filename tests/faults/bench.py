"""One fault after another on one running system: load, release, break, mend, wait, judge."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.faults.clock import Clock
from tests.faults.load import Load
from tests.faults.sink import Sink
from tests.faults.system import System
from tests.faults.table import Fault
from tests.faults.twice import Twice
from tests.faults.visitor import Answers, Visitor

START_SECONDS = 90.0
MOVING_AFTER = 0.05
"""The break comes when this share has arrived: everybody is at work, and the rest is in flight."""
SENDERS = 2
"""So many processes send; on a machine that stands still for a lease each may be overtaken by the other."""
FINAL = {"sent", "bounced", "failed", "cancelled", "superseded", "expired", "withheld"}
UNMADE = {"queued", "running"}
LEASE_SECONDS = 300.0
"""A document whose worker was killed is made anew once its lease has passed, and a sweep has come by."""


@dataclass
class Result:
    """One line of the printed table; the first five are what build/faults.json keeps."""

    fault: str
    in_flight: int
    lost: int
    repeated: int
    seconds_to_recover: float
    answers: Answers = field(default_factory=Answers)
    problems: list[str] = field(default_factory=list)


class Bench:
    """The system, the mail server, the load and the visitor of one run."""

    def __init__(self, home: Path) -> None:
        self.sink = Sink()
        self.sink.open()
        self.system = System(home, self.sink.port)
        self.in_data: set[str] = set()
        self.twice: Twice | None = None
        self.holding: psycopg.Connection | None = None
        self.clock = Clock(home)
        self._batch = ""

    def start(self) -> None:
        self.system.start()
        self.load = Load(self.system)
        stage = self.load.stage
        self.visitor = Visitor(self.system.port, stage.school.slug, stage.case_id, stage.counsellor.email)
        assert self.system.wait_until(self._is_ready, START_SECONDS), self.system.said
        self.visitor.start()

    def stop(self) -> None:
        if hasattr(self, "visitor"):
            self.visitor.stop()
        self.system.stop()
        self.sink.close()

    # -- what the faults ask for

    def sending_children(self) -> list[int]:
        """Worker children that have a mail in DATA."""
        alive = set(self.system.children("worker"))
        return sorted({pid for _, pid in self.load.transmitting(self._batch)} & alive)

    def building(self) -> list[int]:
        """Worker children that have claimed a mail and not built it yet."""
        return sorted(set(self.load.being_built()) & set(self.system.children("worker")))

    def note_in_data(self) -> None:
        """What is in DATA now stays without a note of its end until its lease has passed."""
        self.in_data |= {message for message, _ in self.load.transmitting(self._batch)}

    def kill_senders(self, pids: list[int]) -> None:
        """Whoever is dead finishes nothing: what they were transmitting may have arrived."""
        self.system.kill(pids)
        self.in_data |= {message for message, pid in self.load.transmitting(self._batch) if pid in pids}

    # -- one fault

    def run(self, fault: Fault, mails: int) -> Result:
        """Raises nothing for what goes wrong: it stands in the result."""
        self._prepare(fault)
        mails = self.load.queue(self._batch, mails)
        if fault.quick:  # the end of a lease is too far away for it
            assert self.system.wait_until(self._are_made, LEASE_SECONDS)
        self.visitor.take_answers()
        if not fault.before:
            self._set_going(mails)
        in_flight = self.load.unfinished(self._batch)
        for number in range(fault.times):
            if number:
                self.system.wait(1.0)
            fault.breaks(self)
            if fault.before and not number:
                self.load.release()
            self.system.wait(fault.lasts)
            fault.mends(self)
        mended_at = time.monotonic()
        done = self.system.wait_until(self._is_settled, fault.within)
        result = Result(fault.name, in_flight, 0, 0, round(time.monotonic() - mended_at, 1))
        result.problems += [] if done else [f"not everything was done {fault.within:g} s after the mend"]
        self._judge_mails(fault, mails, result)
        self.system.wait_until(self._are_made, LEASE_SECONDS)
        if set(documents := self.load.documents()) != {"ready"}:
            result.problems.append(f"documents ended as {dict(documents)}")
        self._judge_answers(fault, result)
        fault.puts_back(self)
        self.load.forget(self._batch)
        return result

    def _prepare(self, fault: Fault) -> None:
        self._batch = fault.name.replace(" ", "-")
        if fault.needs == "clock":
            self.clock.step(0)
            self.system.start_programs(self.clock.environment())
        ready = self.system.wait_until(self._is_ready, START_SECONDS)
        assert ready, f"not ready for {fault.name}: {self.system.said}"
        self.visitor.sign_in()
        self.in_data.clear()
        self.sink.arrived.clear()

    def _set_going(self, mails: int) -> None:
        self.load.release()
        assert self.system.wait_until(lambda: len(self.sink.arrived) >= mails * MOVING_AFTER, 60)

    def _is_settled(self) -> bool:
        try:
            return self.load.unfinished(self._batch) == 0 and self._is_ready()
        except psycopg.OperationalError:
            return False

    def _are_made(self) -> bool:
        try:
            return not UNMADE & set(self.load.documents())
        except psycopg.OperationalError:
            return False

    def _is_ready(self) -> bool:
        return self.visitor.asks("/readyz") == 200

    def _judge_mails(self, fault: Fault, mails: int, result: Result) -> None:
        rows = self.load.rows(self._batch)
        arrived = {row.message_id: self.sink.arrived.get(row.message_id, []) for row in rows}
        lost = [
            row
            for row in rows
            if row.state not in FINAL
            or (row.state == "sent" and not any(copy.answered for copy in arrived[row.message_id]))
        ]
        repeated = {message_id: copies for message_id, copies in arrived.items() if len(copies) > 1}
        may_repeat = self.in_data | self.sink.unanswered()
        states = {row.state for row in rows}
        result.lost, result.repeated = len(lost) + mails - len(rows), len(repeated)
        if result.lost:
            result.problems.append(f"{result.lost} lost: {sorted({row.state for row in lost})}")
        if states != fault.ends_as:
            result.problems.append(f"ended as {sorted(states)}, not as {sorted(fault.ends_as)}")
        if changed := [each for each in repeated.values() if len({copy.digest for copy in each}) > 1]:
            result.problems.append(f"{len(changed)} repeated with other bytes")
        unforeseen = set(repeated) - may_repeat
        if unforeseen - self.load.taken_back() or len(unforeseen) > SENDERS:
            result.problems.append(f"{len(unforeseen)} repeated that were not in DATA when it broke")
        if strangers := set(self.sink.arrived) - set(arrived):
            result.problems.append(f"{len(strangers)} arrived that nobody sent")
        first: dict[str, float] = {}
        for row in rows:
            if arrived[row.message_id]:
                at = arrived[row.message_id][0].at
                if at < first.get(row.stream, 0.0):
                    result.problems.append("a newer mail of a stream arrived before the older one")
                first[row.stream] = at

    def _judge_answers(self, fault: Fault, result: Result) -> None:
        answers = result.answers = self.visitor.take_answers()
        result.problems += [f"{number} x {what}" for what, number in answers.wrong.items()]
        if answers.refused and not fault.refuses:
            result.problems.append(f"{answers.refused} requests were refused")
        # What was signed under a clock that is set back lies in the future, and counts for nothing.
        if answers.signed_out and fault.needs != "clock":
            result.problems.append(f"{answers.signed_out} forms of somebody signed in were refused")
        if answers.unanswered and not fault.cuts_web:
            result.problems.append(f"{answers.unanswered} requests without an answer")
        if missing := set(answers.saved) - self.load.notes():
            result.problems.append(f"{len(missing)} notes are gone of which the page said that they stand")
