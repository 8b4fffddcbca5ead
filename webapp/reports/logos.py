"""Which pictures a letterhead can print."""

from __future__ import annotations

import struct

import typst

from webapp.domain.errors import N_, Invalid
from webapp.reports.render import TEMPLATES, compile_pdf

LARGEST_FILE = 300_000
LARGEST_SIDE = 3_000
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"


def check_logo(logo: bytes) -> None:
    """Raises Invalid (field "logo") unless `logo` is a PNG or JPEG that a letterhead can print."""
    if len(logo) > LARGEST_FILE:
        raise Invalid(N_("The logo is larger than %(limit)s kB."), field="logo", limit=LARGEST_FILE // 1000)
    if not logo.startswith((_PNG, _JPEG)):
        raise Invalid(N_("The logo must be a PNG or JPEG picture."), field="logo")
    # A small file can unpack to gigabytes: its sides are read before anything decodes it.
    if max(picture_size(logo)) > LARGEST_SIDE:
        raise Invalid(
            N_("The logo is wider or higher than %(limit)s pixels."), field="logo", limit=LARGEST_SIDE
        )
    try:
        compile_pdf(TEMPLATES / "logo.typ", {"logo": list(logo)}, 0)
    except typst.TypstError as error:
        raise Invalid(N_("The logo cannot be read; save it again as PNG."), field="logo") from error


def picture_size(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels that a PNG or JPEG declares; (0, 0) where it declares none."""
    if picture.startswith(_PNG):
        return struct.unpack(">II", picture[16:24]) if len(picture) >= 24 else (0, 0)
    at = 2
    while at + 9 <= len(picture) and picture[at] == 0xFF:
        marker, length = picture[at + 1], int.from_bytes(picture[at + 2 : at + 4], "big")
        # SOF0 to SOF15 without the tables (DHT, JPG, DAC) that share their range.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", picture[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 0, 0
