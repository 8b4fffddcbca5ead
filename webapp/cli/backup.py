"""`pamong backup` and `pamong restore`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from webapp.config import read_settings

_FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("folder", metavar="DIR", type=_FOLDER)
def backup(folder: Path) -> None:
    """Back up database and files into the new folder DIR, and the keys into DIR.keys beside it.

    Reads as DATABASE_BACKUP_URL; without a DATABASE_URL it backs up the data folder, running or not.
    """
    from webapp.backup import keys, make, place

    with place.source(read_settings()) as source:
        made = make.make(folder, source, datetime.now(UTC))
    click.echo(
        f"Backed up {made.schools} schools, {made.rows} rows in {len(made.tables)} tables"
        f" and {len(made.files) - 1} files: {folder}"
    )
    click.echo(
        f"The keys are in {keys.beside(folder)}. Keep them apart from the backup: without them"
        " nobody can open its confidential texts, and whoever has both can."
    )


@click.command()
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--keys", "keys_file", type=_FOLDER, metavar="FILE", help="The keys; else DIR.keys.")
def restore(folder: Path, keys_file: Path | None) -> None:
    """Restore the backup DIR into an empty database, which then sends nothing until `pamong release`.

    Writes as DATABASE_OWNER_URL; without a DATABASE_URL it restores into a new data folder (PAMONG_HOME).
    """
    from webapp.backup import load, place

    settings = read_settings()
    made, chosen = load.judge(folder, settings, keys_file)
    with place.target(settings, chosen) as target:
        opened = load.load(folder, made, chosen, target, datetime.now(UTC))
        problems = load.faults(settings, target)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.ClickException(f"Restored, but {len(problems)} found: Pamong must not serve like this.")
    click.echo(
        f"Restored the backup of {made.made_at:%Y-%m-%d %H:%M} UTC: {made.schools} schools, {made.rows} rows."
        f" All counts agree; {opened} confidential texts were tried and open."
    )
    click.echo("Nothing is sent until you run `pamong release`: look around first.")
