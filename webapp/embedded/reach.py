"""The database of a data folder, whether something runs it just now or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from webapp.embedded.engines import Engines, EngineUrls
from webapp.embedded.postgres import database_url
from webapp.embedded.secrets import local_secrets
from webapp.embedded.valkey import Valkey


@contextmanager
def database_of(home: Path) -> Iterator[EngineUrls]:
    """The folder's database as it runs, or started for as long as the block lasts: its addresses."""
    secrets = local_secrets(home)
    urls = EngineUrls(
        database_url=database_url(home, "pamong_app", secrets.app_password),
        owner_url=database_url(home, "pamong_owner", secrets.owner_password),
        backup_url=database_url(home, "pamong_backup", secrets.backup_password),
    )
    if _answers(urls.backup_url):
        yield urls
        return
    with Engines(home, valkey=False) as started:
        yield started


@contextmanager
def environment_of(home: Path) -> Iterator[dict[str, str]]:
    """Settings for a command that works on the folder's data while the block lasts; it sends nothing."""
    secrets = local_secrets(home)
    with database_of(home) as urls:
        yield {
            "PAMONG_ENV": "demo",
            "PAMONG_HOME": str(home),
            "DATABASE_URL": urls.database_url,
            "REDIS_URL": Valkey(home).broker_url,
            "SMTP_URL": "smtp://127.0.0.1?sink=1",
            "PAMONG_SECRET_KEY": secrets.secret_key,
            "PAMONG_KEYS": secrets.keys,
        }


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url.replace("+psycopg", ""), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
