"""Word and Excel files: the plain ones, without programs and without other files inside."""

from __future__ import annotations

from io import BytesIO

from webapp.domain.errors import N_, Invalid
from webapp.uploads.archive import count_unpacked, members

MOST_UNPACKED = 100 * 1024 * 1024

MEDIA_TYPES = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_PROGRAMS = ("vbaproject", "vbadata", "/activex/", "/macrosheets/", "/dialogsheets/")

PROGRAMS = N_("The file holds programs (macros). Save it without them, or as PDF.")
OBJECTS = N_("The file holds other files inside (embedded objects). Take them out, or save it as PDF.")
NOT_OFFICE = N_("This is a ZIP archive, not a Word or Excel file (DOCX, XLSX). Unpack it first.")


def media_type(content: bytes) -> str:
    """The media type of a DOCX or XLSX; Invalid for any other ZIP, and for one with programs inside."""
    file = BytesIO(content)
    found = members(file, MOST_UNPACKED)
    names = {member.filename.casefold() for member in found}
    kinds = [kind for name, kind in MEDIA_TYPES.items() if name in names]
    if len(kinds) != 1 or "[content_types].xml" not in names:
        raise Invalid(NOT_OFFICE)
    if any(part in f"/{name}" for name in names for part in _PROGRAMS):
        raise Invalid(PROGRAMS)
    if any("/embeddings/" in f"/{name}" for name in names):
        raise Invalid(OBJECTS)
    count_unpacked(file, found, MOST_UNPACKED)
    return kinds[0]
