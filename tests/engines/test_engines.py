"""The embedded engines: private, one supervisor per folder, nothing lost whatever is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from tests.engines.running import connect, eventually, held_by_another_process, kill_all, processes_in
from webapp.embedded import EngineError, Engines, EngineUrls
from webapp.embedded.process import Identity, stop_left_overs

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, EngineUrls]]:
    home = tmp_path_factory.mktemp("engines") / "home"
    with Engines(home, durable=False) as urls:
        yield home, urls


def write_a_row(urls: EngineUrls) -> None:
    with connect(urls.owner_url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('here')")


def read_the_row(urls: EngineUrls) -> str:
    with connect(urls.owner_url) as connection:
        row = connection.execute("SELECT word FROM kept").fetchone()
    assert row is not None
    return str(row[0])


def test_data_is_there_after_a_clean_stop_and_a_second_start(home: Path) -> None:
    with Engines(home) as urls:
        write_a_row(urls)
        redis.Redis.from_url(urls.redis_client_url).rpush("queue", "task")
    assert processes_in(home) == []
    with Engines(home) as urls:
        assert read_the_row(urls) == "here"
        assert redis.Redis.from_url(urls.redis_client_url).lrange("queue", 0, -1) == [b"task"]


def test_a_row_and_a_queued_task_survive_kill_9_of_everything(home: Path) -> None:
    with held_by_another_process(home) as (holder, urls):
        write_a_row(urls)
        client = redis.Redis.from_url(urls.redis_client_url)
        client.rpush("queue", "task")
        client.close()
        holder.kill()
        kill_all(process.pid for process in processes_in(home))
    with Engines(home) as urls:
        assert read_the_row(urls) == "here"
        assert redis.Redis.from_url(urls.redis_client_url).lrange("queue", 0, -1) == [b"task"]


def test_engines_end_with_a_supervisor_that_is_killed(home: Path) -> None:
    with held_by_another_process(home) as (holder, _):
        assert processes_in(home) != []
        holder.kill()
        assert eventually(lambda: processes_in(home) == [])


def test_engines_that_outlived_their_supervisor_are_stopped_before_new_ones_start(home: Path) -> None:
    with held_by_another_process(home) as (holder, urls):
        write_a_row(urls)
        orphans = processes_in(home)
        # A stopped process cannot act on its parent's death: it is still there when the next one starts.
        for process in orphans:
            process.suspend()
        holder.kill()
        holder.wait()
        with Engines(home) as second:
            assert read_the_row(second) == "here"
            alive = {process.pid for process in processes_in(home)}
            assert alive.isdisjoint(process.pid for process in orphans)


def test_a_pid_file_that_names_an_innocent_process_is_no_obstacle_and_does_it_no_harm(home: Path) -> None:
    with Engines(home, valkey=False) as urls:
        write_a_row(urls)
    innocent = subprocess.Popen(["sleep", "600"])
    try:
        lines = [
            str(innocent.pid),
            str(home / "postgres"),
            "0",
            "5432",
            str(home / "run"),
            "",
            "0 0",
            "ready",
        ]
        (home / "postgres" / "postmaster.pid").write_text("\n".join(lines))
        with Engines(home, valkey=False) as urls:
            assert read_the_row(urls) == "here"
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_a_first_start_that_was_killed_half_way_leaves_nothing_in_the_way(home: Path) -> None:
    (home / "postgres.new" / "base").mkdir(parents=True)
    with Engines(home, valkey=False, durable=False) as urls, connect(urls.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_dead_engine_is_noticed_and_comes_back_at_the_same_address(home: Path) -> None:
    engines = Engines(home)
    urls = engines.start()
    try:
        write_a_row(urls)
        kill_all(process.pid for process in processes_in(home))
        assert eventually(lambda: len(engines.dead()) == 2)
        for engine in engines.dead():
            engine.start()
        assert engines.dead() == []
        assert read_the_row(urls) == "here"
    finally:
        engines.stop()


def test_two_folders_run_side_by_side_and_know_nothing_of_each_other(
    running: tuple[Path, EngineUrls], home: Path
) -> None:
    with Engines(home, durable=False) as mine:
        write_a_row(mine)
        with connect(running[1].owner_url) as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM kept")
        assert read_the_row(mine) == "here"


def test_a_second_supervisor_in_the_same_folder_is_refused_and_told_who_is_there(
    running: tuple[Path, EngineUrls],
) -> None:
    with pytest.raises(EngineError, match=f"in use: process {os.getpid()} is running the database"):
        Engines(running[0]).start()
    with connect(running[1].database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_everything_in_the_folder_is_closed_to_others(running: tuple[Path, EngineUrls]) -> None:
    home, _ = running
    for name in ("", "postgres", "valkey", "run", "logs"):
        assert (home / name).stat().st_mode & 0o077 == 0, name
    assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600
    for name in (".s.PGSQL.5432", "valkey.sock"):
        assert (home / "run" / name).stat().st_mode & 0o077 == 0, name


def test_a_folder_that_was_there_before_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with Engines(tmp_path, postgres=False):
        assert tmp_path.stat().st_mode & 0o777 == 0o755
        assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_it_works_below_a_folder_that_only_its_owner_may_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with Engines(closed / "home", durable=False) as urls:
        write_a_row(urls)
        assert read_the_row(urls) == "here"


@pytest.mark.skipif(not AS_ROOT, reason="only root has to run PostgreSQL as somebody else")
@pytest.mark.parametrize("identity", [Identity.NAMESPACE, Identity.NOBODY])
def test_root_runs_postgres_as_somebody_else_and_may_change_how(home: Path, identity: Identity) -> None:
    home.parent.chmod(0o700)
    with Engines(home, valkey=False, durable=False, identity=identity) as urls:
        write_a_row(urls)
        assert (home / "postgres").stat().st_uid == identity.owner
    other = Identity.NOBODY if identity is Identity.NAMESPACE else Identity.NAMESPACE
    with Engines(home, valkey=False, durable=False, identity=other) as urls:
        assert read_the_row(urls) == "here"


@pytest.mark.skipif(not AS_ROOT, reason="the whole test run is an ordinary user's already")
def test_an_ordinary_user_can_run_the_engines(open_folder: Path) -> None:
    home = open_folder / "home"
    with held_by_another_process(home, "--as-nobody") as (holder, urls):
        write_a_row(urls)
        assert read_the_row(urls) == "here"
        assert {process.uids().real for process in processes_in(home)} == {65534}
        holder.communicate(timeout=30)
        assert holder.returncode == 0
    assert processes_in(home) == []


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of the user nobody; pytest's own folders are closed to everybody else."""
    folder = Path(tempfile.mkdtemp(prefix="pamong-test-"))
    os.chown(folder, 65534, 65534)
    yield folder
    shutil.rmtree(folder)


