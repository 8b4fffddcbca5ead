"""The database of a data folder, whether something runs it just now or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from webapp.embedded.engines import Engines, EngineUrls
from webapp.embedded.postgres import database_url
from webapp.embedded.secrets import local_secrets


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


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url.replace("+psycopg", ""), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
