"""`python -m tests.faults.composed`: what docker-compose.yml starts, started here; two of web and worker.

The very commands and environments of the services; substituted are the addresses of the engines, the port,
the data folder and the name of a second worker. The broker runs by the command of its service as well.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
import yaml

from tests.engines.demo import free_port
from tests.engines.running import PROJECT, eventually
from tests.faults.load import Load
from tests.faults.sink import Sink
from tests.faults.visitor import Visitor
from webapp.cli.stack.supervisor import Program, Supervisor
from webapp.config import Settings, load_settings
from webapp.embedded import Engines, LocalSecrets, local_secrets
from webapp.embedded.process import end_with_parent
from webapp.embedded.valkey import binary as valkey_server

SERVICES: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
MAILS = 300
START_SECONDS = 90.0
_BROKER_PASSWORD = "kata-sandi-antrean-rekaan"


class Composed:
    """The services of the compose file on this machine. Looks like a System to the load."""

    def __init__(self, home: Path, smtp_port: int) -> None:
        self._home = home
        self._data = home / "data"
        self._data.mkdir()
        self._smtp_port = smtp_port
        self._engines = Engines(home / "engines", valkey=False)
        self._broker_port = free_port()
        self.ports = (free_port(), free_port())
        self._supervisors: list[Supervisor] = []

    def start(self) -> None:
        self._urls = self._engines.start()
        self._secrets = local_secrets(self._home / "engines")
        self._run_broker()
        self._supervisor("migrate").run(self._program("migrate"))
        self.settings = self._settings()
        for number, port in enumerate(self.ports, start=1):
            self._supervisor("web", port).keep(self._program("web", f"web-{number}"))
            self._supervisor("worker").keep(self._program("worker", f"worker-{number}"))
        for name in ("worker-reports", "beat"):
            self._supervisor(name).keep(self._program(name))

    def stop(self) -> None:
        for supervisor in reversed(self._supervisors):
            supervisor.stop()
        self._engines.stop()

    def environment(self, service: str, port: int = 0) -> dict[str, str]:
        """A service's environment, with what .env would give, here."""
        given = {name: self._filled(str(value)) for name, value in SERVICES[service]["environment"].items()}
        # As the image sets it: the volume `data`.
        given["PAMONG_HOME"] = str(self._data)
        if port:
            given["PAMONG_PORT"] = str(port)
        return given

    def is_healthy(self, service: str, port: int = 0, worker: str = "") -> bool:
        """The health check of the service, run as Docker runs it."""
        kind, *words = SERVICES[service]["healthcheck"]["test"]
        words = [self._here(word, port).replace("worker@$$", f"{worker}@$$") for word in words]
        argv = words if kind == "CMD" else ["sh", "-c", words[0].replace("$$", "$")]
        environment = _clean() | self.environment(service, port) | {"HOSTNAME": socket.gethostname()}
        done = subprocess.run(argv, env=environment, cwd=PROJECT, capture_output=True, timeout=60)
        return done.returncode == 0

    def worker_of(self, pid: int) -> int:
        """The main process of the worker to which this child belongs."""
        return psutil.Process(pid).ppid()

    def sql(self, statement: str, *values: object) -> list[tuple]:
        with psycopg.connect(self._urls.superuser_url.replace("+psycopg", ""), autocommit=True) as own:
            cursor = own.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    # -- from the file to this machine

    def _run_broker(self) -> None:
        command = SERVICES["valkey"]["command"]
        assert command[:2] == ["sh", "-c"]
        here = f"{shlex.quote(str(valkey_server()))} --port {self._broker_port} --bind 127.0.0.1 "
        script = command[2].replace("$$", "$").replace("valkey-server ", here)
        folder = self._home / "valkey"
        folder.mkdir()
        supervisor = Supervisor(folder, _clean() | {"VALKEY_PASSWORD": _BROKER_PASSWORD}, print)
        self._supervisors.append(supervisor)
        supervisor.keep(Program("valkey", ["sh", "-c", f"cd {shlex.quote(str(folder))}; {script}"]))

        def answers() -> bool:
            try:
                with redis.Redis(port=self._broker_port, password=_BROKER_PASSWORD) as client:
                    return bool(client.ping())
            except redis.RedisError:
                return False

        assert eventually(answers)

    def _supervisor(self, service: str, port: int = 0) -> Supervisor:
        made = Supervisor(self._home, _clean() | self.environment(service, port), print)
        self._supervisors.append(made)
        return made

    def _program(self, service: str, name: str = "") -> Program:
        """The image's entry point with the service's command."""
        command = [*SERVICES[service]["command"]]
        if "--name" in command:
            # Each container has a host name of its own.
            command[command.index("--name") + 1] = name or service
        return Program(name or service, [sys.executable, "-m", "webapp.cli", *command])

    def _filled(self, text: str) -> str:
        values = _env_file(self._secrets, self._smtp_port)
        filled = re.sub(
            r"\$\{(\w+)(?::([-?])([^}]*))?\}",
            lambda found: values.get(found[1]) or (found[3] if found[2] == "-" else ""),
            text,
        )
        return self._here(filled)

    def _here(self, text: str, port: int = 0) -> str:
        """Hosts, ports and the data folder of the containers -> those of this machine."""
        text = re.sub(r"@postgres/(\w+)", rf"@/\1?host={self._home / 'engines' / 'run'}", text)
        text = text.replace("@valkey:6379", f"@127.0.0.1:{self._broker_port}")
        return text.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("/var/lib/pamong", str(self._data))

    def _settings(self) -> Settings:
        given = self.environment("web")
        fields = {str(one.validation_alias): name for name, one in Settings.model_fields.items()}
        return load_settings(**{fields[name]: value for name, value in given.items() if value})


