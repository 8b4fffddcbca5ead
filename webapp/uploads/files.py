"""What a brought file is, by its content alone, and what of it is kept."""

from __future__ import annotations

import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO

from webapp.domain.errors import N_, Invalid
from webapp.uploads import office, pictures

LARGEST = 10 * 1024 * 1024
LONGEST_NAME = 120

EXTENSIONS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    office.MEDIA_TYPES["word/document.xml"]: "docx",
    office.MEDIA_TYPES["xl/workbook.xml"]: "xlsx",
}
"""Media type -> how the name of such a file ends: the only kinds that are ever stored."""
ACCEPTED = ".pdf,.jpg,.jpeg,.png,.webp,.docx,.xlsx"
"""What a file chooser offers; what a file is called decides nothing."""

EMPTY = N_("The file is empty (0 bytes).")
TOO_LARGE = N_("The file is larger than %(limit)s MB.")
HEIC = N_("This is a HEIC picture. Save it as JPEG and choose it again.")
OLD_OFFICE = N_(
    "This is an old or password-protected Office file. Save it as DOCX, XLSX or PDF, unprotected."
)
BROKEN_PDF = N_("The PDF is not complete. Save or scan it again.")
TWO_KINDS = N_("The file is a PDF and a ZIP archive at once. Save or scan it again as a PDF.")
UNKNOWN = N_(
    "Only PDF, pictures (JPEG, PNG, WebP), DOCX and XLSX can be kept here; this file is none of them."
)

_PICTURES = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"))
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"}
_PDF_TAIL = 1024  # readers look for the end mark here


@dataclass(frozen=True)
class Cleaned:
    """What of a file may be stored: bytes, media type, and a name that is safe to hand out again."""

    name: str
    content: bytes
    media_type: str


def cleaned(name: str, content: bytes) -> Cleaned:
    """Look at a file and keep what may be kept; Invalid with the reason, which never names the file."""
    if not content:
        raise Invalid(EMPTY)
    if len(content) > LARGEST:
        raise Invalid(TOO_LARGE, limit=LARGEST // 1024 // 1024)
    kept, media_type = _kept(content)
    return Cleaned(safe_name(name, media_type), kept, media_type)


def _kept(content: bytes) -> tuple[bytes, str]:
    for start, decoder in _PICTURES:
        if content.startswith(start):
            return pictures.made_anew(content, decoder)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return pictures.made_anew(content, "WEBP")
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return content, "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return content, office.media_type(content)
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise Invalid(HEIC)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise Invalid(OLD_OFFICE)
    raise Invalid(UNKNOWN)


def _check_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-_PDF_TAIL:]:
        raise Invalid(BROKEN_PDF)
    # A scanner, a mail gateway or a browser may take the other half of such a file for the whole.
    if zipfile.is_zipfile(BytesIO(content)):
        raise Invalid(TWO_KINDS)


def safe_name(name: str, media_type: str) -> str:
    """The name for people: no folders, nothing invisible or turned round, and the ending of what it is."""
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in last)
    stem, dot, ending = " ".join(visible.split()).rpartition(".")
    if not dot or not ending.isalnum() or len(ending) > 5:
        stem = " ".join(visible.split())
    stem = "".join("-" if sign in '<>:"|?*' else sign for sign in stem).strip(" .")
    return f"{stem[:LONGEST_NAME].strip() or 'pamong'}.{EXTENSIONS[media_type]}"
