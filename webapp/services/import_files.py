"""The file of an import: sealed in the database, opened on the disk for as long as it is read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain.permissions import Permission
from webapp.models.base import bound_to
from webapp.models.students import StudentImport
from webapp.services import access
from webapp.tenancy import Actor

_PIECE = 1024 * 1024


@contextmanager
def stored(actor: Actor, import_id: int) -> Iterator[Path]:
    """The file of an import that only we may read, for as long as the block runs; empty when it is gone.

    It never lies in memory whole: sixty megabytes would stand there three times over. Outside `work()`.
    """
    with tempfile.NamedTemporaryFile(prefix="pamong-import-", suffix=".xlsx") as file:
        with tenancy.work(actor):
            access.require(actor, Permission.STUDENT_IMPORT)
            assert actor.school_id is not None
            pieces = _pieces(actor, import_id)
            first = next(pieces, b"")
            if first:
                bound = bound_to(StudentImport.__tablename__, "file_enc", actor.school_id, import_id)
                tenancy.unseal_into(file, actor.school_id, _again(first, pieces), bound)
        file.flush()
        yield Path(file.name)


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _pieces(actor: Actor, import_id: int) -> Iterator[bytes]:
    sealed = StudentImport.file_enc  # type: ignore[attr-defined]
    start = 1
    while True:
        piece = tenancy.session.scalar(
            select(func.substring(sealed, start, _PIECE)).where(
                StudentImport.school_id == actor.school_id, StudentImport.id == import_id
            )
        )
        if not piece:
            return
        yield bytes(piece)
        start += _PIECE


@contextmanager
def as_file(content: bytes) -> Iterator[Path]:
    """Bytes as a file that only we may read, for as long as the block runs."""
    with tempfile.NamedTemporaryFile(prefix="pamong-import-", suffix=".xlsx") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)
