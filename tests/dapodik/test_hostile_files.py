"""Files made to hurt: each ends in a sentence, within bounded memory and time, and nowhere else."""

from __future__ import annotations

import struct
import tempfile
import time
import zipfile
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dapodik.lists import imported, read_file, record, repack, write, write_as_excel
from webapp.dapodik import sheet
from webapp.dapodik.archive import refuse_unless_workbook
from webapp.dapodik.layout import COLUMNS, FIELDS, Column
from webapp.domain.errors import Invalid
from webapp.uploads import archive

SHEET_PART = "xl/worksheets/sheet1.xml"


def refusal(path) -> str:
    with pytest.raises(Invalid) as caught:
        read_file(path)
    return str(caught.value)


@pytest.fixture
def sound(tmp_path):
    return write(tmp_path / "list.xlsx", [record()])


@cache
def sound_bytes() -> bytes:
    """One sound file, the same for every example of a property."""
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / "list.xlsx", [record()]).read_bytes()


def add_member(path: Path, name: str, megabytes: int) -> Path:
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
        target.open(name, "w") as member,
    ):
        for _ in range(megabytes):
            member.write(bytes(1024 * 1024))
    return path


def test_a_zip_bomb_is_refused_by_the_size_it_declares(sound):
    add_member(sound, "xl/media/bomb.bin", 501)
    assert sound.stat().st_size < 5_000_000
    begin = time.monotonic()
    assert "unpacks to more than 500 MB" in refusal(sound)
    assert time.monotonic() - begin < 5


