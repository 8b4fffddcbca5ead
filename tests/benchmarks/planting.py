"""Rows planted by SQL, many at once, in tables whose further columns are filled as the product fills them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Column, Table

from webapp.extensions import Base


def insert_select(model: type[Base], given: Mapping[str, str]) -> str:
    """`INSERT INTO … SELECT …` without its FROM: the columns given as SQL, and whatever else may not be empty
    by the model's own default, so that a new column of the product breaks no benchmark.

    ValueError for a column that needs a value and has no default.
    """
    table = cast(Table, model.__table__)
    values = dict(given)
    for column in table.columns:
        if column.name not in values and not column.nullable and column.identity is None:
            values[column.name] = _default(column)
    return f"INSERT INTO {table.name} ({', '.join(values)}) SELECT {', '.join(values.values())}"


def _default(column: Column[Any]) -> str:
    default = column.default
    if default is None:
        raise ValueError(f"{column} needs a value")
    value = default.arg(None) if default.is_callable else default.arg
    literal = sql.Literal(Jsonb(value) if isinstance(value, dict) else value)
    return literal.as_string(None).replace("%", "%%")
