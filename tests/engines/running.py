"""Engines in a process of their own, for tests that kill them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from webapp.embedded import Engines, EngineUrls

PROJECT = Path(__file__).resolve().parent.parent.parent
_DEADLINE_SECONDS = 30.0


def eventually(
    condition: Callable[[], bool], *, within: float = _DEADLINE_SECONDS, every: float = 0.02
) -> bool:
    """Whether the condition comes true before the deadline; what is dear to ask is asked less often."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def processes_in(home: Path) -> list[psutil.Process]:
    """Living processes that work inside this data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(home.resolve())) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def kill_all(pids: Iterable[int]) -> None:
    """SIGKILL to each; one that has ended meanwhile (children follow their supervisor) is no error."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def held_by_another_process(
    home: Path, *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], EngineUrls]]:
    """Engines whose supervisor is another process; all of it is gone at the end."""
    holder = subprocess.Popen(
        [sys.executable, "-m", "tests.engines.running", str(home), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        line = holder.stdout.readline()
        if not line:
            raise AssertionError(holder.communicate()[1])
        yield holder, EngineUrls(**json.loads(line))
    finally:
        holder.kill()
        holder.wait()
        # SIGKILL also ends what is stopped.
        kill_all(process.pid for process in processes_in(home))
        for stream in (holder.stdin, holder.stdout, holder.stderr):
            if stream is not None:
                stream.close()


def main() -> None:
    """Start engines in the folder of the first argument, say where, and stop at the end of the input."""
    if "--as-nobody" in sys.argv:
        # Only now that everything is imported: root's Python may lie where nobody may not look.
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    with Engines(Path(sys.argv[1])) as urls:
        print(json.dumps(vars(urls)), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
