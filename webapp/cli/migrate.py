"""`pamong migrate`: bring the database to the newest form."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from webapp.cli.composition import application
from webapp.config import SettingsError, load_settings


@click.command()
def migrate() -> None:
    """Run the migrations as DATABASE_OWNER_URL, and make the platform's own rows as the app."""
    from webapp import migrations
    from webapp.services import boot

    settings = load_settings()
    if not settings.database_owner_url:
        raise SettingsError(["DATABASE_OWNER_URL is not set: migrations run as the role pamong_owner."])
    migrations.run(settings.database_owner_url)
    with application().app_context():
        boot.ensure_platform(datetime.now(UTC))
    click.echo("The database is up to date.")
