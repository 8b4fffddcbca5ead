"""`pamong demo` as a whole: it starts, survives the death of any of its processes, and stops clean."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.engines.running import PROJECT, eventually, kill_all
from webapp.cli.seed_demo import SIGN_INS_FILE
from webapp.cli.stack.supervisor import MARK
from webapp.config import Settings

pytestmark = pytest.mark.faults

START_SECONDS = 120.0


@dataclass
class Demo:
    """One data folder with a port, and the supervisor that runs there now."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def _output(self) -> Path:
        return self.home.with_suffix(".said")

    def start(self) -> None:
        settings = {str(field.validation_alias) for field in Settings.model_fields.values()}
        clean = {name: value for name, value in os.environ.items() if name not in settings}
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "webapp.cli", "demo"],
                cwd=PROJECT,
                env=clean | {"PAMONG_HOME": str(self.home), "PAMONG_PORT": str(self.port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

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
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        kill_all(self.programs())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    # The file says that the demo data is there: these tests are about processes and do without it.
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / SIGN_INS_FILE).write_text("  Role  E-mail  Password\n")
    made = Demo(home, free_port())
    yield made
    made.remove()


def test_it_serves_says_where_and_stops_without_leaving_a_process(demo: Demo) -> None:
    demo.start()
    demo.wait_until_ready()
    lines = demo.programs().values()
    for program in ("postgres", "valkey-server", "gunicorn", "mail,sweeps", "reports", "beat", "mail_sink"):
        assert [line for line in lines if program in line], program
    said = demo.end()
    assert demo.process is not None
    assert demo.process.returncode == 0
    assert f"http://localhost:{demo.port}" in said
    assert "Role  E-mail  Password" in said
    assert demo.programs() == {}


def test_any_program_that_is_killed_comes_back_and_the_pages_with_it(demo: Demo) -> None:
    demo.start()
    demo.wait_until_ready()
    before = demo.programs()
    # PostgreSQL's own children end with it.
    kill_all(pid for pid, line in before.items() if not line.startswith("postgres:"))

    def all_are_back() -> bool:
        return len(set(demo.programs()) - set(before)) >= len(before) - 8 and demo.is_ready()

    assert eventually(all_are_back, within=START_SECONDS)
    said = demo.end()
    for name in ("web", "worker", "worker-reports", "beat", "mail-sink"):
        assert f"{name} was ended by SIGKILL" in said
    assert "postgres ended; starting it again" in said
    assert demo.programs() == {}


def test_after_kill_9_of_everything_the_folder_starts_again_with_nothing_lost(demo: Demo) -> None:
    demo.start()
    demo.wait_until_ready()
    with demo.database() as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('here')")
    assert demo.process is not None
    kill_all((demo.process.pid, *demo.programs()))
    demo.process.wait()
    demo.start()
    demo.wait_until_ready()
    with demo.database() as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("here",)
    demo.end()


def test_when_only_the_supervisor_is_killed_the_rest_ends_or_is_stopped_by_the_next(demo: Demo) -> None:
    demo.start()
    demo.wait_until_ready()
    before = demo.programs()
    assert demo.process is not None
    demo.process.kill()
    demo.process.wait()
    demo.start()
    # The old web server may answer for a moment still.
    assert eventually(
        lambda: set(before).isdisjoint(demo.programs()) and demo.is_ready(), within=START_SECONDS
    )
    demo.end()
    assert demo.programs() == {}


def test_a_second_demo_is_refused_in_the_same_folder_and_on_the_same_port_and_runs_beside_it(
    demo: Demo, tmp_path: Path
) -> None:
    demo.start()
    demo.wait_until_ready()
    same_folder = Demo(demo.home, free_port())
    same_folder.start()
    assert same_folder.process is not None
    assert demo.process is not None
    said = same_folder.wait()
    assert same_folder.process.returncode == 1
    assert f"in use: process {demo.process.pid} is running the demo" in said

    beside = Demo(tmp_path / "beside", demo.port)
    beside.home.mkdir()
    (beside.home / SIGN_INS_FILE).write_text("")
    try:
        beside.start()
        assert beside.process is not None
        said = beside.wait()
        assert beside.process.returncode == 1
        assert f"Port {demo.port} is not free" in said
        beside.port = free_port()
        beside.start()
        beside.wait_until_ready()
        assert demo.is_ready()
        beside.end()
        assert beside.programs() == {}
        assert demo.is_ready()
    finally:
        beside.remove()
    demo.end()


def test_it_does_not_fill_a_production_database(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "webapp.cli", "demo"],
        cwd=PROJECT,
        env=os.environ | {"PAMONG_HOME": str(demo.home), "PAMONG_ENV": "production"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "invented data" in result.stderr
    assert not (demo.home / "postgres").exists()
