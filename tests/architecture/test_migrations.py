"""A migration that changes what is stored does so although row-level security holds for the owner."""

from __future__ import annotations

import itertools
import os

import pytest
from alembic import command
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.conftest import create_database, named
from webapp.migrations import alembic_config

_DATABASES = itertools.count()


@pytest.fixture
def at_version(request):
    """A database at an older version: its superuser's engine, and what brings it to the newest."""
    urls = request.config.pamong_urls
    name = f"pamong_older_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{next(_DATABASES)}"
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


def test_a_school_that_set_no_pattern_of_letters_gets_the_one_that_names_the_kind(at_version):
    engine, to_the_newest = at_version("0033")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO districts (id, slug, name, time_zone, digest_at, created_at)"
                " VALUES (1, 'dinas', 'Dinas Rekaan', 'Asia/Jakarta', '07:00', now())"
            )
        )
        for school_id, pattern in ((1, "{nomor:03}/{bulan_romawi}/{tahun}"), (2, "421/{nomor}")):
            connection.execute(
                text(
                    "INSERT INTO schools (id, district_id, slug, name, level, time_zone, active,"
                    " six_day_week,"
                    " school_year_starts_month, daily_digest_at, weekly_digest_at, weekly_digest_weekday,"
                    " reminders_at, case_number_pattern, letter_number_pattern, minutes_access_days,"
                    " overdue_counsellor_days, overdue_principal_days, created_at)"
                    " VALUES (:id, 1, :slug, 'Rekaan', 'sma', 'Asia/Jakarta', true, false, 7, '06:30',"
                    " '06:30', 0, '07:00', 'K-{nomor}', :pattern, 14, 7, 7, now())"
                ),
                {"id": school_id, "slug": f"s{school_id}", "pattern": pattern},
            )
    to_the_newest()
    with engine.connect() as connection:
        found = connection.execute(text("SELECT letter_number_pattern FROM schools ORDER BY id")).scalars()
    assert found.all() == ["{nomor:03}/{jenis}/{bulan_romawi}/{tahun}", "421/{nomor}"]
