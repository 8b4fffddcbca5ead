"""What a backup holds: counts per table and school, checksums, and by which keys it opens."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from webapp.backup import BackupError

NAME = "manifest.json"
FORMAT = 1
_BLOCK = 1 << 20


@dataclass(frozen=True)
class TableCount:
    """Rows of one table; `schools` by the school's id, empty for a table that belongs to no school."""

    rows: int
    schools: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FileSum:
    """Size and SHA-256 of one file."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class WrappedKey:
    """A school's key as the database has it: wrapped by a master key, of no use without that."""

    school_id: int
    key_no: int
    master_id: str
    wrapped: str  # base64


@dataclass(frozen=True)
class Manifest:
    """One backup. `schema` is the migration its database is at; `files` are named as inside the folder."""

    made_at: datetime
    version: str
    schema: str
    tables: Mapping[str, TableCount]
    files: Mapping[str, FileSum]
    school_keys: tuple[WrappedKey, ...]
    secret_mark: str

    @property
    def rows(self) -> int:
        return sum(count.rows for count in self.tables.values())

    @property
    def schools(self) -> int:
        """Schools without the platform's own row."""
        return len(set(self.tables["schools"].schools) - {"0"})


def secret_mark(secret_key: str) -> str:
    """Tells whether a secret key is the one of the backup, without giving it away."""
    return hmac.new(secret_key.encode(), b"pamong backup", hashlib.sha256).hexdigest()


def sum_of(path: Path) -> FileSum:
    """Read a file through; any size."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return FileSum(size, digest.hexdigest())


def to_bytes(manifest: Manifest) -> bytes:
    """The manifest as JSON that carries its own checksum."""
    content = {"format": FORMAT} | dataclasses.asdict(manifest) | {"made_at": manifest.made_at.isoformat()}
    return json.dumps(content | {"checksum": _checksum(content)}, indent=1, sort_keys=True).encode()


def read(folder: Path) -> Manifest:
    """The manifest of a backup, whole and of a form that this program knows; BackupError otherwise."""
    path = folder / NAME
    if not path.is_file():
        raise BackupError(f"{folder} is no backup, or an incomplete one: it has no {NAME}.")
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        checksum, form = content.pop("checksum"), content.pop("format")
        if checksum != _checksum({"format": form} | content):
            raise ValueError("checksum")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{path} is damaged: this backup cannot be used.") from error
    if form != FORMAT:
        raise BackupError(f"{path} is of a form that this Pamong does not know ({form}): use a newer one.")
    return Manifest(
        made_at=datetime.fromisoformat(content["made_at"]),
        version=content["version"],
        schema=content["schema"],
        tables={name: TableCount(**count) for name, count in content["tables"].items()},
        files={name: FileSum(**found) for name, found in content["files"].items()},
        school_keys=tuple(WrappedKey(**key) for key in content["school_keys"]),
        secret_mark=content["secret_mark"],
    )


def check_files(folder: Path, manifest: Manifest) -> None:
    """Every file is there as it was written; BackupError names the first that is not."""
    for name, wanted in manifest.files.items():
        path = folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise BackupError(f"{folder / NAME} names a file outside the backup: this backup cannot be used.")
        if not path.is_file():
            raise BackupError(f"{path} is missing: this backup is incomplete.")
        if sum_of(path) != wanted:
            raise BackupError(f"{path} is damaged: it is not as the manifest says.")


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
