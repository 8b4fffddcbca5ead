"""`pamong demo`: all of Pamong in one terminal, on engines of its own, with invented data."""

from __future__ import annotations

import errno
import http.client
import json
import os
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import click

from webapp.cli import programs
from webapp.cli.composition import DEMO_LOCK, DEMO_SETTINGS
from webapp.cli.seed_demo import SIGN_INS_FILE
from webapp.cli.stack.supervisor import Program, Supervisor, stop_what_an_earlier_run_left
from webapp.config import Settings, SettingsError, load_settings, read_settings
from webapp.embedded import EngineError, Engines, EngineUrls, FolderLock, local_secrets
from webapp.embedded.folder import data_folder, private_folder, write_private
from webapp.embedded.process import end_with_parent

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_EVERY_SECONDS = 0.2
_SLOW_AFTER_SECONDS = 60.0


class _StopRequested(BaseException):
    """Ctrl-C or a signal: raised where the supervisor happens to be, so that no wait outlasts it."""


@click.command()
@click.option(
    "--end-with-parent", "tied", is_flag=True, help="Stop when the starting process ends (for make)."
)
def demo(tied: bool) -> None:
    """Run everything here, with invented data: database, queue, web, workers, mail into files."""
    if tied:
        end_with_parent(signal.SIGTERM)
    for number in _STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
            signal.signal(number, _request_stop)
    try:
        with ExitStack() as stack:
            _Demo(stack).run()
    except _StopRequested:
        click.echo("Everything is stopped; start again and go on with the same data.")


def _request_stop(number: int, frame: FrameType | None) -> None:
    # Once is enough: a second Ctrl-C must not cut the stopping short.
    for again in _STOP_SIGNALS:
        signal.signal(again, signal.SIG_IGN)
    click.echo("\nStopping …")
    raise _StopRequested


