"""Where a Pamong has its database, files and keys: by the settings, or in an embedded data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from webapp.backup import BackupError
from webapp.backup.keys import Keys
from webapp.config import Settings, SettingsError
from webapp.embedded import local_secrets
from webapp.embedded.folder import data_folder
from webapp.embedded.reach import database_of
from webapp.embedded.secrets import adopt_secrets


@dataclass(frozen=True)
class Source:
    """What is backed up."""

    home: Path
    keys: Keys
    backup_url: str = field(repr=False)


@dataclass(frozen=True)
class Target:
    """What is restored into."""

    home: Path
    app_url: str = field(repr=False)
    owner_url: str = field(repr=False)
    backup_url: str = field(repr=False)


@contextmanager
def source(settings: Settings) -> Iterator[Source]:
    """The Pamong of these settings; without DATABASE_URL the one of the data folder, running or not."""
    if settings.database_url or settings.database_backup_url:
        _demand(settings, "database_backup_url", "keys", "secret_key")
        keys = Keys(settings.keys, settings.secret_key)
        yield Source(settings.home, keys, settings.database_backup_url)
        return
    if not (settings.home / "postgres").exists():
        raise BackupError(
            f"There is nothing to back up: {settings.home} holds no database. "
            "Name another folder with PAMONG_HOME, or set DATABASE_BACKUP_URL."
        )
    with database_of(settings.home) as urls:
        secrets = local_secrets(settings.home)
        keys = Keys(settings.keys or secrets.keys, settings.secret_key or secrets.secret_key)
        yield Source(settings.home, keys, urls.backup_url)


@contextmanager
def target(settings: Settings, keys: Keys) -> Iterator[Target]:
    """The Pamong of these settings; without DATABASE_URL a new data folder, which gets these keys."""
    data_folder(settings.home)
    if settings.database_url or settings.database_owner_url:
        _demand(settings, "database_url", "database_owner_url", "database_backup_url")
        yield Target(
            settings.home, settings.database_url, settings.database_owner_url, settings.database_backup_url
        )
        return
    adopt_secrets(settings.home, secret_key=keys.secret_key, keys=keys.keys)
    with database_of(settings.home) as urls:
        yield Target(settings.home, urls.database_url, urls.owner_url, urls.backup_url)


def _demand(settings: Settings, *names: str) -> None:
    missing = [name for name in names if not getattr(settings, name)]
    if missing:
        fields = Settings.model_fields
        raise SettingsError([f"{fields[name].validation_alias} is not set." for name in missing])
