"""The files of a data folder: what the engines and programs keep there for themselves is not among them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from webapp.backup import BackupError
from webapp.embedded.folder import SIGN_INS_FILE, private_folder

FOLDER = "files"
"""Inside a backup."""

_FOLDERS_OF_PROGRAMS = {
    *("postgres", "postgres.new", "valkey", "run", "logs"),
    "mail",  # what the demo's mail server took in
}


def copy(home: Path, backup: Path) -> list[str]:
    """Copy the data folder's files into the backup; returns their names as inside the backup."""
    return [_copy(home / name, backup, f"{FOLDER}/{name}") for name in _data_files(home)]


def check_room(home: Path, names: list[str]) -> None:
    """None of these files of a backup would replace one of the data folder; BackupError names the first."""
    for name in names:
        target = home / Path(name).relative_to(FOLDER)
        if target.exists():
            raise BackupError(f"{target} is there already: restore into a new data folder (PAMONG_HOME).")


def put_back(backup: Path, home: Path, names: list[str]) -> None:
    """Copy the files of a backup into the data folder."""
    for name in names:
        _copy(backup / name, home, str(Path(name).relative_to(FOLDER)))


def _data_files(home: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(home):
        if Path(place) == home:
            # Data lies in folders. Files beside them are the programs' own: locks, notes, and secrets.
            folders[:] = [name for name in folders if name not in _FOLDERS_OF_PROGRAMS]
            files = [name for name in files if name == SIGN_INS_FILE]
        for name in sorted(files):
            path = Path(place) / name
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(home)


def _copy(source: Path, base: Path, name: str) -> str:
    target = base
    for part in Path(name).parent.parts:
        target = private_folder(target / part)
    target = target / Path(name).name
    with source.open("rb") as original, target.open("xb") as made:
        os.fchmod(made.fileno(), 0o600)
        shutil.copyfileobj(original, made)
        made.flush()
        os.fsync(made.fileno())
    return name