class _Demo:
    """One run. What is opened goes onto the exit stack and is closed in reverse order."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._asked = read_settings(env=os.environ.get("PAMONG_ENV") or "demo")
        self._home = data_folder(self._asked.home).resolve()
        self._lock = FolderLock(self._home / DEMO_LOCK, doing="running the demo")

    def run(self) -> None:
        self._refuse_production()
        self._stack.enter_context(self._lock)
        stop_what_an_earlier_run_left(self._home)
        self._stack.callback(stop_what_an_earlier_run_left, self._home)
        web_socket = self._stack.enter_context(_listen(self._asked.port))
        sink_socket = self._stack.enter_context(_listen(0))
        engines, urls = self._start_engines()
        settings, owner_url = self._settings(urls, sink_port=sink_socket.getsockname()[1])
        environment = _environment(settings)
        self._tell_other_terminals(environment)
        given = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
        supervisor = Supervisor(self._home, given | environment, click.echo)
        self._stack.callback(supervisor.stop)
        self._stack.callback(self._lock.stopping)

        mail = private_folder(self._home / "mail")
        sink_fd = sink_socket.fileno()
        supervisor.keep(Program("mail-sink", programs.mail_sink(sink_fd, mail), pass_fds=(sink_fd,)))
        self._prepare_database(supervisor, owner_url)
        for program in _programs(settings, web_socket.fileno()):
            supervisor.keep(program)
        self._wait_until_ready(settings, supervisor, engines)
        self._greet(settings, mail)
        while True:
            _look(supervisor, engines)

    def _refuse_production(self) -> None:
        if self._asked.is_production:
            raise SettingsError(["PAMONG_ENV is production: the demo would fill it with invented data."])
        if self._asked.database_url and not self._asked.database_owner_url:
            raise SettingsError(["DATABASE_URL is set: set DATABASE_OWNER_URL too, for the migrations."])

    def _start_engines(self) -> tuple[Engines, EngineUrls]:
        engines = Engines(self._home, postgres=not self._asked.database_url, valkey=not self._asked.redis_url)
        click.echo(f"Starting in {self._home} …")
        self._stack.callback(engines.stop)
        return engines, engines.start()

    def _settings(self, urls: EngineUrls, *, sink_port: int) -> tuple[Settings, str]:
        asked, secrets = self._asked, local_secrets(self._home)
        settings = load_settings(
            env=asked.env,
            home=self._home,
            database_url=asked.database_url or urls.database_url,
            database_owner_url="",
            redis_url=asked.redis_url or urls.redis_url,
            smtp_url=asked.smtp_url or f"smtp://127.0.0.1:{sink_port}?sink=1",
            secret_key=asked.secret_key or secrets.secret_key,
            keys=asked.keys or secrets.keys,
        )
        return settings, asked.database_owner_url or urls.owner_url

    def _tell_other_terminals(self, environment: dict[str, str]) -> None:
        """So that `pamong due` and the like work beside the demo with nothing set but the folder."""
        note = self._home / DEMO_SETTINGS
        write_private(note, json.dumps(environment, indent=2).encode())
        self._stack.callback(note.unlink, missing_ok=True)

    def _prepare_database(self, supervisor: Supervisor, owner_url: str) -> None:
        # Only the migration gets the owner's password.
        supervisor.run(Program("migrate", programs.pamong("migrate")), {"DATABASE_OWNER_URL": owner_url})
        if not (self._home / SIGN_INS_FILE).exists():
            click.echo("Loading the demo data; the first start takes a little longer …")
            supervisor.run(Program("seed-demo", programs.pamong("seed-demo")))

    def _wait_until_ready(self, settings: Settings, supervisor: Supervisor, engines: Engines) -> None:
        slow_at = time.monotonic() + _SLOW_AFTER_SECONDS
        while not _is_ready(settings):
            _look(supervisor, engines)
            if time.monotonic() > slow_at:
                click.echo(f"Still not ready; the reason is in {self._home / 'logs'}.")
                slow_at = time.monotonic() + _SLOW_AFTER_SECONDS

    def _greet(self, settings: Settings, mail: Path) -> None:
        kept = f"{mail}  (kept as files; nothing is sent)" if settings.smtp.is_sink else settings.smtp.host
        click.echo(f"\nPamong runs at  {settings.base_url}\n  data   {self._home}\n  mail   {kept}\n")
        click.echo((self._home / SIGN_INS_FILE).read_text())
        click.echo("Ctrl-C stops everything.")


def _look(supervisor: Supervisor, engines: Engines) -> None:
    for engine in engines.dead():
        click.echo(f"{engine.name} ended; starting it again …")
        engine.start()
    supervisor.look()
    time.sleep(_LOOK_EVERY_SECONDS)


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "PAMONG_ENV": settings.env,
        "PAMONG_HOME": str(settings.home),
        "PAMONG_PORT": str(settings.port),
        "PAMONG_BASE_URL": settings.base_url,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SMTP_URL": settings.smtp_url,
        "PAMONG_SECRET_KEY": settings.secret_key,
        "PAMONG_KEYS": settings.keys,
    }


def _programs(settings: Settings, web_fd: int) -> list[Program]:
    level = settings.log_level
    return [
        Program("web", programs.web(f"fd://{web_fd}", workers=2, threads=4, level=level), pass_fds=(web_fd,)),
        # Two workers: fifty reports in their own queue do not delay a mail.
        Program("worker", programs.worker("worker", queues="mail,sweeps", concurrency=2, level=level)),
        Program("worker-reports", programs.worker("reports", queues="reports", concurrency=1, level=level)),
        Program("beat", programs.beat(settings.home, level=level)),
    ]


def _listen(port: int) -> socket.socket:
    """A socket that outlives the programs that serve on it, so that a restart refuses nobody."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            reason = "another program uses it"
        else:
            reason = error.strerror or "it cannot be opened"
        raise EngineError(f"Port {port} is not free: {reason}. Choose another with PAMONG_PORT.") from error
    return listener


def _is_ready(settings: Settings) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": urlsplit(settings.base_url).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
