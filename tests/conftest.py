"""Real engines for every test: one PostgreSQL and one Valkey per run, one database per test process."""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from tests.factories import World
from tests.order import in_stretches
from webapp import migrations
from webapp.config import Settings, load_settings
from webapp.embedded import Engines

# How long an example takes says something of the machine, nothing of the rule under test.
hypothesis_settings.register_profile("pamong", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("pamong")

TEMPLATE = "pamong_template"
TRANSLATIONS = Path(__file__).resolve().parents[1] / "webapp" / "translations"
KEYS = "test:" + base64.b64encode(bytes(range(32))).decode()


def pytest_configure(config: pytest.Config) -> None:
    """The first process starts the engines; pytest-xdist's workers are told where they are."""
    if hasattr(config, "workerinput"):
        config.pamong_urls = config.workerinput["pamong_urls"]
        return
    _compile_catalogues()
    home = Path(tempfile.mkdtemp(prefix="pamong-test-"))
    engines = Engines(home, durable=False)
    urls = engines.start()
    config.pamong_engines, config.pamong_home = engines, home
    config.pamong_urls = {
        "app": urls.database_url,
        "owner": urls.owner_url,
        "superuser": urls.superuser_url,
        "backup": urls.backup_url,
        "redis": urls.redis_url,
    }
    create_database(config.pamong_urls, TEMPLATE)
    migrations.run(named(config.pamong_urls["owner"], TEMPLATE))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """pytest-xdist: hand the engines' addresses to a worker process."""
    node.workerinput["pamong_urls"] = node.config.pamong_urls


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    processes = int(getattr(config, "workerinput", {}).get("workercount", 1))
    if processes > 1:
        items[:] = in_stretches(items, processes)


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "pamong_engines"):
        config.pamong_engines.stop()
        shutil.rmtree(config.pamong_home, ignore_errors=True)


def _compile_catalogues() -> None:
    """As the Makefile does, for a run of pytest alone: no test says anything of yesterday's translations."""
    for path in TRANSLATIONS.glob("*/LC_MESSAGES/*.po"):
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime:
            with path.open("rb") as source, compiled.open("wb") as target:
                write_mo(target, read_po(source, locale=path.parts[-3]))


def named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def create_database(urls: dict[str, str], name: str, *, template: str | None = None) -> None:
    engine = create_engine(
        named(urls["superuser"], "postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with engine.connect() as connection:
        clone = f" TEMPLATE {template}" if template else ""
        connection.execute(text(f"CREATE DATABASE {name} OWNER pamong_owner{clone}"))


@pytest.fixture(scope="session")
def engine_urls(request: pytest.FixtureRequest) -> dict[str, str]:
    """Addresses of this test process's own database, per role, and of the broker."""
    urls = request.config.pamong_urls
    name = f"pamong_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    create_database(urls, name, template=TEMPLATE)
    return {role: named(url, name) if role != "redis" else url for role, url in urls.items()}


@pytest.fixture(scope="session")
def settings(engine_urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the tests: the app role, never the owner."""
    return load_settings(
        env="test",
        database_url=engine_urls["app"],
        database_owner_url=engine_urls["owner"],
        redis_url=engine_urls["redis"],
        smtp_url="smtp://127.0.0.1:9",
        secret_key="not-a-secret-but-long-enough-for-tests",
        keys=KEYS,
        home=tmp_path_factory.mktemp("home"),
    )


@pytest.fixture(scope="session")
def session_app(settings: Settings) -> Flask:
    """The whole application, with the staff pages mounted."""
    import admin
    from webapp.app import create_app
    from webapp.services import boot

    app = create_app(settings)
    # Passwords are hashed at the least cost Argon2 knows: thousands of tests sign somebody in.
    app.extensions["security"].pwd_context.update(
        argon2__rounds=1, argon2__memory_cost=8, argon2__parallelism=1
    )
    admin.mount(app)
    with app.app_context():
        boot.ensure_platform(datetime(2026, 1, 1, tzinfo=UTC))
    return app


@pytest.fixture
def app(session_app: Flask) -> Iterator[Flask]:
    """The application inside an application context."""
    with session_app.app_context():
        yield session_app


@pytest.fixture
def world(session_app: Flask) -> World:
    """Makes districts, schools and people of this test's own."""
    return World(session_app)


@pytest.fixture
def as_superuser(engine_urls: dict[str, str]):
    """A connection that sees everything: for looking at what was stored, never for the code under test."""
    engine = create_engine(engine_urls["superuser"], poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def alone(as_superuser) -> None:
    """For tests of what goes over all schools: schools, dues and mails that other tests left are put away."""
    for put_away in (
        "UPDATE schools SET active = false WHERE active AND id <> 0",
        "UPDATE district_memberships SET ended_on = '2026-01-01' WHERE ended_on IS NULL",
        "DELETE FROM dues WHERE state = 'waiting'",
        "UPDATE outbox SET due_at = NULL WHERE due_at IS NOT NULL",
    ):
        as_superuser.execute(text(put_away))
    as_superuser.commit()


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed: the look is not checked in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()
