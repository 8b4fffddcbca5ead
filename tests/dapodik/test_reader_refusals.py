"""What is no list of Dapodik is called by its name."""

from __future__ import annotations

import zipfile

import pytest

from tests.dapodik.lists import read_file
from webapp.domain.errors import Invalid


def refusal(path, mapping=None) -> str:
    with pytest.raises(Invalid) as caught:
        read_file(path, mapping)
    return str(caught.value)


WRONG = {
    "csv": (b"Nama;NISN\nMelati;0999000001\n", "text or CSV"),
    "csv_with_mark": (b"\xef\xbb\xbfNama,NISN\n", "text or CSV"),
    "csv_utf16": ("Nama\tNISN\n".encode("utf-16"), "text or CSV"),
    "png": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "an image"),
    "jpeg": (b"\xff\xd8\xff\xe0" + b"\x00" * 50, "an image"),
    "webp": (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "an image"),
    "heic": (b"\x00\x00\x00\x18ftypheic\x00", "an image"),
    "pdf": (b"%PDF-1.7\n", "a PDF"),
    "html_named_xls": (b"<html><table><tr><td>Nama</td></tr></table></html>", "a web page"),
    "old_xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 5000, "an old Excel file (.xls)"),
    "encrypted": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 5000 + "EncryptedPackage".encode("utf-16-le"),
        "protected by a password",
    ),
    "empty": (b"", "empty"),
    "noise": (bytes(range(256)) * 4, "not an XLSX file"),
    "cut_zip": (b"PK\x03\x04" + b"\x00" * 100, "damaged"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_xlsx_is_called_by_its_name(tmp_path, kind):
    content, said = WRONG[kind]
    path = tmp_path / "list.xlsx"
    path.write_bytes(content)
    assert said in refusal(path)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"foto.jpg": b"x"}, "a ZIP archive"),
        ({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}, "a Word document"),
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}, ".ods"),
        ({"xl/workbook.bin": b"x"}, ".xlsb"),
        ({"xl/workbook.xml": b"<workbook/>"}, "damaged"),
        ({"xl/workbook.xml": b"no xml at all <<<"}, "damaged"),
    ],
)
def test_another_kind_of_zip_is_called_by_its_name(tmp_path, members, said):
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert said in refusal(path)
