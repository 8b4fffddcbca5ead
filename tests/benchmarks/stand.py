"""Where a pair is measured: the engines, their databases, and servers that are started for it."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

PROJECT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BENCH_BUILD") or PROJECT / "build")
KEYS = "bench:" + base64.b64encode(bytes(range(100, 132))).decode()
SECRET = "no-secret-of-anybody-only-for-measuring"
EMPTY, CASES = "bench_empty", "bench_cases"
"""Two databases: one migrated and otherwise empty, one with the large data."""
PASSWORD = "sandi-tolok-ukur-123"
_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Stand:
    """What a pair is given. `urls`: role -> address of a database; `cases`: how many the data holds."""

    urls: Mapping[str, str]
    redis_url: str
    home: str
    cases: int
    minutes: float

    @classmethod
    def from_json(cls, given: str) -> Stand:
        return cls(**json.loads(given))

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @property
    def is_small(self) -> bool:
        """Tried at a small scale: everything runs, and no figure says anything."""
        return self.cases < 100_000

    def url(self, role: str, database: str) -> str:
        """Address of a database for `app`, `owner`, `superuser` or `backup`."""
        return make_url(self.urls[role]).set(database=database).render_as_string(hide_password=False)

    @contextmanager
    def copy_of(self, template: str) -> Iterator[str]:
        """A database of this pair's own, gone afterwards; its name."""
        name = f"bench_own_{os.getpid()}"
        self.drop(name)
        self._run(f"CREATE DATABASE {name} OWNER pamong_owner TEMPLATE {template} STRATEGY file_copy")
        try:
            yield name
        finally:
            self.drop(name)

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def make_once(self, name: str) -> None:
        """An empty database that stays."""
        with suppress(ProgrammingError):  # it is there
            self._run(f"CREATE DATABASE {name}")

    def _run(self, statement: str) -> None:
        engine = create_engine(
            self.url("superuser", "postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        with engine.connect() as connection:
            connection.execute(text(statement))

    def environment(self, database: str, **more: str) -> dict[str, str]:
        """The variables of Pamong's own programs over that database."""
        return {
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            "PAMONG_ENV": "test",
            "DATABASE_URL": self.url("app", database),
            "REDIS_URL": self.redis_url,
            "SMTP_URL": "smtp://127.0.0.1:9",
            "PAMONG_SECRET_KEY": SECRET,
            "PAMONG_KEYS": KEYS,
            "PAMONG_HOME": self.home,
            "PAMONG_LOG_LEVEL": "ERROR",
            **more,
        }

    def app(self, database: str, smtp_url: str = "smtp://127.0.0.1:9") -> Flask:
        """Pamong in this process. One database per process: keys of schools are kept in it."""
        import admin
        from webapp.app import create_app
        from webapp.config import load_settings

        made = create_app(
            load_settings(
                env="test",
                database_url=self.url("app", database),
                redis_url=self.redis_url,
                smtp_url=smtp_url,
                secret_key=SECRET,
                keys=KEYS,
                home=Path(self.home),
            )
        )
        admin.mount(made)
        return made

    @contextmanager
    def served(
        self,
        application: str,
        environment: Mapping[str, str],
        *,
        python: str = sys.executable,
        workers: int = 1,
    ) -> Iterator[int]:
        """gunicorn with this WSGI application; yields the port. The same command for ours and the peers."""
        port = free_port()
        command = [
            *(python, "-m", "gunicorn", application, f"--bind=127.0.0.1:{port}", "--worker-class=gthread"),
            *(f"--workers={workers}", "--threads=4", "--keep-alive=30", "--log-level=error"),
            *("--no-control-socket", "--timeout=120"),
        ]
        with running(command, environment) as process:
            wait_for_port(port, process)
            yield port


@contextmanager
def running(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A program that ends with the block."""
    process = subprocess.Popen(command, env=dict(environment), cwd=PROJECT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until somebody listens there; RuntimeError when the program has ended or takes a minute."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}: {process.args}")
