"""docker-compose.yml and Dockerfile: read as data, and held against what the project really has."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.engines.running import PROJECT
from webapp.cli import main
from webapp.config import Settings

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ["migrate", "web", "worker", "worker-reports", "beat", "backup", "restore"]
BY_HAND = ["backup", "restore"]
"""Run when somebody wants them, with a folder as their argument."""
DOCKERFILE = (PROJECT / "Dockerfile").read_text()


def test_every_service_is_there_and_nothing_else() -> None:
    assert sorted(SERVICES) == sorted(["postgres", "valkey", *OURS])


@pytest.mark.parametrize("name", [name for name in OURS if name not in BY_HAND])
def test_each_command_exists_with_its_options(name: str) -> None:
    command, *arguments = SERVICES[name]["command"]
    known = main.commands[command]
    known.make_context(command, list(arguments))


@pytest.mark.parametrize("name", BY_HAND)
def test_backup_and_restore_wait_for_somebody_and_see_what_they_need(name: str) -> None:
    service = SERVICES[name]
    assert service["profiles"] == ["backup"]
    assert service["restart"] == "no"
    assert service["entrypoint"] == ["python", "-m", "webapp.cli", name]
    main.commands[name].make_context(name, ["/backups/2026-11-24"])
    assert service["environment"]["DATABASE_BACKUP_URL"].startswith("postgresql://pamong_backup:")
    read_only = {
        volume.removesuffix(":ro").rpartition(":")[2]: volume.endswith(":ro") for volume in service["volumes"]
    }
    assert read_only == {"/var/lib/pamong": name == "backup", "/backups": name == "restore"}


def test_each_queue_is_worked_on_and_reports_do_not_delay_mails() -> None:
    queues = [
        SERVICES[name]["command"][SERVICES[name]["command"].index("--queues") + 1].split(",")
        for name in ("worker", "worker-reports")
    ]
    assert sorted(queue for found in queues for queue in found) == ["mail", "reports", "sweeps"]
    assert not [queue for queue in queues if "mail" in queue and "reports" in queue]


@pytest.mark.parametrize("name", ["postgres", "valkey", "web", "worker", "worker-reports", "beat"])
def test_everything_that_keeps_running_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "worker", "worker-reports", "beat"])
def test_nothing_serves_before_the_database_is_migrated(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_the_queue_keeps_its_tasks_over_a_crash_and_never_drops_one_for_room() -> None:
    command = " ".join(SERVICES["valkey"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "--requirepass" in command


def test_only_migration_and_restore_get_the_owners_password_and_the_rest_run_as_the_app() -> None:
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert environment["DATABASE_URL"].startswith("postgresql://pamong_app:")
        assert ("DATABASE_OWNER_URL" in environment) == (name in {"migrate", "restore"})
    assert SERVICES["migrate"]["environment"]["DATABASE_OWNER_URL"].startswith("postgresql://pamong_owner:")


def test_the_database_makes_its_roles_at_the_first_start() -> None:
    mounted = dict(volume.split(":")[:2] for volume in SERVICES["postgres"]["volumes"])
    for source in ("./webapp/migrations/roles.sql", "./webapp/migrations/create_roles.sh"):
        assert (PROJECT / source).is_file()
    assert mounted["./webapp/migrations/roles.sql"] == "/pamong/roles.sql"
    assert mounted["./webapp/migrations/create_roles.sh"].startswith("/docker-entrypoint-initdb.d/")
    wanted = {f"PAMONG_{role}_PASSWORD" for role in ("OWNER", "APP", "BACKUP")}
    assert wanted <= set(SERVICES["postgres"]["environment"])


def test_no_secret_has_a_default() -> None:
    text = (PROJECT / "docker-compose.yml").read_text()
    for name, rest in re.findall(r"\$\{([A-Z_]+)([^}]*)\}", text):
        if "PASSWORD" in name or name in {"PAMONG_SECRET_KEY", "PAMONG_KEYS", "SMTP_URL"}:
            assert rest.startswith(":?"), name
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if "PASSWORD" in name or "SECRET" in name or "KEYS" in name:
                assert str(value).startswith("${"), name


def test_only_the_web_server_is_reachable_and_only_from_this_machine() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_every_variable_given_to_pamong_is_a_setting() -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= known


def test_the_image_runs_as_an_ordinary_user_with_compiled_catalogues() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER pamong$", final, re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE
    assert "pybabel compile" in DOCKERFILE
    command = yaml.safe_load(re.findall(r"^CMD (.*)$", final, re.MULTILINE)[0])
    assert command[0] in main.commands


def test_the_containers_may_do_no_more_than_they_need() -> None:
    for name in OURS:
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["read_only"] is True
