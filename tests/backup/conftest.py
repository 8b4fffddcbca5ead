"""A Pamong with two districts of two schools each, backed up while people go on writing."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask

from tests.backup.pamong import SECRET, application, pamong, settings_for
from tests.conference_world import Meeting
from tests.conftest import KEYS, TEMPLATE, create_database, named
from tests.factories import World
from tests.isolation import cast
from webapp import crypto, tenancy
from webapp.backup import manifest
from webapp.backup.manifest import Manifest
from webapp.services import boot, case_notes

NOTE = "Catatan rekaan ke-"


@dataclass
class Writer:
    """Writes one note into each school in one transaction after another, until it is told to stop."""

    app: Flask
    sides: list[cast.Side]
    written: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self._stop.is_set():
            for side in self.sides:
                person = side.people["O"]
                actor = person.at(side.stage.school, when=side.stage.now)
                with self.app.app_context(), tenancy.work(actor):
                    body = f"{NOTE}{self.written}"
                    case_notes.add_note(
                        actor, side.stage.case_id, kind="fact", body=body, happened_on=date(2026, 11, 2)
                    )
                self.written += 1

    def stop(self) -> None:
        self._stop.set()


@dataclass(frozen=True)
class Drill:
    """The Pamong that was backed up, and the backup."""

    app: Flask
    sides: list[cast.Side]
    urls: dict[str, str]
    home: Path
    folder: Path
    manifest: Manifest
    said: str
    written_before: int
    written_in_all: int

    @property
    def environment(self) -> dict[str, str | Path]:
        return {"PAMONG_HOME": self.home, "DATABASE_BACKUP_URL": self.urls["backup"]} | WITH_KEYS

    @property
    def keys_file(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.keys")


WITH_KEYS = {"PAMONG_KEYS": KEYS, "PAMONG_SECRET_KEY": SECRET}


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> Callable[..., dict[str, str]]:
    """Makes a database of its own in the run's cluster; its addresses by role."""
    urls = request.config.pamong_urls  # type: ignore[attr-defined]

    def make(*, migrated: bool) -> dict[str, str]:
        name = f"pamong_drill_{os.getpid()}_{secrets.token_hex(3)}"
        create_database(urls, name, template=TEMPLATE if migrated else None)
        return {role: named(url, name) if role != "redis" else url for role, url in urls.items()}

    return make


@pytest.fixture(autouse=True)
def _keys_of_one_database_at_a_time() -> Iterator[None]:
    """Schools of two databases have the same numbers: what this process remembers of their keys must go."""
    tenancy.use_master_keys(crypto.MasterKeys.parse(KEYS))
    yield
    tenancy.use_master_keys(crypto.MasterKeys.parse(KEYS))


@pytest.fixture(scope="session")
def drill(new_database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    urls = new_database(migrated=True)
    place = tmp_path_factory.mktemp("drill")
    home = place / "home"
    (home / "attachments" / "12").mkdir(parents=True)
    (home / "attachments" / "12" / "berkas").write_bytes(secrets.token_bytes(300_000))
    for name in ("secrets.json", "demo-settings.json", "run/x", "logs/x", "postgres/x", ".x"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text("never a part of a backup")
    app = application(settings_for(home, urls["app"], urls["redis"], "smtp://127.0.0.1:9"))
    world = World(app)
    with app.app_context():
        boot.ensure_platform(datetime(2026, 1, 1, tzinfo=UTC))
    sides = [cast.build(world), cast.build(world)]
    for side in sides:
        Meeting.build(world, now=datetime.now(UTC), district=side.office).documented()

    writer = Writer(app, sides)
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        while writer.written < 4 and thread.is_alive():
            pass
        written_before = writer.written
        folder = place / "backup"
        said = pamong("backup", folder, PAMONG_HOME=home, DATABASE_BACKUP_URL=urls["backup"], **WITH_KEYS)
    finally:
        writer.stop()
        thread.join()
    assert said.returncode == 0, said.stderr
    yield Drill(
        app,
        sides,
        urls,
        home,
        folder,
        manifest.read(folder),
        said.stdout,
        written_before,
        writer.written,
    )
    shutil.rmtree(place)
