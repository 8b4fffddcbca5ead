"""`pamong demo` as a whole: it starts, survives the death of any of its processes, and stops clean."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.demo import START_SECONDS, Demo, empty_home, free_port
from tests.engines.running import PROJECT, eventually, kill_all

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    # These tests are about processes and do without the demo data.
    made = Demo(empty_home(tmp_path_factory.mktemp("demo") / "home"), free_port())
    yield made
    made.remove()


@pytest.fixture
def demo(shared: Demo) -> Demo:
    """One demo for all of them, for a start takes long: it runs, however the test before left it."""
    if not shared.is_running():
        shared.start()
        shared.wait_until_ready()
    return shared


def test_a_second_demo_is_refused_in_the_same_folder_and_on_the_same_port_and_runs_beside_it(
    demo: Demo, tmp_path: Path
) -> None:
    same_folder = Demo(demo.home, free_port(), said_in=tmp_path / "said")
    same_folder.start()
    assert same_folder.process is not None
    assert demo.process is not None
    said = same_folder.wait()
    assert same_folder.process.returncode == 1
    assert f"in use: process {demo.process.pid} is running the demo" in said

    beside = Demo(empty_home(tmp_path / "beside"), demo.port)
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


def test_after_kill_9_of_everything_the_folder_starts_again_with_nothing_lost(demo: Demo) -> None:
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


def test_when_only_the_supervisor_is_killed_the_rest_ends_or_is_stopped_by_the_next(demo: Demo) -> None:
    before = demo.programs()
    assert demo.process is not None
    demo.process.kill()
    demo.process.wait()
    demo.start()
    # The old web server may answer for a moment still.
    assert eventually(lambda: set(before).isdisjoint(demo.programs()), within=START_SECONDS)
    demo.wait_until_ready()


def test_any_program_that_is_killed_comes_back_and_the_pages_with_it(demo: Demo) -> None:
    def programs() -> set[int]:
        # PostgreSQL's own children end with it.
        return {pid for pid, line in demo.programs().items() if not line.startswith("postgres:")}

    before = programs()
    kill_all(before)

    def all_are_back() -> bool:
        return len(programs() - before) >= len(before) and demo.is_ready()

    assert eventually(all_are_back, within=START_SECONDS)
    said = demo.end()
    for name in ("web", "worker", "worker-reports", "beat", "mail-sink"):
        assert f"{name} was ended by SIGKILL" in said
    assert "postgres ended; starting it again" in said
    assert demo.programs() == {}


def test_it_serves_says_where_and_stops_without_leaving_a_process(demo: Demo) -> None:
    lines = demo.programs().values()
    for program in ("postgres", "valkey-server", "gunicorn", "mail,sweeps", "reports", "beat", "mail_sink"):
        assert [line for line in lines if program in line], program
    # Other commands speak to the demo of their folder as long as it runs.
    assert "Nothing is due" in demo.pamong("due", "--at", "2026-11-24T07:00+07:00")
    said = demo.end()
    assert demo.process is not None
    assert demo.process.returncode == 0
    assert f"http://localhost:{demo.port}" in said
    assert "Role  E-mail  Password" in said
    assert demo.programs() == {}
    refused = demo.try_pamong("due", "--at", "2026-11-24T07:00+07:00")
    assert refused.returncode == 1
    assert "DATABASE_URL is not set" in refused.stderr


def test_it_does_not_fill_a_production_database(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "webapp.cli", "demo"],
        cwd=PROJECT,
        env=os.environ | {"PAMONG_HOME": str(tmp_path), "PAMONG_ENV": "production"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "invented data" in result.stderr
    assert not (tmp_path / "postgres").exists()
