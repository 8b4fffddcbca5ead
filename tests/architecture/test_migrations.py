"""A migration that changes what is stored does so although row-level security holds for the owner."""

from __future__ import annotations

import os

import pytest
from alembic import command
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.conftest import create_database, named
from webapp.migrations import alembic_config


@pytest.fixture
def at_version(request):
    """A database at an older version: its superuser's engine, and what brings it to the newest."""
    urls = request.config.pamong_urls
    name = f"pamong_older_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    create_database(urls, name)
    config = alembic_config(named(urls["owner"], name))
    engine = create_engine(named(urls["superuser"], name), poolclass=NullPool)

    def make(version: str):
        command.upgrade(config, version)
        return engine, lambda: command.upgrade(config, "head")

    return make


def test_whoever_had_switched_digests_off_still_gets_none_after_the_upgrade(at_version):
    engine, to_the_newest = at_version("0016")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO users (id, email, name, active, fs_uniquifier, locale,"
                " wants_digests, created_at)"
                " VALUES (1, 'mau@contoh.example', 'Mau Rekaan', true, 'mau', 'id', true, now()),"
                " (2, 'tidak@contoh.example', 'Tidak Rekaan', true, 'tidak', 'id', false, now())"
            )
        )
    to_the_newest()
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT fs_uniquifier, digests_off FROM users"))
        found = {name: kinds for name, kinds in rows}
    assert found == {"mau": [], "tidak": ["daily_digest", "monthly_digest", "weekly_digest"]}
