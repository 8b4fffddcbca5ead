"""`pamong migrate`: bring the database to the newest form."""

from __future__ import annotations

import click

from webapp.config import SettingsError, load_settings


@click.command()
def migrate() -> None:
    """Run the migrations as DATABASE_OWNER_URL."""
    from webapp import migrations

    settings = load_settings()
    if not settings.database_owner_url:
        raise SettingsError(["DATABASE_OWNER_URL is not set: migrations run as the role pamong_owner."])
    migrations.run(settings.database_owner_url)
    click.echo("The database is up to date.")
