"""Keeps programs running: starts them, starts again what dies, stops all of them."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from webapp.cli.programs import PROJECT
from webapp.embedded import process
from webapp.embedded.folder import EngineError, last_lines, open_log

MARK = "PAMONG_STACK"
"""Environment variable by which a later run knows what an earlier one left: the data folder."""

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_GOOD_RUN_SECONDS = 30.0
_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Program:
    """What to run. `pass_fds` are sockets that the supervisor holds open across restarts."""

    name: str
    argv: Sequence[str]
    pass_fds: tuple[int, ...] = ()


@dataclass
class _Running:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause: float = field(default=_FIRST_PAUSE_SECONDS)


class Supervisor:
    """Runs programs with one environment; each writes to `home/logs/<name>.log`."""

    def __init__(self, home: Path, environment: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._logs = home / "logs"
        self._environment = dict(environment) | {MARK: str(home), "PYTHONUNBUFFERED": "1"}
        self._say = say
        self._running: list[_Running] = []

    def run(self, program: Program, extra: Mapping[str, str] | None = None) -> None:
        """Run a program to its end; EngineError with the end of its log when it fails."""
        status = self._start(program, extra or {}).wait()
        if status != 0:
            log = self._log(program)
            raise EngineError(f"{program.name} failed; the end of {log}:\n{last_lines(log, 25)}")

    def keep(self, program: Program) -> None:
        """Start a program and keep it running from now on."""
        running = _Running(program)
        self._running.append(running)
        self._launch(running)

    def look(self) -> None:
        """Start again what has died, after a pause that doubles while it keeps dying. Call it often."""
        now = time.monotonic()
        for running in self._running:
            if running.process is None:
                if now >= running.start_again_at:
                    self._launch(running)
            elif running.process.poll() is not None:
                self._note_the_end(running, now)

    def stop(self) -> None:
        """Stop the programs together, except the one kept first: it serves the others to their end."""
        first, others = self._running[:1], self._running[1:]
        for group in (others, first):
            alive = [running.process for running in group if running.process is not None]
            for child in alive:
                child.send_signal(signal.SIGTERM)
            for child in alive:
                process.finish(child, patience=_PATIENCE_SECONDS)
        self._running.clear()

    def _launch(self, running: _Running) -> None:
        running.process = self._start(running.program, {})
        running.started_at = time.monotonic()

    def _start(self, program: Program, extra: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with open_log(self._log(program)) as log:
            return process.start(
                program.argv,
                log=log,
                cwd=PROJECT,
                death_signal=signal.SIGTERM,
                env=self._environment | dict(extra),
                pass_fds=program.pass_fds,
            )

    def _note_the_end(self, running: _Running, now: float) -> None:
        assert running.process is not None
        status, pid = running.process.returncode, running.process.pid
        if now - running.started_at > _GOOD_RUN_SECONDS:
            running.pause = _FIRST_PAUSE_SECONDS
        running.process = None
        running.start_again_at = now + running.pause
        # A killed program's own children may live on: they have its session.
        process.stop_left_overs(process.in_session(pid), signal.SIGTERM, patience=5)
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        self._say(
            f"{running.program.name} {how} and starts again in {running.pause:g} s; "
            f"see {self._log(running.program)}"
        )
        running.pause = min(running.pause * 2, _LONGEST_PAUSE_SECONDS)

    def _log(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"


def stop_what_an_earlier_run_left(home: Path) -> None:
    """Stop the programs of a killed supervisor of this folder; the caller holds the folder's lock."""

    def is_marked(candidate: psutil.Process) -> bool:
        return candidate.environ().get(MARK) == str(home)

    process.stop_left_overs(is_marked, signal.SIGTERM, patience=10)
