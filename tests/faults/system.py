"""All of Pamong as it runs in production, on engines of its own; what ends is started again, as by Docker."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import redis

from webapp import migrations
from webapp.cli import programs
from webapp.cli.stack.supervisor import Program, Supervisor
from webapp.config import Settings, load_settings
from webapp.embedded import EngineError, Engines, local_secrets

SMTP_TIMEOUT = 2
LEASE = SMTP_TIMEOUT * 3 * 1.5
"""Seconds; as outbox_delivery.lease_of makes it of the time-out."""
LOOK_EVERY = 0.1


class System:
    """The engines and the programs of one data folder. Call from the main thread, `look` often.

    Nobody helps: `look` does what `restart: unless-stopped` does in docker-compose.yml, and nothing else.
    """

    def __init__(self, home: Path, smtp_port: int) -> None:
        self.home = home
        self.said: list[str] = []
        self.held_down: set[str] = set()
        self.disk = home / "engines"
        self._engines = Engines(self.disk)
        self._smtp_port = smtp_port
        self._web = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._web.getsockname()[1]
        self._supervisor: Supervisor | None = None

    def start(self) -> None:
        """Engines, tables, programs; returns when /readyz could be asked."""
        self._urls = self._engines.start()
        migrations.run(self._urls.owner_url)
        secrets = local_secrets(self.disk)
        self.settings: Settings = load_settings(
            env="production",
            base_url="https://pamong.contoh.example",
            mail_from="pamong@contoh.example",
            home=self.home,
            port=self.port,
            database_url=self._urls.database_url,
            database_owner_url="",
            redis_url=self._urls.redis_url,
            smtp_url=f"smtp://127.0.0.1:{self._smtp_port}",
            smtp_timeout=SMTP_TIMEOUT,
            secret_key=secrets.secret_key,
            keys=secrets.keys,
        )
        self.start_programs({})

    def start_programs(self, extra: dict[str, str]) -> None:
        """Web, worker and clock, with `extra` in their environment; those that ran before are stopped."""
        if self._supervisor is not None:
            self._supervisor.stop()
        given = self.settings
        environment = {
            "PAMONG_ENV": given.env,
            "PAMONG_BASE_URL": given.base_url,
            "PAMONG_MAIL_FROM": given.mail_from,
            "PAMONG_HOME": str(given.home),
            "DATABASE_URL": given.database_url,
            "REDIS_URL": given.redis_url,
            "SMTP_URL": given.smtp_url,
            "PAMONG_SMTP_TIMEOUT": str(given.smtp_timeout),
            "PAMONG_SECRET_KEY": given.secret_key,
            "PAMONG_KEYS": given.keys,
        }
        self._supervisor = Supervisor(self.home, os.environ | environment | extra, self.said.append)
        fd = self._web.fileno()
        for program in (
            Program("web", programs.web(f"fd://{fd}", workers=2, threads=4, level="WARNING"), pass_fds=(fd,)),
            Program(
                "worker", programs.worker("w", queues="mail,sweeps,reports", concurrency=2, level="WARNING")
            ),
            Program("beat", programs.beat(self.home, level="WARNING")),
        ):
            self._supervisor.keep(program)

    def keep(self, program: Program) -> None:
        """Run one more program beside the others."""
        assert self._supervisor is not None
        self._supervisor.keep(program)

    def stop(self) -> None:
        self.held_down.clear()
        if self._supervisor is not None:
            self._supervisor.stop()
        self._engines.stop()
        self._web.close()

    # -- nobody's hand

    def look(self) -> None:
        assert self._supervisor is not None
        for engine in self._engines.dead():
            if engine.name not in self.held_down:
                try:
                    engine.start()
                except EngineError as error:  # its disk is full still: next time
                    self.said.append(f"{engine.name}: {str(error)[-300:]}")
        self._supervisor.look()

    def wait(self, seconds: float) -> None:
        self.wait_until(lambda: False, seconds)

    def wait_until(self, condition: Callable[[], bool], within: float) -> bool:
        """Whether the condition came true in time; the system is looked after meanwhile."""
        end = time.monotonic() + within
        while True:
            self.look()
            if condition():
                return True
            if time.monotonic() > end:
                return False
            time.sleep(LOOK_EVERY)

    # -- processes

    def main_pid(self, name: str) -> int:
        """The process that the supervisor started: web, worker, beat."""
        word = {"web": "gunicorn", "worker": "worker", "beat": "beat"}[name]
        for process in psutil.Process().children():
            try:
                if word in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                    return process.pid
            except psutil.Error:
                continue
        return 0

    def children(self, name: str) -> list[int]:
        pid = self.main_pid(name)
        try:
            return [child.pid for child in psutil.Process(pid).children()] if pid else []
        except psutil.NoSuchProcess:
            return []

    def engine_pid(self, name: str) -> int:
        """The engine's main process, by the name of its program; 0 when it does not run."""
        for process in psutil.Process().children():
            try:
                if process.name() == name and process.status() != psutil.STATUS_ZOMBIE:
                    return process.pid
            except psutil.Error:
                continue
        return 0

    def runs(self, name: str) -> bool:
        return self.engine_pid(name) != 0

    def talking_from(self, peer: tuple[str, int]) -> int | None:
        """Which of the worker's children has this end of a connection."""
        for pid in self.children("worker"):
            try:
                ends = [tuple(each.laddr) for each in psutil.Process(pid).net_connections() if each.laddr]
            except psutil.Error:
                continue
            if tuple(peer[:2]) in ends:
                return pid
        return None

    def kill(self, pids: list[int]) -> None:
        """SIGKILL to each, and wait until they are dead."""
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 10
        while any(_lives(pid) for pid in pids) and time.monotonic() < end:
            time.sleep(0.01)

    # -- engines

    def sql(self, statement: str, *values: object) -> list[tuple]:
        """As the superuser, in a connection of its own, never read-only; psycopg's errors."""
        url = self._urls.superuser_url.replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=off") as own:
            cursor = own.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def superuser(self) -> psycopg.Connection:
        return psycopg.connect(self._urls.superuser_url.replace("+psycopg", ""))

    def broker(self, *, socket_timeout: float | None = 5) -> redis.Redis:
        return redis.Redis.from_url(self._urls.redis_client_url, socket_timeout=socket_timeout)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
