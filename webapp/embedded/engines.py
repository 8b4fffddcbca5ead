"""Both engines of a data folder as one thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from webapp.embedded.folder import FolderLock, data_folder
from webapp.embedded.postgres import SUPERUSER, Postgres
from webapp.embedded.process import Identity
from webapp.embedded.secrets import LocalSecrets, local_secrets
from webapp.embedded.valkey import Valkey


@dataclass(frozen=True)
class EngineUrls:
    """Where the engines are reached; the addresses of an engine that was not asked for are empty.

    The database's are SQLAlchemy URLs, one per role; `redis_url` is Celery's, `redis_client_url` redis-py's.
    """

    database_url: str = field(default="", repr=False)
    owner_url: str = field(default="", repr=False)
    superuser_url: str = field(default="", repr=False)
    backup_url: str = field(default="", repr=False)
    redis_url: str = ""
    redis_client_url: str = ""


class Engines:
    """The engines of one data folder, held by one process at a time.

    `durable=False` is for tests: it trades what a power cut would lose for speed. `identity` is found out
    when it is not given. Start from the main thread: the engines end with the thread that started them.
    """

    def __init__(
        self,
        home: Path,
        *,
        postgres: bool = True,
        valkey: bool = True,
        durable: bool = True,
        identity: Identity | None = None,
    ) -> None:
        self._home = data_folder(home)
        self._wants_postgres = postgres
        self._wants_valkey = valkey
        self._durable = durable
        self._identity = identity
        self._lock = FolderLock(self._home / "engines.lock", doing="running the database")
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None

    def start(self) -> EngineUrls:
        """Start what was asked for and return its addresses; EngineError says what is in the way."""
        self._lock.acquire()
        try:
            secrets = local_secrets(self._home)
            if self._wants_postgres:
                self._postgres = Postgres(self._home, secrets, durable=self._durable, identity=self._identity)
                self._postgres.start()
            if self._wants_valkey:
                self._valkey = Valkey(self._home)
                self._valkey.start()
        except BaseException:
            self.stop()
            raise
        return self._urls(secrets)

    def dead(self) -> list[Postgres | Valkey]:
        """The engines that have ended by themselves; each can be started again under the same address."""
        return [engine for engine in self._all() if not engine.is_alive()]

    def stop(self) -> None:
        """Stop cleanly and let go of the folder; does nothing when nothing runs."""
        self._lock.stopping()
        for engine in reversed(self._all()):
            engine.stop()
        self._postgres = self._valkey = None
        self._lock.release()

    def _all(self) -> list[Postgres | Valkey]:
        return [engine for engine in (self._postgres, self._valkey) if engine is not None]

    def _urls(self, secrets: LocalSecrets) -> EngineUrls:
        database = self._postgres
        return EngineUrls(
            database_url=database.url("pamong_app", secrets.app_password) if database else "",
            owner_url=database.url("pamong_owner", secrets.owner_password) if database else "",
            superuser_url=database.url(SUPERUSER, secrets.superuser_password) if database else "",
            backup_url=database.url("pamong_backup", secrets.backup_password) if database else "",
            redis_url=self._valkey.broker_url if self._valkey else "",
            redis_client_url=self._valkey.client_url if self._valkey else "",
        )

    def __enter__(self) -> EngineUrls:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
