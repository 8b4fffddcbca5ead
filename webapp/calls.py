"""One function of the database as a unit of work: scope, call and commit go over the wire as one statement.

For acts that come by the thousand and are too small for the steps of `tenancy.work`. The statement sets the
scope first and calls the function for the row that comes of it, so that what the function reads and writes is
fenced like all else; it is a transaction by itself and is committed when it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from sqlalchemy import Connection

from webapp import tenancy
from webapp.extensions import db
from webapp.tenancy import Actor


class _Line:
    """A connection, opened by the first call and given up after a fault: the next call opens another."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def ask(self, statement: str, values: tuple[Any, ...]) -> Any:
        if self._connection is None:
            self._connection = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            return self._connection.exec_driver_sql(statement, values).scalar()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


_kept: ContextVar[_Line | None] = ContextVar("pamong_kept_line", default=None)


@contextmanager
def one_line() -> Iterator[None]:
    """Calls inside the block share a connection: none asks the pool for one, and whether it still answers."""
    line = _Line()
    token = _kept.set(line)
    try:
        yield
    finally:
        _kept.reset(token)
        line.close()


def call(actor: Actor, function: str, *values: Any) -> Any:
    """What the function returns (one value), as `actor`; committed. Outside any scope.

    function: its name and the types of its arguments, "app_x(bigint, text)".
    """
    if tenancy.is_open():
        raise tenancy.NoScope("a scope is open already; this call would not belong to its transaction")
    arguments = (*tenancy.settings_of(actor).values(), *values)
    line = _kept.get()
    if line is not None:
        return line.ask(_statement(function), arguments)
    with one_line():
        return call(actor, function, *values)


@cache
def _statement(function: str) -> str:
    name, _, types = function.rstrip(")").partition("(")
    placeholders = ", ".join(f"%s::{kind.strip()}" for kind in types.split(","))
    scope = ", ".join(f"set_config('{setting}', %s, true)" for setting in tenancy.SETTINGS)
    # Materialized: PostgreSQL makes the row of the scope before it calls the function for it.
    return f"WITH scope AS MATERIALIZED (SELECT {scope}) SELECT {name}({placeholders}) FROM scope"
