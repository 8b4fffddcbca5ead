"""The gate before a start, and the platform's own rows."""

from __future__ import annotations

from datetime import datetime

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from webapp import tenancy
from webapp.config import Settings
from webapp.migrations import alembic_config
from webapp.models.schools import District, School, SchoolKey
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

GLOBAL_TABLES = {"sweep_runs", "sending_holds", "alembic_version"}
"""Tables that hold nothing of any school or person: the only ones without row-level security."""


def check(settings: Settings) -> list[str]:
    """What must not be so before Pamong may serve; empty when the database is as it must be."""
    engine = create_engine(settings.database_url, poolclass=NullPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            return [
                *role_problems(connection),
                *version_problems(connection),
                *isolation_problems(connection),
            ]
    except SQLAlchemyError as error:
        return [f"The database cannot be asked: {type(error).__name__}."]


def held_since(settings: Settings) -> datetime | None:
    """Since when a restored database sends nothing; None when it sends. Asked once `check` found no fault."""
    engine = create_engine(settings.database_url, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        return connection.scalar(text("SELECT max(held_at) FROM sending_holds WHERE released_at IS NULL"))


def role_problems(connection: Connection) -> list[str]:
    """The app's role may neither bypass row-level security nor own a table."""
    row = connection.execute(
        text(
            "SELECT rolsuper, rolbypassrls, rolname, EXISTS (SELECT 1 FROM pg_class c"
            " WHERE c.relowner = r.oid"
            " AND c.relkind IN ('r', 'p')) AS owns FROM pg_roles r WHERE rolname = current_user"
        )
    ).one()
    problems = []
    if row.rolsuper or row.rolbypassrls:
        problems.append(f"The role {row.rolname} could bypass row-level security.")
    if row.owns:
        problems.append(f"The role {row.rolname} owns tables: row-level security would not hold for it.")
    return problems


def version_problems(connection: Connection) -> list[str]:
    """The tables are those of this program's newest migration."""
    head = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return (
        []
        if version == head
        else [f"The database is at version {version}, the program at {head}: run `pamong migrate`."]
    )


def isolation_problems(connection: Connection) -> list[str]:
    """Read from the catalog: every table is fenced, every reference between tenant rows is composite."""
    problems = []
    tables = connection.execute(
        text(
            "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,"
            " EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'school_id'"
            "         AND NOT a.attisdropped AND a.attnotnull) AS tenant,"
            " ARRAY(SELECT p.polcmd::text FROM pg_policy p"
            "       WHERE p.polrelid = c.oid AND p.polpermissive) AS commands,"
            " has_table_privilege('pamong_app', c.oid, 'DELETE') AS may_delete"
            " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        )
    ).all()
    tenant_tables = {row.relname for row in tables if row.tenant}
    for row in tables:
        if row.relname in GLOBAL_TABLES:
            continue
        if not (row.relrowsecurity and row.relforcerowsecurity):
            problems.append(f"Table {row.relname} has no forced row-level security.")
        if row.tenant and "*" not in row.commands:
            wanted = {"r", "a", "w"} | ({"d"} if row.may_delete else set())
            if missing := wanted - set(row.commands):
                problems.append(f"Table {row.relname} has no policy for: {', '.join(sorted(missing))}.")
    keys = connection.execute(
        text(
            "SELECT conrelid::regclass::text AS source, confrelid::regclass::text AS target, conname,"
            " ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = conrelid"
            "       AND a.attnum = ANY (conkey)) AS columns"
            " FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        )
    ).all()
    open_to_all = connection.scalars(
        text(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND prosecdef AND has_function_privilege('public', oid, 'EXECUTE')"
        )
    )
    problems += [f"Function {name} looks across schools for anybody." for name in open_to_all]
    problems += [
        f"Foreign key {key.conname} could point into another school."
        for key in keys
        if key.target in tenant_tables and "school_id" not in key.columns
    ]
    return problems


def ensure_platform(at: datetime) -> None:
    """Make the platform's district, school and key once; they carry what belongs to no school."""
    with tenancy.work(Actor("setup", at, school_id=PLATFORM_SCHOOL_ID)) as session:
        if session.scalar(select(School.id).where(School.id == PLATFORM_SCHOOL_ID)) is not None:
            return
        session.add(District(id=0, slug="platform", name="Pamong", created_at=at))
        session.flush()
        session.add(
            School(
                id=PLATFORM_SCHOOL_ID,
                district_id=0,
                slug="platform",
                name="Pamong",
                level="sma",
                active=False,
                created_at=at,
            )
        )
        session.flush()
        add_school_key(PLATFORM_SCHOOL_ID, at)


def add_school_key(school_id: int, at: datetime) -> None:
    """Give a school its first data key; inside the scope that made the school."""
    master_id, wrapped = tenancy.wrap_new_school_key(school_id, 1)
    tenancy.session.add(
        SchoolKey(school_id=school_id, key_no=1, master_id=master_id, wrapped=wrapped, created_at=at)
    )
    tenancy.session.flush()