def _lie_about_sizes(path: Path, name: str, claimed: int) -> Path:
    """Write `claimed` as the unpacked size of a member, where the ZIP's list and the member say it."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as source:
        info = source.getinfo(name)
    real = struct.pack("<I", info.file_size)
    for at in (data.find(real, info.header_offset), data.rfind(real)):
        data[at : at + 4] = struct.pack("<I", claimed)
    path.write_bytes(data)
    return path


def test_a_zip_bomb_that_lies_about_its_size_is_refused_while_it_unpacks(sound):
    _lie_about_sizes(add_member(sound, "xl/media/bomb.bin", 40), "xl/media/bomb.bin", 1000)
    with pytest.raises(Invalid) as caught:
        refuse_unless_workbook(sound, limit=8 * 1024 * 1024)
    assert caught.value.message_id == archive.TOO_LARGE


def test_a_zip_with_a_false_size_below_the_limit_is_damaged(sound):
    _lie_about_sizes(add_member(sound, "xl/media/bomb.bin", 2), "xl/media/bomb.bin", 1000)
    assert "damaged" in refusal(sound)


def test_thousands_of_members_are_refused(sound):
    with zipfile.ZipFile(sound, "a") as target:
        for number in range(archive.MAX_MEMBERS):
            target.writestr(f"xl/{number}", b"")
    assert "it is not read" in refusal(sound)


@pytest.mark.parametrize("part", [SHEET_PART, "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_billions_of_laughs_are_refused_before_they_are_parsed(tmp_path, part):
    sound = write_as_excel(tmp_path / "list.xlsx", [record()])
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{lol}]>'.encode()
    repack(sound, lambda name, content: bomb + content.split(b"?>", 1)[1] if name == part else content)
    assert "XML definitions" in refusal(sound)


def test_an_entity_that_names_a_file_is_never_followed(sound, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("RAHASIA")
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'.encode()

    def point(name: str, content: bytes) -> bytes:
        if name != SHEET_PART:
            return content
        return head + content.split(b"?>", 1)[1].replace(b"Melati Senja Rekaan", b"&e;")

    assert "RAHASIA" not in refusal(repack(sound, point))


def test_an_undeclared_entity_never_becomes_text(sound):
    repack(sound, lambda _, content: content.replace(b"Melati Senja", b"&jahat;"))
    assert "damaged" in refusal(sound)


def test_formulas_count_as_their_stored_value_and_are_never_run(sound):
    cell = b'<c r="B7" t="str"><f>HYPERLINK("http://jahat.example","x")</f><v>Elang Nama Contoh</v></c>'

    def formula(name: str, content: bytes) -> bytes:
        if name != SHEET_PART:
            return content
        start = content.index(b'<c r="B7"')
        return content[:start] + cell + content[content.index(b"</c>", start) + 4 :]

    assert read_file(repack(sound, formula)).rows[0].values["name"] == "Elang Nama Contoh"


def test_a_thousand_columns_are_read_past(tmp_path):
    extra = [Column(f"Kolom {number}") for number in range(1000)]
    item = record() | {column.label: "x" * 50 for column in extra}
    table = read_file(write(tmp_path / "list.xlsx", [item] * 20, [*extra, *COLUMNS]))
    assert len(table.rows) == 20
    assert set(table.rows[0].values) <= set(FIELDS)


def test_very_long_cells_are_cut_and_their_row_is_returned(tmp_path):
    path = write(tmp_path / "list.xlsx", [record(Nama="a" * 32_000), record(NISN="0999000002", NIPD="2")])
    assert len(read_file(path).rows[0].values["name"]) == sheet.MAX_CELL
    good, bad = imported(path)
    assert ([row.row_no for row in good], [row.row_no for row in bad]) == ([8], [7])


def test_a_cell_in_the_last_corner_of_the_sheet_does_not_fill_the_memory(sound):
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    repack(sound, lambda _, content: content.replace(b"</sheetData>", far))
    begin = time.monotonic()
    assert "limits" in refusal(sound)
    assert time.monotonic() - begin < 30


def test_more_rows_than_the_limit_are_refused(monkeypatch, tmp_path):
    path = write(tmp_path / "list.xlsx", [record()] * 4)
    monkeypatch.setattr(sheet, "MAX_ROWS", 3)
    with pytest.raises(Invalid) as caught:
        list(sheet.parse(path, None, {}))
    assert str(caught.value) == "The file has more than 3 students. Split it into smaller files."


def test_cells_of_every_wrong_type_are_refused_row_by_row(tmp_path):
    wrong = [True, 1.5, -1, 10**15, "=1+1", "x" * 300]
    bare = [c for c in COLUMNS if c.field]
    records = [dict.fromkeys((c.label for c in bare), value) for value in wrong]
    good, bad = imported(write(tmp_path / "list.xlsx", records))
    assert good == []
    assert [row.row_no for row in bad] == [7, 8, 9, 10, 11, 12]


def test_the_child_runs_our_code_whatever_the_environment_says(sound, monkeypatch, tmp_path):
    (tmp_path / "python_calamine.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert [row.number for row in read_file(sound).rows] == [7]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_file_with_broken_bytes_is_read_or_refused_and_nothing_else(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        content = bytearray(sound_bytes())
        for _ in range(data.draw(st.integers(1, 6))):
            content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(content[: data.draw(st.integers(10, len(content)))])
        with suppress(Invalid):
            refuse_unless_workbook(path)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_sheet_with_broken_xml_is_read_or_refused_and_nothing_else(data):
    def disturb(name: str, content: bytes) -> bytes:
        if name != SHEET_PART:
            return content
        at = data.draw(st.integers(0, len(content)))
        return content[:at] + data.draw(st.binary(max_size=8)) + content[at + data.draw(st.integers(0, 8)) :]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        path.write_bytes(sound_bytes())
        repack(path, disturb)
        with suppress(Invalid):
            assert len(read_file(path).rows) <= 1


def test_a_member_whose_packed_bytes_are_no_deflate_is_damaged(tmp_path):
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/workbook.xml", b"<workbook/>" * 100)
    data = path.read_bytes()
    packed = zlib.compressobj(wbits=-15)
    stream = packed.compress(b"<workbook/>" * 100) + packed.flush()
    path.write_bytes(data.replace(stream, b"\xff" * len(stream)))
    assert "damaged" in refusal(path)
