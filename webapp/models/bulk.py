"""Many rows in one statement: a list of a hundred thousand is too long for one row at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.dialects import postgresql

from webapp import tenancy
from webapp.models.base import TenantMixin


def insert_rows(table: type[TenantMixin], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given as column -> value, all with the same columns, `school_id` and `id` among them.

    The policies hold as for single rows; sealed columns come sealed (`descriptor.sealed(…)`).
    """
    if not rows:
        return
    names = tuple(rows[0])
    tenancy.session.execute(_statement(table, names), {name: [row[name] for row in rows] for name in names})


def _statement(table: Any, names: tuple[str, ...]) -> TextClause:
    dialect = postgresql.dialect()
    columns = table.__table__.columns
    arrays = ", ".join(f"CAST(:{name} AS {columns[name].type.compile(dialect)}[])" for name in names)
    return text(f"INSERT INTO {table.__tablename__} ({', '.join(names)}) SELECT * FROM unnest({arrays})")
