"""A sheet of paper for the demo: scanned, as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

_SHEET = (595, 842)  # A4 in points


def scan(lines: Sequence[str]) -> bytes:
    """A PDF of one sheet with these lines on it."""
    sheet = Image.new("L", _SHEET, 250)
    pen = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        pen.text((60, 70 + 26 * number), line, fill=40)
    target = BytesIO()
    sheet.save(target, "PDF")
    return target.getvalue()
