"""`pamong demo` as a process of its own, for tests that walk through it or kill parts of it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from tests.engines.running import PROJECT, eventually, kill_all
from webapp.cli.seed_demo import SIGN_INS_FILE
from webapp.cli.stack.supervisor import MARK
from webapp.config import Settings

START_SECONDS = 120.0


def empty_home(home: Path) -> Path:
    """A new data folder in which the demo starts without its demo data: the file says that it is there."""
    home.mkdir(mode=0o700)
    (home / SIGN_INS_FILE).write_text("  Role  E-mail  Password\n")
    return home


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Demo:
    """One data folder with a port, and the supervisor that runs there now."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    said_in: Path | None = None
    """Where its words are kept; beside the folder when not given."""

    @property
    def _output(self) -> Path:
        return self.said_in or self.home.with_suffix(".said")

    def environment(self) -> dict[str, str]:
        """What a terminal has in which only the folder and the port are set."""
        settings = {str(field.validation_alias) for field in Settings.model_fields.values()}
        clean = {name: value for name, value in os.environ.items() if name not in settings}
        return clean | {"PAMONG_HOME": str(self.home), "PAMONG_PORT": str(self.port)}

    def pamong(self, *arguments: str) -> str:
        """Run another `pamong` command beside the running demo; what it printed."""
        done = self.try_pamong(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def try_pamong(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "webapp.cli", *arguments],
            cwd=PROJECT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def start(self) -> None:
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "webapp.cli", "demo", "--end-with-parent"],
                cwd=PROJECT,
                env=self.environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_until_ready(self) -> None:
        assert self.process is not None
        process = self.process

        def is_up() -> bool:
            # The pages answer a moment before the demo has seen that they do and says so.
            return "Ctrl-C" in self.said() and self.is_ready()

        assert eventually(lambda: is_up() or process.poll() is not None, within=START_SECONDS), self.end()
        assert process.poll() is None, self.said()

    def said(self) -> str:
        """What this start has printed so far."""
        return self._output.read_text()

    def end(self) -> str:
        """Stop as Ctrl-C does; what it said."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> str:
        """Wait until it has ended by itself; what it said."""
        assert self.process is not None
        self.process.wait(timeout=60)
        return self.said()

    def programs(self) -> dict[int, str]:
        """Command line by process id of everything that belongs to this folder, except the supervisor."""
        found = {}
        for process in psutil.process_iter():
            try:
                ours = process.environ().get(MARK) == str(self.home) or process.cwd().startswith(
                    str(self.home)
                )
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found[process.pid] = " ".join(process.cmdline())
            except psutil.Error:
                continue
        return found

    def database(self) -> psycopg.Connection:
        secrets = json.loads((self.home / "secrets.json").read_text())
        return psycopg.connect(
            host=str(self.home / "run"),
            user="pamong_owner",
            password=secrets["owner_password"],
            dbname="pamong",
            autocommit=True,
        )

    def remove(self) -> None:
        if self.process is not None and self.is_running():
            self.process.kill()
            self.process.wait()
        kill_all(self.programs())
