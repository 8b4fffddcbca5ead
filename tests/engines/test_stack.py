"""The programs of the demo: kept running, stopped together, and what they write."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import psutil
import pytest

from tests.engines.running import PROJECT, eventually
from webapp.cli import programs
from webapp.cli.access_log import masked
from webapp.cli.stack.supervisor import MARK, Program, Supervisor, stop_what_an_earlier_run_left
from webapp.embedded import EngineError


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path, os.environ, said.append)
    yield made
    made.stop()
    stop_what_an_earlier_run_left(tmp_path)


def marked(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def shell(name: str, script: str) -> Program:
    return Program(name, ["/bin/sh", "-c", script])


def test_a_killed_program_starts_again_and_its_orphans_are_stopped(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.keep(shell("web", "sleep 600 & wait"))
    assert eventually(lambda: len(marked(tmp_path)) == 2)
    before = {process.pid for process in marked(tmp_path)}
    leader = next(process for process in marked(tmp_path) if process.name() == "sh")
    leader.kill()

    def is_back() -> bool:
        supervisor.look()
        return len({process.pid for process in marked(tmp_path)} - before) == 2

    assert eventually(is_back)
    assert before.isdisjoint(process.pid for process in marked(tmp_path))
    assert said == [f"web was ended by SIGKILL and starts again in 0.5 s; see {tmp_path}/logs/web.log"]


def test_a_program_that_keeps_dying_is_tried_less_and_less_often(
    supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.keep(shell("web", "exit 3"))

    def has_died_three_times() -> bool:
        supervisor.look()
        return len(said) == 3

    assert eventually(has_died_three_times)
    pauses = [line.split(" in ")[1].split(" s;")[0] for line in said]
    assert pauses == ["0.5", "1", "2"]
    assert all("ended with status 3" in line for line in said)


def test_the_first_program_outlives_the_others(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    for name in ("sink", "worker"):
        supervisor.keep(
            shell(
                name, f"trap 'echo {name} >> {order}; exit' TERM; touch {tmp_path}/{name}; sleep 600 & wait"
            )
        )
    assert eventually(lambda: (tmp_path / "sink").exists() and (tmp_path / "worker").exists())
    supervisor.stop()
    assert order.read_text().split() == ["worker", "sink"]


def test_a_step_that_fails_stops_the_start_and_shows_the_end_of_its_log(supervisor: Supervisor) -> None:
    supervisor.run(shell("migrate", "exit 0"))
    with pytest.raises(EngineError, match="the reason"):
        supervisor.run(shell("migrate", "echo the reason; exit 1"))


def test_what_a_killed_supervisor_left_is_stopped_by_the_next_one(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    left = subprocess.Popen(["sleep", "600"], env=os.environ | {MARK: str(tmp_path)})
    other = subprocess.Popen(["sleep", "600"], env=os.environ | {MARK: str(tmp_path / "another")})
    try:
        stop_what_an_earlier_run_left(tmp_path)
        left.wait(timeout=5)
        assert other.poll() is None
    finally:
        for process in (left, other):
            process.kill()
            process.wait()


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/g/AbC-123_x", "/g/***"),
        ("/g/AbC-123_x/answer", "/g/***/answer"),
        ("/v/AbC-123_x/answer", "/v/***/answer"),
        ("/cal/AbC-123_x.ics", "/cal/***"),
        ("/reset/" + "x" * 40, "/reset/***"),
        ("/s/smp-contoh-satu/cases/1234567890123456789", "/s/smp-contoh-satu/cases/1234567890123456789"),
    ],
)
def test_tokens_stay_out_of_the_access_log(path: str, logged: str) -> None:
    assert masked(path) == logged


def test_the_web_server_logs_requests_without_token_or_search_words(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(
        "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'ok']\n"
    )
    listener = socket.create_server(("127.0.0.1", 0))
    argv = programs.web(f"fd://{listener.fileno()}", workers=1, threads=1, level="INFO")
    argv[argv.index("wsgi:application")] = "page:application"
    argv[argv.index(f"--chdir={PROJECT}")] = f"--chdir={tmp_path}"
    log = tmp_path / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            argv,
            stdout=out,
            stderr=out,
            pass_fds=(listener.fileno(),),
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": f"{PROJECT}"},
        )
    try:
        with socket.create_connection(listener.getsockname()) as client:
            client.sendall(
                b"GET /g/the-secret-token/answer?q=a-name HTTP/1.0\r\nReferer: http://x/g/the-secret-token\r\n\r\n"
            )
            assert b" 200 OK" in client.recv(100)
        assert eventually(lambda: "GET /g/***/answer" in log.read_text())
    finally:
        server.terminate()
        server.wait(20)
        listener.close()
    assert "the-secret-token" not in log.read_text()
    assert "a-name" not in log.read_text()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    listener = socket.create_server(("127.0.0.1", 0))
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / ".half.eml.x").write_bytes(b"written when an earlier run was killed")
    process = subprocess.Popen(
        programs.mail_sink(listener.fileno(), folder), pass_fds=(listener.fileno(),), cwd=PROJECT
    )
    yield process, listener.getsockname()[1], folder
    process.terminate()
    process.wait(20)
    listener.close()


MESSAGE = b"Subject: =?utf-8?q?Halo?=\r\nTo: a@x.example\r\n\r\n.a line with a dot\r\nBapak/Ibu \xc3\xa9\r\n"


def test_the_sink_keeps_a_message_byte_for_byte_once_it_says_so(
    sink: tuple[subprocess.Popen[bytes], int, Path],
) -> None:
    process, port, folder = sink
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail("pamong@localhost", ["a@x.example"], MESSAGE)
        process.send_signal(signal.SIGKILL)
    (kept,) = folder.iterdir()
    assert kept.suffix == ".eml"
    assert kept.read_bytes() == MESSAGE
    assert kept.stat().st_mode & 0o777 == 0o600
    assert message_from_bytes(kept.read_bytes())["To"] == "a@x.example"


def test_the_sink_refuses_addresses_that_bounce_and_keeps_nothing_of_them(
    sink: tuple[subprocess.Popen[bytes], int, Path],
) -> None:
    _, port, folder = sink
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail("pamong@localhost", ["wali.bounce@x.example"], MESSAGE)
        assert refused.value.recipients["wali.bounce@x.example"][0] == 550
        client.sendmail("pamong@localhost", ["wali@bounce.example"], MESSAGE)
    assert len(list(folder.iterdir())) == 1


def test_the_command_says_what_is_wrong_in_sentences_and_shows_no_trace() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "webapp.cli", "serve"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "DATABASE_URL is not set." in result.stderr
    assert "Traceback" not in result.stderr
