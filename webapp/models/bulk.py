"""Many rows in one statement: a list of a hundred thousand is too long for one row at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql

from webapp import tenancy
from webapp.models.base import TenantMixin


def insert_rows(table: type[TenantMixin], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given as column -> value, all with the same columns, `school_id` and `id` among them.

    The policies hold as for single rows; sealed columns come sealed (`descriptor.sealed(…)`).
    """
    if not rows:
        return
    dialect = postgresql.dialect()
    target: Table = cast(Any, table).__table__
    listed = ", ".join(rows[0])
    types = ", ".join(f"{name} {target.columns[name].type.compile(dialect)}" for name in rows[0])
    # As one document: the driver writes arrays value by value, at twice the cost.
    tenancy.session.execute(
        text(
            f"INSERT INTO {target.name} ({listed})"
            f" SELECT {listed} FROM json_to_recordset(CAST(:rows AS json)) AS row({types})"
        ),
        {"rows": json.dumps(rows, default=_as_json, ensure_ascii=False)},
    )


def _as_json(value: Any) -> str:
    return "\\x" + value.hex() if isinstance(value, bytes) else value.isoformat()
