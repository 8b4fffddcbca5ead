"""A real worker and a real clock over the test's own database, for tests that kill the worker's children."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import KEYS
from tests.engines.running import kill_all
from webapp.cli import programs
from webapp.config import Settings, load_settings
from webapp.embedded import Engines


@dataclass
class Processes:
    """A real worker and a real clock, each in a process group of its own."""

    environment: dict[str, str]
    home: Path
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start(self, name: str) -> None:
        commands = {
            "worker": programs.worker("w", queues="mail,sweeps,reports", concurrency=2, level="ERROR"),
            "beat": programs.beat(self.home, level="ERROR"),
        }
        log = (self.home / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            commands[name], env=self.environment, stdout=log, stderr=log, start_new_session=True
        )

    def children(self) -> list[int]:
        pid = self.running["worker"].pid
        try:
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except FileNotFoundError:
            return []

    def kill_child(self, pid: int) -> None:
        kill_all([pid])

    def kill_all(self) -> None:
        for process in self.running.values():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait()


@pytest.fixture
def broker(settings: Settings, tmp_path: Path) -> Iterator[tuple[Settings, Engines]]:
    """The test's database, and a broker of its own: no other test's worker listens there."""
    engines = Engines(tmp_path, postgres=False, durable=False)
    urls = engines.start()
    made = load_settings(**{**settings.model_dump(), "redis_url": urls.redis_url})
    yield made, engines
    engines.stop()


@pytest.fixture
def processes(broker, tmp_path: Path) -> Iterator[Processes]:
    own_settings, _ = broker
    own = Processes(
        os.environ
        | {
            "PAMONG_ENV": "test",
            "PAMONG_HOME": str(tmp_path),
            "DATABASE_URL": own_settings.database_url,
            "REDIS_URL": own_settings.redis_url,
            "SMTP_URL": own_settings.smtp_url,
            "PAMONG_SECRET_KEY": own_settings.secret_key,
            "PAMONG_KEYS": KEYS,
        },
        tmp_path,
    )
    own.start("worker")
    own.start("beat")
    yield own
    own.kill_all()


def wait_until(condition: Callable[[], bool], until: float) -> bool:
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
