"""What stands in the database, asked by a role that sees all of it and changes nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from webapp import crypto
from webapp.backup import BackupError
from webapp.backup.manifest import TableCount, WrappedKey
from webapp.models.base import bound_to

HOLDS = "sending_holds"
"""The one table in which a restored database differs from its backup."""


@dataclass(frozen=True)
class Reader:
    """A connection whose statements all see one and the same state of the database."""

    connection: psycopg.Connection
    snapshot: str


@contextmanager
def reading(url: str) -> Iterator[Reader]:
    """Read as the backup role, in one snapshot; BackupError when the role is not fit for it."""
    with connect(url) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        _check_role(connection)
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        yield Reader(connection, str(row[0]) if row else "")


def connect(url: str) -> psycopg.Connection:
    """A connection by a SQLAlchemy URL; BackupError when the database does not answer."""
    try:
        return psycopg.connect(libpq_url(url))
    except psycopg.OperationalError as error:
        raise BackupError(f"The database cannot be reached: {str(error).strip()}") from error


def libpq_url(url: str) -> str:
    """The URL as PostgreSQL's own library wants it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _check_role(connection: psycopg.Connection) -> None:
    row = connection.execute(
        "SELECT current_user::text, rolsuper OR rolbypassrls,"
        " EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
        "         AND c.relkind IN ('r', 'p')"
        "         AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row is not None
    name, sees_all, may_change = row
    if not sees_all:
        raise BackupError(
            f"The role {name} does not see past row-level security: its backup would be empty."
            " DATABASE_BACKUP_URL must name the role pamong_backup."
        )
    if may_change:
        raise BackupError(
            f"The role {name} may change what it is to back up."
            " DATABASE_BACKUP_URL must name the role pamong_backup."
        )


def schema(connection: psycopg.Connection) -> str | None:
    """The migration that the database is at; None when it holds no Pamong."""
    known = connection.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL").fetchone()
    if known != (True,):
        return None
    row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return None if row is None else str(row[0])


def counts(connection: psycopg.Connection) -> dict[str, TableCount]:
    """Rows of every table, per school where they belong to one."""
    tables = connection.execute(
        "SELECT c.relname::text, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid"
        " AND a.attname = 'school_id' AND NOT a.attisdropped)"
        " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1"
    ).fetchall()
    found = {}
    for name, of_a_school in tables:
        if not of_a_school and name != "schools":
            total = sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(name))
            found[name] = TableCount(_number(connection, total))
            continue
        per_school = connection.execute(
            sql.SQL("SELECT {}, count(*) FROM public.{} GROUP BY 1 ORDER BY 1").format(
                sql.Identifier("school_id" if of_a_school else "id"), sql.Identifier(name)
            )
        ).fetchall()
        found[name] = TableCount(
            sum(number for _, number in per_school), {str(school): number for school, number in per_school}
        )
    return found


def _number(connection: psycopg.Connection, query: sql.Composed) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def wrapped_keys(connection: psycopg.Connection) -> tuple[WrappedKey, ...]:
    """The keys of all schools, as they stand there."""
    rows = connection.execute(
        "SELECT school_id, key_no, master_id, wrapped FROM public.school_keys ORDER BY 1, 2"
    ).fetchall()
    return tuple(
        WrappedKey(school_id, key_no, master_id, base64.b64encode(wrapped).decode())
        for school_id, key_no, master_id, wrapped in rows
    )


def open_samples(connection: psycopg.Connection, keys: Mapping[tuple[int, int], bytes]) -> int:
    """Open the newest value of every sealed column and school; how many. BackupError names what does not."""
    columns = connection.execute(
        "SELECT c.relname::text, a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped"
        " AND a.attname LIKE '%\\_enc' ORDER BY 1, 2"
    ).fetchall()
    opened = 0
    for table, column in columns:
        newest = sql.SQL(
            "SELECT DISTINCT ON (school_id) school_id, id, {column} FROM public.{table}"
            " WHERE {column} IS NOT NULL ORDER BY school_id, id DESC"
        ).format(column=sql.Identifier(column), table=sql.Identifier(table))
        for school_id, row_id, sealed in connection.execute(newest).fetchall():
            bound = bound_to(table, column, school_id, row_id)
            try:
                crypto.unseal(keys[school_id, crypto.key_number(sealed)], sealed, bound)
            except (crypto.SealBroken, KeyError) as error:
                raise BackupError(
                    f"{table}.{column} of school {school_id} does not open with these keys."
                ) from error
            opened += 1
    return opened
