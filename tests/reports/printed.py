"""What stands on the pages of a printed document, and texts that try what printing does."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdf
import pypdfium2

from tests.reports.samples import MINUTES

A4 = (595.28, 841.89)


LEFT_MARGIN, RIGHT_MARGIN = 2.5 / 2.54 * 72, 2.2 / 2.54 * 72


HOSTILE = (
    "& < > # $ * _ @ \\ ]]> #panic(1) $x^2$ *b* `r` <label> @ref // c /* d */ \"q\" 's' -- = H\n- item\n+ n "
    '#set page(width: 1cm) #read("letter.typ")'
)


EMPTY_MINUTES = replace(
    MINUTES,
    number="",
    place="",
    leader="",
    purpose="",
    strengths=(),
    symptoms=(),
    background=(),
    efforts=(),
    discussion=(),
    conflicts=(),
    recommendations=(),
    decisions=(),
    alternatives=(),
    tasks=(),
    behaviours=(),
    agreements=(),
    monitoring_plan="",
)


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def text_of(pdf: bytes) -> str:
    return "\n".join(pages_of(pdf))


def squeezed(text: str) -> str:
    return "".join(text.split())


def letters_outside_the_margins(pdf: bytes) -> list[tuple[int, str]]:
    outside = []
    for number, page in enumerate(pypdfium2.PdfDocument(pdf), start=1):
        text = page.get_textpage()
        for index in range(text.count_chars()):
            left, bottom, right, _ = text.get_charbox(index)
            # Three points: full stops and hyphens may hang over the edge of justified text.
            inside = left >= LEFT_MARGIN - 3 and right <= A4[0] - RIGHT_MARGIN + 3 and bottom >= 20
            if right > left and not inside:
                outside.append((number, text.get_text_range(index, 1)))
    return outside
