from __future__ import annotations

import struct

import pytest

from tests.reports.samples import png
from webapp.domain.errors import Invalid
from webapp.reports.logos import check_logo, picture_size

# An empty segment of comment before the frame header, as cameras and editors write them.
JPEG_HEAD = b"\xff\xd8\xff\xfe\x00\x04ok" + b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 40, 9000) + bytes(12)


def test_a_png_that_prints_is_accepted():
    check_logo(png())


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GIF89a", id="another kind"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
        pytest.param(png()[:60], id="cut off"),
        pytest.param(png() + bytes(300_000), id="too heavy"),
        pytest.param(png()[:16] + struct.pack(">II", 60_000, 60_000) + png()[24:], id="unpacks to gigabytes"),
        pytest.param(JPEG_HEAD, id="too wide"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x00", id="jpeg without end"),
    ],
)
def test_a_picture_that_would_break_a_letter_is_refused(refused):
    with pytest.raises(Invalid) as error:
        check_logo(refused)
    assert error.value.field == "logo"


def test_the_sides_of_a_picture_are_read_without_decoding_it():
    assert picture_size(png(64)) == (64, 64)
    assert picture_size(JPEG_HEAD) == (9000, 40)
    assert picture_size(b"\xff\xd8\xff\xe0") == (0, 0)
