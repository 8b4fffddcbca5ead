"""Restore a backup: everything is judged first, then written, then counted; and nothing is sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from webapp import migrations
from webapp.backup import BackupError, contents, files, keys, manifest, programs
from webapp.backup.keys import Keys
from webapp.backup.make import DUMP
from webapp.backup.manifest import Manifest
from webapp.backup.place import Target
from webapp.config import Settings
from webapp.migrations import alembic_config
from webapp.migrations.rls import CLOSE_LOOKUPS
from webapp.services import boot

# The dump hands functions over to the role that owns them; for that it must be able to own something.
_BEFORE = "GRANT CREATE ON SCHEMA public TO pamong_lookup;"
# It cannot hand their rights over as well: those are the owning role's to give.
_AFTER = f"{CLOSE_LOOKUPS}REVOKE CREATE ON SCHEMA public FROM pamong_lookup;\n"
_HOLD = (
    "INSERT INTO public.sending_holds (held_at, backup_at) VALUES ('{held_at}', '{backup_at}');"
)


def judge(folder: Path, settings: Settings, keys_file: Path | None) -> tuple[Manifest, Keys]:
    """The manifest of a backup that is whole and known, and keys that open it; BackupError otherwise.

    Keys come from the settings, else from `keys_file` or the file beside the backup; a file that is named
    must have the right ones in any case.
    """
    made = manifest.read(folder)
    manifest.check_files(folder, made)
    try:
        ScriptDirectory.from_config(alembic_config("")).get_revision(made.schema)
    except CommandError as error:
        raise BackupError(
            f"This backup was made by a newer Pamong: {made.version}, schema {made.schema}. Install that one."
        ) from error
    if keys_file is not None:
        keys.check(keys.read(keys_file), made)
    chosen = _keys(folder, settings, keys_file)
    keys.check(chosen, made)
    return made, chosen


def _keys(folder: Path, settings: Settings, keys_file: Path | None) -> Keys:
    beside = keys.beside(folder.absolute())
    if settings.keys and settings.secret_key:
        return Keys(settings.keys, settings.secret_key)
    if keys_file is None and not beside.exists():
        raise BackupError(
            f"The keys are missing: {beside} is not there. Name their file with --keys, or set PAMONG_KEYS"
            " and PAMONG_SECRET_KEY. Without them nobody can open the confidential texts."
        )
    read = keys.read(keys_file or beside)
    return Keys(settings.keys or read.keys, settings.secret_key or read.secret_key)


def load(folder: Path, made: Manifest, chosen: Keys, target: Target, at: datetime) -> int:
    """Restore a judged backup into an empty database and data folder; how many sealed texts were tried.

    The database is there with the hold on sending in it, or not at all. It ends at this program's schema.
    """
    names = [name for name in made.files if name != DUMP]
    files.check_room(target.home, names)
    _check_empty(target)
    after = _AFTER + _HOLD.format(held_at=at.isoformat(), backup_at=made.made_at.isoformat())
    programs.load(target.owner_url, folder / DUMP, before=_BEFORE, after=after)
    with contents.reading(target.backup_url) as reader:
        _compare(made, contents.counts(reader.connection))
        wrapped = contents.wrapped_keys(reader.connection)
        opened = contents.open_samples(reader.connection, keys.school_keys(chosen, wrapped))
    files.put_back(folder, target.home, names)
    migrations.run(target.owner_url)
    return opened


def faults(settings: Settings, target: Target) -> list[str]:
    """What the gate before a start finds in the restored database."""
    return boot.check(settings.model_copy(update={"database_url": target.app_url}))


def _check_empty(target: Target) -> None:
    # As the role that will count afterwards: one that cannot is found out now.
    with contents.reading(target.backup_url) as reader:
        row = reader.connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchone()
    if row != (0,):
        raise BackupError(
            "The database is not empty: a backup is restored into an empty one only, so that nothing is lost."
        )


def _compare(made: Manifest, found: dict[str, manifest.TableCount]) -> None:
    for name in sorted((set(made.tables) | set(found)) - {contents.HOLDS}):
        if made.tables.get(name) != found.get(name):
            raise BackupError(
                f"The table {name} does not hold what the manifest says. Do not use this database: drop it."
            )
