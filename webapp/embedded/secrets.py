"""Secrets that the embedded set-up makes for itself, kept beside the data they open."""

from __future__ import annotations

import base64
import dataclasses
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from webapp.embedded.folder import EngineError, data_folder, write_private


def _password() -> str:
    return secrets.token_urlsafe(24)


def _master_key() -> str:
    return "local1:" + base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True)
class LocalSecrets:
    """Passwords of the database roles, the web secret and the master keys of one data folder."""

    superuser_password: str = field(default_factory=_password, repr=False)
    owner_password: str = field(default_factory=_password, repr=False)
    app_password: str = field(default_factory=_password, repr=False)
    backup_password: str = field(default_factory=_password, repr=False)
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    keys: str = field(default_factory=_master_key, repr=False)


def local_secrets(home: Path) -> LocalSecrets:
    """The secrets of this data folder: made at the first call, the same ever after (file mode 0600)."""
    home = data_folder(home)
    path = home / "secrets.json"
    if path.exists():
        try:
            return LocalSecrets(**json.loads(path.read_text()))
        except (ValueError, TypeError) as error:
            raise EngineError(f"{path} is damaged: put it back from a copy.") from error
    if (home / "postgres").exists():
        # New passwords would not open the old database, and new keys would not open its texts.
        raise EngineError(f"{path} is missing but {home} holds a database: put the file back from a copy.")
    made = LocalSecrets()
    write_private(path, json.dumps(dataclasses.asdict(made), indent=2).encode())
    return made


def adopt_secrets(home: Path, *, secret_key: str, keys: str) -> LocalSecrets:
    """The secrets of a new data folder that is to open the data of another: its web secret and master keys.

    Passwords of the database roles are made anew. A folder that has other keys already is refused.
    """
    path = data_folder(home) / "secrets.json"
    if not path.exists() and not (home / "postgres").exists():
        made = LocalSecrets(secret_key=secret_key, keys=keys)
        write_private(path, json.dumps(dataclasses.asdict(made), indent=2).encode())
    found = local_secrets(home)
    if (found.secret_key, found.keys) != (secret_key, keys):
        raise EngineError(f"{home} has keys and data of its own: choose another folder with PAMONG_HOME.")
    return found
