"""The columns that every source of a timeline has, and the parameters that all of them are read with.

School, cases and time zone are parameters, so that the whole statement is put together once per process.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    any_,
    bindparam,
    cast,
    func,
    literal,
    null,
)

SCHOOL = bindparam("school_id", type_=Integer)
CASES = bindparam("case_ids", type_=ARRAY(BigInteger))
KNOWN_CASES = bindparam("known_case_ids", type_=ARRAY(BigInteger))
"""Cases of which only what stands in the register is told."""
_ZONE = bindparam("time_zone", type_=Text)


def columns(
    kind: str,
    id_,
    case_id,
    on,
    at,
    *,
    word=None,
    before=None,
    number=None,
    user=None,
    ref=None,
    text=None,
    name=None,
    rank=0,
):
    """The columns of one source, in the order and with the types that all sources share.

    `text` and `name` are sealed: the reader opens them row by row, as what `kind` says they are.
    """
    given = (
        (literal(kind), "kind", Text),
        (id_, "id", BigInteger),
        (case_id, "case_id", BigInteger),
        (on, "on", Date),
        (at, "at", DateTime(timezone=True)),
        (word, "word", Text),
        (before, "before", Text),
        (number, "number", Integer),
        (user, "user_id", BigInteger),
        (ref, "ref_id", BigInteger),
        (text, "text", LargeBinary),
        (name, "name", LargeBinary),
        (literal(rank), "rank", Integer),
    )
    return [
        cast(null() if value is None else value, sql_type).label(label) for value, label, sql_type in given
    ]


def sealed(table: type[Any], name: str) -> Any:
    """The stored column of a sealed attribute."""
    return getattr(table, f"{name}_enc")


def local_day(at: Any) -> ColumnElement:
    """The day of a moment on the school's own clock."""
    return cast(func.timezone(_ZONE, at), Date)


def local_midnight(on: Any) -> ColumnElement:
    """The moment at which a day begins on the school's own clock."""
    return func.timezone(_ZONE, cast(on, DateTime))


def of_cases(table: type[Any]) -> ColumnElement[bool]:
    """Rows of the cases that are asked for."""
    return (table.school_id == SCHOOL) & (table.case_id == any_(CASES))
