"""Make a backup: database, counts and keys of one and the same moment, then the files."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from webapp.backup import BackupError, contents, files, keys, manifest, programs
from webapp.backup.manifest import Manifest
from webapp.backup.place import Source
from webapp.embedded.folder import private_folder, sync_folder, write_private
from webapp.version import VERSION

DUMP = "database.dump"


def make(folder: Path, source: Source, at: datetime) -> Manifest:
    """Write a backup into `folder`, which must not exist, and its keys beside it.

    The folder gets its name when everything in it is whole; BackupError says why there is none. People may
    go on working meanwhile: the backup holds what was committed when it began.
    """
    folder = folder.absolute()
    if folder.exists():
        raise BackupError(f"{folder} is there already: give every backup a folder of its own.")
    if not folder.parent.is_dir():
        raise BackupError(f"{folder.parent} does not exist.")
    if source.home.resolve() in folder.resolve().parents:
        raise BackupError(f"{folder} lies in the data folder that is to be backed up: name another place.")
    partial = folder.with_name(f".{folder.name}.partial")
    if partial.exists():  # of a run that was killed
        shutil.rmtree(partial)
    private_folder(partial)
    try:
        made = _fill(partial, source, at)
        keys.write(keys.beside(folder), source.keys)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    sync_folder(folder.parent)
    return made


def _fill(folder: Path, source: Source, at: datetime) -> Manifest:
    with contents.reading(source.backup_url) as reader:
        schema = contents.schema(reader.connection)
        counts = contents.counts(reader.connection)
        # The platform's own row stands in every database that was migrated.
        if schema is None or not set(counts["schools"].schools) - {"0"}:
            raise BackupError("There is nothing to back up: the database holds no school.")
        wrapped = contents.wrapped_keys(reader.connection)
        contents.open_samples(reader.connection, keys.school_keys(source.keys, wrapped))
        programs.dump(source.backup_url, reader.snapshot, folder / DUMP)
    # After the database: a row may name a file, and it was written before its row.
    names = [DUMP, *files.copy(source.home, folder)]
    made = Manifest(
        made_at=at,
        version=VERSION,
        schema=schema,
        tables=counts,
        files={name: manifest.sum_of(folder / name) for name in names},
        school_keys=wrapped,
        secret_mark=manifest.secret_mark(source.keys.secret_key),
    )
    write_private(folder / manifest.NAME, manifest.to_bytes(made))
    return made
