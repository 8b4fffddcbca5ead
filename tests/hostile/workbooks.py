"""Forty files made to hurt the import of students: what each is, and that it may change nothing."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.dapodik.lists import record, repack, write, write_as_excel, write_rows
from tests.dapodik.test_hostile_files import SHEET_PART, add_member
from webapp.dapodik.layout import COLUMNS, Column

Make = Callable[[Path], Path]
_PARTS = (SHEET_PART, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml")


def _sound(path: Path) -> Path:
    return write(path, [record()])


def _laughs(part: str, depth: int) -> Make:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, depth))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{lol}]>'.encode()

    def make(path: Path) -> Path:
        write_as_excel(path, [record()])
        return repack(
            path, lambda name, content: bomb + content.split(b"?>", 1)[-1] if name == part else content
        )

    return make


def _outside_entity(target: str) -> Make:
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{target}">]>'.encode()

    def make(path: Path) -> Path:
        def point(name: str, content: bytes) -> bytes:
            if name != SHEET_PART:
                return content
            return head + content.split(b"?>", 1)[1].replace(b"Melati Senja Rekaan", b"&e;")

        return repack(_sound(path), point)

    return make


def _bomb(megabytes: int) -> Make:
    return lambda path: add_member(_sound(path), "xl/media/bomb.bin", megabytes)


def _nested(path: Path) -> Path:
    """A bomb inside a bomb inside a workbook."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("inner.bin", bytes(30_000_000))
    with zipfile.ZipFile(_sound(path), "a", zipfile.ZIP_DEFLATED) as target:
        for number in range(40):
            target.writestr(f"xl/embeddings/{number}.zip", inner.getvalue())
    return path


def _members(number: int) -> Make:
    def make(path: Path) -> Path:
        with zipfile.ZipFile(_sound(path), "a") as target:
            for each in range(number):
                target.writestr(f"xl/{each}", b"")
        return path

    return make


def _member_named(name: str) -> Make:
    def make(path: Path) -> Path:
        with zipfile.ZipFile(_sound(path), "a") as target:
            target.writestr(name, b"jahat")
        return path

    return make


def _cell(replacement: bytes) -> Make:
    """The cell of the only student's name is this XML."""

    def make(path: Path) -> Path:
        def change(name: str, content: bytes) -> bytes:
            if name != SHEET_PART:
                return content
            start = content.index(b'<c r="B7"')
            return content[:start] + replacement + content[content.index(b"</c>", start) + 4 :]

        return repack(_sound(path), change)

    return make


def _all_cells(value: object) -> Make:
    bare = [column for column in COLUMNS if column.field]
    return lambda path: write(path, [dict.fromkeys((column.label for column in bare), value)])


def _columns(number: int) -> Make:
    extra = [Column(f"Kolom {each}") for each in range(number)]
    item = {column.label: "x" * 50 for column in extra}
    return lambda path: write(path, [item] * 20, extra)


def _bytes(content: bytes) -> Make:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


def _cut(share: float) -> Make:
    def make(path: Path) -> Path:
        whole = _sound(path).read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        return path

    return make


def _scrambled(seed: int) -> Make:
    def make(path: Path) -> Path:
        rng = random.Random(seed)
        content = bytearray(_sound(path).read_bytes())
        for _ in range(200):
            content[rng.randrange(4, len(content))] = rng.randrange(256)
        path.write_bytes(content)
        return path

    return make


def _far_cell(path: Path) -> Path:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return repack(_sound(path), lambda _, content: content.replace(b"</sheetData>", far))


def hostile() -> Iterator[tuple[str, Make]]:
    """Name and maker of every file."""
    for megabytes in (501, 900):
        yield f"bomb of {megabytes} MB", _bomb(megabytes)
    yield "bombs inside a bomb", _nested
    yield "thousands of members", _members(11_000)
    for name in ("../../etc/passwd", "/etc/passwd", "xl/worksheets/sheet1.xml", "xl/\x00.xml"):
        yield f"member named {name!r}", _member_named(name)
    for part in _PARTS:
        yield f"laughs in {part}", _laughs(part, 12)
    yield "few laughs", _laughs(SHEET_PART, 3)
    for target in ("file:///etc/passwd", "http://169.254.169.254/", "/dev/zero"):
        yield f"entity of {target}", _outside_entity(target)
    yield "formula without a value", _cell(b'<c r="B7"><f>WEBSERVICE("http://x.example")</f></c>')
    yield "formula with an error", _cell(b'<c r="B7" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
    yield "name past the shared texts", _cell(b'<c r="B7" t="s"><v>99999999</v></c>')
    yield "name of a negative shared text", _cell(b'<c r="B7" t="s"><v>-1</v></c>')
    yield "number that is none", _cell(b'<c r="B7"><v>1e999999</v></c>')
    yield "type that is none", _cell(b'<c r="B7" t="zz"><v>1</v></c>')
    yield "reference that is none", _cell(b'<c r="B0"><v>1</v></c>')
    for value in (True, 1.5, -1, 10**15, "=1+1", "x" * 300, "\x0b", "<b>x</b>"):
        yield f"every cell is {str(value)[:12]!r}", _all_cells(value)
    yield "a thousand columns and no student", _columns(1000)
    yield "cell in the last corner", _far_cell
    yield "no rows", lambda path: write(path, [])
    yield "header alone, many times", lambda path: write_rows(path, [["Nama", "NISN"]] * 2000)
    yield "nothing", _bytes(b"")
    yield "no zip", _bytes(b"PK\x03\x04" + b"x" * 1000)
    yield "empty zip", _bytes(b"PK\x05\x06" + bytes(18))
    yield "old Excel", _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    yield "page", _bytes(b"<html><table><tr><td>Nama</td></tr></table></html>")
    for share in (0.2, 0.9):
        yield f"cut at {share:g}", _cut(share)
    for seed in (1, 2):
        yield f"scrambled {seed}", _scrambled(seed)
