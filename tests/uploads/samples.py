"""Files to bring, made for a test: sound ones, and ones bent in a chosen way."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
SECRET = "GeheimOrt-7.2575S-112.7521E"
"""Written into every corner of a picture in which a program could hide something."""


def picture(kind: str = "JPEG", *, size=(60, 40), mode: str = "RGB", turned: bool = False) -> bytes:
    """A picture whose left half is red, with a place, a device and a comment in its metadata."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    image = image.convert(mode)
    exif = Image.Exif()
    exif[0x010F] = SECRET  # maker
    exif[0x0112] = 6 if turned else 1
    exif.get_ifd(0x8825)[29] = SECRET  # date of the place
    extra: dict = {"exif": exif}
    if kind == "JPEG":
        extra |= {"comment": SECRET.encode(), "icc_profile": SECRET.encode()}
    if kind == "PNG":
        extra["pnginfo"] = PngInfo()
        extra["pnginfo"].add_text("Comment", SECRET)
    if kind == "WEBP":
        extra |= {"lossless": True, "xmp": SECRET.encode()}
    target = BytesIO()
    image.save(target, kind, **extra)
    return target.getvalue()


def vast_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def office(kind: str = "word/document.xml", more: Mapping[str, bytes] | None = None) -> bytes:
    """A DOCX or XLSX as far as its parts go, with `more` members."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"[Content_Types].xml": b"<Types/>", kind: b"<x/>", **(more or {})}.items():
            archive.writestr(name, content)
    return target.getvalue()
