"""Counting what a page asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from webapp import tenancy

MOST_PER_PAGE = 12
"""What one page may ask of the database, whatever it shows."""

_HOUSEKEEPING = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


@contextmanager
def count_queries() -> Iterator[list[str]]:
    """The statements run inside open scopes meanwhile, in order.

    Left out: setting the scope, savepoints, and what the sign-in asks in its own session.
    """
    seen: list[str] = []

    def note(connection, cursor, statement, parameters, context, executemany) -> None:
        in_scope = tenancy._scope.get() is not None
        if in_scope and "set_config" not in statement and not statement.startswith(_HOUSEKEEPING):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
