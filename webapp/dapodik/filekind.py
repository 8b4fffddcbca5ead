"""What a file really is, by its first bytes: so that a wrong one gets a sentence that helps."""

from __future__ import annotations

from pathlib import Path

from webapp.domain.errors import N_, Invalid

MAX_FILE_BYTES = 60 * 1024 * 1024
_HEAD = 4096
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")

_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00")

EMPTY = N_("The file is empty (0 bytes).")
TOO_BIG = N_("The file is larger than %(limit)s MB; a list of students is never that large.")
CSV = N_("This is a text or CSV file, not an XLSX file. Download the list from Dapodik as Excel again.")
IMAGE = N_("This is an image, not an XLSX file.")
PDF = N_("This is a PDF, not an XLSX file. Download the list from Dapodik as Excel.")
WEB_PAGE = N_("This is a web page (HTML or XML), not an XLSX file. Open it in Excel and save it as XLSX.")
OLD_XLS = N_("This is an old Excel file (.xls). Open it in Excel and save it as XLSX.")
ENCRYPTED = N_("This XLSX file is protected by a password. Save it again without a password.")
UNKNOWN = N_("This is not an XLSX file.")


def refuse_unless_zip(path: Path) -> None:
    """Raise Invalid, naming what the file is, unless it begins like an XLSX file (a ZIP) of bearable size."""
    size = path.stat().st_size
    if size == 0:
        raise Invalid(EMPTY)
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not head.startswith(b"PK\x03\x04"):
            raise Invalid(_name(head, file.read(MAX_FILE_BYTES) if _is_ole(head) else b""))
    if size > MAX_FILE_BYTES:
        raise Invalid(TOO_BIG, limit=MAX_FILE_BYTES // 1024 // 1024)


def _is_ole(head: bytes) -> bool:
    return head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def _name(head: bytes, rest: bytes) -> str:
    if _is_ole(head):
        return ENCRYPTED if _ENCRYPTED_STREAM in head + rest else OLD_XLS
    if head.startswith(b"%PDF"):
        return PDF
    is_webp_or_heic = head[8:12] == b"WEBP" or head[4:8] == b"ftyp"
    if head.startswith(_IMAGES) or is_webp_or_heic:
        return IMAGE
    text = _as_text(head)
    if text is None:
        return UNKNOWN
    return WEB_PAGE if text.lstrip("\ufeff \t\r\n").startswith("<") else CSV


def _as_text(head: bytes) -> str | None:
    """The bytes as text, or None when they are none (a control byte, an undecodable one)."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="ignore")
    if any(byte < 9 or 13 < byte < 27 for byte in head):
        return None
    return head.decode("utf-8", errors="ignore")
