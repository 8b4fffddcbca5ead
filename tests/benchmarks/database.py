"""The databases of the benchmarks: made once into build/, and again when tables or builder have changed."""

from __future__ import annotations

import hashlib
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.benchmarks import dataset
from tests.benchmarks.stand import BUILD, CASES, EMPTY, KEYS, PASSWORD, PROJECT, Stand
from webapp import crypto, migrations

BUILT = "built"
"""The file that says that everything is there."""


def folder_for(cases: int) -> Path:
    """Where the data of this size lie; another place as soon as migrations or builder change."""
    sources = [*sorted((PROJECT / "webapp" / "migrations").rglob("*.py"))]
    sources += [*sorted((PROJECT / "webapp" / "migrations").rglob("*.sql")), Path(dataset.__file__)]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.read_bytes())
    return BUILD / "bench" / f"{cases}-{digest.hexdigest()[:10]}"


def forget_older(folder: Path) -> None:
    """Data of the same size for tables that are no more, and what a broken build left."""
    for other in folder.parent.glob(f"{folder.name.partition('-')[0]}-*"):
        if other != folder or not (other / BUILT).exists():
            shutil.rmtree(other)


def fill(stand: Stand) -> None:
    """Make both databases."""
    started = time.monotonic()
    print(f"Building {stand.cases:,} cases; this happens once …", flush=True)
    for name in (EMPTY, CASES):
        _create(stand, name)
        migrations.run(stand.url("owner", name))
    from flask_security import hash_password

    from webapp.extensions import db
    from webapp.services import boot

    app = stand.app(EMPTY)
    with app.app_context():
        boot.ensure_platform(datetime(2026, 1, 1, tzinfo=UTC))
        password = hash_password(PASSWORD)
        db.engine.dispose()  # a database that somebody is connected to cannot be copied
    with psycopg.connect(plain(stand.url("superuser", CASES))) as connection:
        # The platform's own rows are the same everywhere.
        with psycopg.connect(plain(stand.url("superuser", EMPTY))) as empty:
            _copy_platform(empty, connection)
        connection.commit()
        master = crypto.MasterKeys.parse(KEYS)
        dataset.build(connection, dataset.Scale(stand.cases), master=master, password=password)
    print(f"Built in {time.monotonic() - started:.0f} s.", flush=True)


def plain(url: str) -> str:
    """An address as psycopg itself wants it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _create(stand: Stand, name: str) -> None:
    with psycopg.connect(plain(stand.url("superuser", "postgres")), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER pamong_owner")


def _copy_platform(source: psycopg.Connection, target: psycopg.Connection) -> None:
    for table in ("districts", "schools", "school_keys"):
        with (
            source.cursor().copy(f"COPY {table} TO STDOUT") as rows,
            target.cursor().copy(f"COPY {table} FROM STDIN") as into,
        ):
            for block in rows:
                into.write(block)
