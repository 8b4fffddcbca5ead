"""The database's history. `run(owner_url)` brings a database to the newest version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config


def alembic_config(owner_url: str) -> Config:
    """Alembic's settings for this folder and one database."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["owner_url"] = owner_url
    return config


def run(owner_url: str) -> None:
    """Apply all migrations as the owner; running it twice changes nothing."""
    command.upgrade(alembic_config(owner_url), "head")