def _env_file(secrets: LocalSecrets, smtp_port: int) -> Mapping[str, str]:
    """What the comment of docker-compose.yml asks for."""
    return {
        "POSTGRES_PASSWORD": secrets.superuser_password,
        "PAMONG_OWNER_PASSWORD": secrets.owner_password,
        "PAMONG_APP_PASSWORD": secrets.app_password,
        "PAMONG_BACKUP_PASSWORD": secrets.backup_password,
        "VALKEY_PASSWORD": _BROKER_PASSWORD,
        "PAMONG_SECRET_KEY": secrets.secret_key,
        "PAMONG_KEYS": secrets.keys,
        "PAMONG_BASE_URL": "https://pamong.contoh.example",
        "PAMONG_MAIL_FROM": "pamong@contoh.example",
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
    }


def _clean() -> dict[str, str]:
    """An environment in which no setting stands; the programs of this Python come first."""
    settings = {str(field.validation_alias) for field in Settings.model_fields.values()}
    own = {name: value for name, value in os.environ.items() if name not in settings}
    return own | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def within(seconds: float, what: str, condition: Callable[[], bool]) -> None:
    # Each time is a program of its own, on a machine that is busy starting what it asks after.
    assert eventually(condition, within=seconds, every=0.5), f"{what}: not within {seconds:g} s"
    print(f"ok: {what}", flush=True)


def walk(system: Composed, sink: Sink) -> None:
    """Healthy by the file's own checks; pages and mails through both, each once."""
    for port in system.ports:
        within(START_SECONDS, "web is healthy", lambda port=port: system.is_healthy("web", port))
    for service, name in (("worker", "worker-1"), ("worker-reports", "worker-reports")):
        within(90, f"{name} is healthy", lambda s=service, n=name: system.is_healthy(s, worker=n))

    load = Load(system)
    stage = load.stage
    one, two = (Visitor(p, stage.school.slug, stage.case_id, stage.counsellor.email) for p in system.ports)
    one.sign_in()
    two.share(one)
    assert one.write("Catatan rekaan lewat yang satu") == two.write("Catatan rekaan lewat yang lain") == 303
    assert {"Catatan rekaan lewat yang satu", "Catatan rekaan lewat yang lain"} <= load.notes()
    print("ok: one sign-in holds at both, and both write", flush=True)

    load.queue("composed", MAILS)
    load.release()
    # One nudge is one run: more than the four children of both workers take at once.
    load.nudge(8)
    workers: set[int] = set()
    until = time.monotonic() + 120
    while load.unfinished("composed"):
        workers |= {system.worker_of(pid) for pid in load.in_hand() if psutil.pid_exists(pid)}
        assert time.monotonic() < until, "the mails were not sent in time"
    rows = load.rows("composed")
    assert {row.state for row in rows} == {"sent"}
    arrived = {message_id: len(copies) for message_id, copies in sink.arrived.items()}
    assert arrived == {row.message_id: 1 for row in rows}
    assert len(workers) == 2, f"{len(workers)} workers had mails in hand"
    print(f"ok: {MAILS} mails by two workers, each once", flush=True)
    within(200, "beat is healthy", lambda: system.is_healthy("beat"))


def main() -> None:
    sink = Sink()
    sink.open()
    with tempfile.TemporaryDirectory(prefix="pamong-composed-") as folder:
        system = Composed(Path(folder), sink.port)
        try:
            system.start()
            walk(system, sink)
        except BaseException:
            for log in sorted(Path(folder).rglob("*.log")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}")
            raise
        finally:
            system.stop()
            sink.close()


if __name__ == "__main__":
    import signal

    end_with_parent(signal.SIGTERM)
    main()
