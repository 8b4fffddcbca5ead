"""What the catalog must say: every tenant table fenced, models and migrations equal, the app's role weak."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import webapp.models  # noqa: F401
from webapp.extensions import Base
from webapp.migrations import alembic_config
from webapp.migrations.rls import fence, lookup
from webapp.services import boot


def test_the_gate_finds_nothing_in_a_migrated_database(settings):
    assert boot.check(settings) == []


def test_the_gate_refuses_the_owner_as_the_apps_role(settings, engine_urls):
    as_owner = settings.model_copy(update={"database_url": engine_urls["owner"]})
    assert any("owns tables" in problem for problem in boot.check(as_owner))


def test_the_gate_refuses_a_superuser_as_the_apps_role(settings, engine_urls):
    as_superuser = settings.model_copy(update={"database_url": engine_urls["superuser"]})
    assert any("could bypass" in problem for problem in boot.check(as_superuser))


@pytest.fixture
def owner(engine_urls):
    """A connection as the owner whose changes are rolled back."""
    engine = create_engine(engine_urls["owner"], poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
        connection.rollback()


def test_a_new_tenant_table_without_policies_is_found(owner):
    owner.execute(
        text(
            "CREATE TABLE leaky (school_id int NOT NULL REFERENCES schools, id bigint,"
            " PRIMARY KEY (school_id, id))"
        )
    )
    assert "Table leaky has no forced row-level security." in boot.isolation_problems(owner)


def test_a_function_that_looks_across_schools_for_anybody_is_found(owner):
    make = "CREATE FUNCTION app_leak() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'"
    owner.execute(text(make))
    assert "Function app_leak() looks across schools for anybody." in boot.isolation_problems(owner)
    for statement in lookup("app_leak()"):
        owner.execute(text(statement))
    assert boot.isolation_problems(owner) == []


def test_a_fenced_table_passes_the_gate(owner):
    owner.execute(
        text(
            "CREATE TABLE tight (school_id int NOT NULL REFERENCES schools, id bigint,"
            " PRIMARY KEY (school_id, id))"
        )
    )
    for statement in fence("tight"):
        owner.execute(text(statement))
    assert boot.isolation_problems(owner) == []


def test_a_foreign_key_that_could_point_into_another_school_is_found(owner):
    owner.execute(text("ALTER TABLE cases ADD CONSTRAINT uq_cases_id_alone UNIQUE (id)"))
    owner.execute(
        text("ALTER TABLE case_notes ADD CONSTRAINT fk_simple FOREIGN KEY (case_id) REFERENCES cases (id)")
    )
    assert "Foreign key fk_simple could point into another school." in boot.isolation_problems(owner)


def test_migrations_have_one_head_and_equal_the_models(owner):
    assert len(ScriptDirectory.from_config(alembic_config("")).get_heads()) == 1
    context = MigrationContext.configure(owner)
    assert compare_metadata(context, Base.metadata) == []


def test_every_tenant_table_has_its_school_first_in_the_primary_key():
    for table in Base.metadata.tables.values():
        if "school_id" in table.c:
            assert next(iter(table.primary_key.columns)).name == "school_id", table.name


def test_without_a_scope_there_are_no_rows(engine_urls, world):
    world.student(world.school())
    engine = create_engine(engine_urls["app"], poolclass=NullPool)
    with engine.connect() as connection:
        tables = [
            t.name for t in Base.metadata.sorted_tables if "school_id" in t.c and t.name != "audit_entries"
        ]
        for name in tables:
            assert connection.scalar(text(f"SELECT count(*) FROM {name}")) == 0, name
        assert connection.scalar(text("SELECT count(*) FROM users")) == 0
