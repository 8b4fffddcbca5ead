"""The keys of a backup: in a file beside its folder, never inside, so that the data alone opens nothing."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from webapp import crypto
from webapp.backup import BackupError
from webapp.backup.manifest import Manifest, WrappedKey, secret_mark
from webapp.embedded.folder import write_private

_HEAD = "# The keys of a Pamong backup. Keep this file apart from the backup, and never lose it.\n"


@dataclass(frozen=True)
class Keys:
    """PAMONG_KEYS opens the confidential texts, PAMONG_SECRET_KEY belongs to passwords and cookies."""

    keys: str = field(repr=False)
    secret_key: str = field(repr=False)


def beside(folder: Path) -> Path:
    """Where the keys of a backup are written."""
    return folder.with_name(f"{folder.name}.keys")


def write(path: Path, keys: Keys) -> None:
    """Write the file for its owner alone; another backup's keys are never overwritten."""
    content = f"{_HEAD}PAMONG_KEYS={keys.keys}\nPAMONG_SECRET_KEY={keys.secret_key}\n".encode()
    if path.exists() and path.read_bytes() != content:
        raise BackupError(f"{path} holds other keys, perhaps of another backup: put it away first.")
    write_private(path, content)


def read(path: Path) -> Keys:
    """The keys in a file that `write` made."""
    try:
        pairs = (line.strip().partition("=") for line in path.read_text().splitlines())
        found = {name: value for name, _, value in pairs}
        return Keys(found["PAMONG_KEYS"], found["PAMONG_SECRET_KEY"])
    except (OSError, ValueError, KeyError) as error:
        raise BackupError(
            f"{path} is no file of keys: it must name PAMONG_KEYS and PAMONG_SECRET_KEY."
        ) from error


def school_keys(keys: Keys, wrapped: Iterable[WrappedKey]) -> dict[tuple[int, int], bytes]:
    """The schools' keys by (school, number); BackupError when a master key is missing or wrong."""
    try:
        master = crypto.MasterKeys.parse(keys.keys)
    except ValueError as error:
        raise BackupError("PAMONG_KEYS is malformed: id:base64 of 32 bytes, commas between.") from error
    opened = {}
    for key in wrapped:
        try:
            opened[key.school_id, key.key_no] = master.unwrap(
                key.master_id, base64.b64decode(key.wrapped), school_id=key.school_id, key_no=key.key_no
            )
        except crypto.SealBroken as error:
            raise BackupError(
                f"These keys do not open the confidential texts: {error} (school {key.school_id})."
            ) from error
    return opened


def check(keys: Keys, manifest: Manifest) -> None:
    """The keys are those of this backup; BackupError otherwise."""
    school_keys(keys, manifest.school_keys)
    if not hmac.compare_digest(secret_mark(keys.secret_key), manifest.secret_mark):
        raise BackupError("PAMONG_SECRET_KEY is not the one of this backup: no password would be accepted.")
