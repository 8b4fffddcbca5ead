"""Whether a ZIP is an XLSX workbook of bearable size, found out before any parser sees it."""

from __future__ import annotations

from pathlib import Path

from webapp.domain.errors import N_, Invalid
from webapp.uploads.archive import count_unpacked, members

#: 100,000 students in 66 columns unpack to about 280 MB.
MAX_UNPACKED_BYTES = 500 * 1024 * 1024

ZIP = N_("This is a ZIP archive, not an XLSX file. Unpack it and choose the XLSX file inside.")
WORD = N_("This is a Word document, not an XLSX file.")
OPEN_DOCUMENT = N_("This is an OpenDocument file (.ods). Open it and save it as XLSX.")
BINARY_WORKBOOK = N_("This is a binary Excel file (.xlsb). Open it in Excel and save it as XLSX.")


def refuse_unless_workbook(path: Path, limit: int = MAX_UNPACKED_BYTES) -> None:
    """Raise Invalid unless the ZIP is an XLSX workbook whose real unpacked size is within `limit` bytes."""
    with path.open("rb") as file:
        found = members(file, limit)
        _refuse_other_kinds({member.filename for member in found})
        count_unpacked(file, found, limit)


def _refuse_other_kinds(names: set[str]) -> None:
    if any(name.casefold() == "xl/workbook.xml" for name in names):
        return
    if "xl/workbook.bin" in names:
        raise Invalid(BINARY_WORKBOOK)
    if "word/document.xml" in names:
        raise Invalid(WORD)
    if "content.xml" in names and "mimetype" in names:
        raise Invalid(OPEN_DOCUMENT)
    raise Invalid(ZIP)