def test_a_long_path_gets_its_sockets_elsewhere_and_a_new_place_when_that_is_cleaned_up(
    tmp_path: Path,
) -> None:
    home = tmp_path / ("long " * 20).strip() / "home"
    with Engines(home, durable=False) as urls:
        write_a_row(urls)
        first = Path((home / "run.path").read_text())
        assert first.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(first)
    try:
        with Engines(home, durable=False) as urls:
            assert read_the_row(urls) == "here"
    finally:
        shutil.rmtree(Path((home / "run.path").read_text()))


def test_lost_secrets_are_not_replaced_by_new_ones_that_open_nothing(home: Path) -> None:
    with Engines(home, valkey=False, durable=False):
        pass
    secrets = (home / "secrets.json").read_bytes()
    (home / "secrets.json").unlink()
    with pytest.raises(EngineError, match="put the file back"):
        Engines(home, valkey=False).start()
    (home / "secrets.json").write_bytes(secrets)
    with Engines(home, valkey=False, durable=False) as urls, connect(urls.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_secrets_of_another_folder_are_told_apart_from_a_slow_start(home: Path) -> None:
    with Engines(home, valkey=False, durable=False):
        pass
    kept = json.loads((home / "secrets.json").read_text())
    (home / "secrets.json").write_text(json.dumps(kept | {"superuser_password": "another"}))
    with pytest.raises(EngineError, match="does not belong to the database"):
        Engines(home, valkey=False).start()
    assert processes_in(home) == []


def test_passwords_are_not_shown_when_the_addresses_are(running: tuple[Path, EngineUrls]) -> None:
    home, urls = running
    for secret in json.loads((home / "secrets.json").read_text()).values():
        assert secret not in repr(urls)


def test_engines_start_from_the_main_thread_only_since_they_end_with_the_thread(home: Path) -> None:
    caught: list[RuntimeError] = []

    def start() -> None:
        try:
            Engines(home, postgres=False).start()
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(caught[0])


def test_what_must_be_stopped_is_told_from_what_only_looks_like_it(tmp_path: Path) -> None:
    meant = subprocess.Popen(["sleep", "600"], cwd=tmp_path)
    other = subprocess.Popen(["sleep", "601"], cwd=tmp_path.parent)
    try:
        stopped = stop_left_overs(lambda found: found.cwd() == str(tmp_path), signal.SIGTERM, patience=5)
        assert stopped == [meant.pid]
        meant.wait(timeout=5)
        assert other.poll() is None
    finally:
        for process in (meant, other):
            process.kill()
            process.wait()
