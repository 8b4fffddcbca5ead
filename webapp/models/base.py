"""What all tables share: ids made here, UTC moments, tenancy columns, sealed attributes."""

from __future__ import annotations

import json
import secrets
import threading
import time
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    TypeDecorator,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp import tenancy

_id_lock = threading.Lock()
_last_id = 0


def new_id() -> int:
    """A time-ordered 63-bit id: 41 bits of milliseconds, 22 random bits; rising within a process.

    Made here, not by the database, because a row must know its id before it is inserted: sealed
    text is bound to it, and rows refer to one another by ids that services set. Uniqueness is
    enforced per school by the primary key.
    """
    global _last_id
    first = (time.time_ns() // 1_000_000) << 22
    with _id_lock:
        # Within one millisecond ids go on from the last one: a second draw would cost as much again.
        _last_id = _last_id + 1 + secrets.randbits(8) if first <= _last_id else first | secrets.randbits(22)
        return _last_id


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; a naive one is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


class TenantMixin:
    """A row of one school: primary key (school_id, id); the school defaults to the open scope's."""

    school_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("schools.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)

    def __init__(self, **values: Any) -> None:
        given_id: int | None = values.pop("id", None)
        self.id = new_id() if given_id is None else given_id
        school_id: int | None = values.pop("school_id", None)
        if school_id is None:
            school_id = tenancy.current().actor.school_id
        if school_id is None:
            raise tenancy.NoScope("a tenant row needs a school: none is in scope and none was given")
        self.school_id = school_id
        for name, value in values.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no attribute {name!r}")
            setattr(self, name, value)


def tenant_key(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A composite foreign key that cannot point into another school."""
    return ForeignKeyConstraint(
        ["school_id", column], [f"{table}.school_id", f"{table}.id"], ondelete=ondelete
    )


Plain = TypeVar("Plain")


def bound_to(table: str, column: str, school_id: int, row_id: int) -> str:
    """The place that a sealed value belongs to, and outside of which it does not open."""
    return f"{table}|{column}|{school_id}|{row_id}"


class _SealedBase(Generic[Plain]):
    """A confidential attribute, stored in the column `<name>_enc`, bound to table, column, school, row."""

    deferred = False

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.column_name = f"{name}_enc"
        # The descriptor brings its own column: one declaration per confidential attribute.
        column = mapped_column(self.column_name, LargeBinary, nullable=True, deferred=self.deferred)
        setattr(owner, self.column_name, column)

    def sealed(self, table: str, school_id: int, row_id: int, value: Plain | None) -> bytes | None:
        """What stands in the column of the row with this id; for rows that are written many at once."""
        if value is None:
            return None
        return tenancy.seal(
            school_id, self._encode(value), bound_to(table, self.column_name, school_id, row_id)
        )

    def _bound(self, row: Any) -> str:
        return bound_to(row.__tablename__, self.column_name, row.school_id, row.id)

    def _encode(self, value: Plain) -> bytes:
        raise TypeError("use SealedText, SealedJson or SealedBytes")

    def _decode(self, plain: bytes) -> Plain:
        raise TypeError("use SealedText, SealedJson or SealedBytes")

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        sealed = getattr(row, self.column_name)
        if sealed is None:
            return None
        return self._decode(tenancy.unseal(row.school_id, bytes(sealed), self._bound(row)))

    def __set__(self, row: Any, value: Plain | None) -> None:
        setattr(row, self.column_name, self.sealed(row.__tablename__, row.school_id, row.id, value))


class SealedText(_SealedBase[str]):
    """Sealed text."""

    def _encode(self, value: str) -> bytes:
        return value.encode()

    def _decode(self, plain: bytes) -> str:
        return plain.decode()


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class SealedJson(_SealedBase[Any]):
    """Sealed data of JSON types."""

    def _encode(self, value: Any) -> bytes:
        return _JSON.encode(value).encode()

    def _decode(self, plain: bytes) -> Any:
        return json.loads(plain)


class SealedBytes(_SealedBase[bytes]):
    """Sealed bytes (stored mails, documents); `deferred` where they are large and few who load the row want
    them."""

    def __init__(self, *, deferred: bool = False) -> None:
        self.deferred = deferred

    def _encode(self, value: bytes) -> bytes:
        return value

    def _decode(self, plain: bytes) -> bytes:
        return plain
