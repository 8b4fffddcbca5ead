"""Mails are read in the light and in the dark."""

from __future__ import annotations

import re

from tests.mail.test_messages import made


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_colour_of_writing_has_contrast_enough_in_light_and_in_dark(in_app):
    html = made("invitation").html
    style, body = html.split("</style>")
    card = re.search(r'class="card" style="[^"]*background:(#\w{6})', body)[1]
    for colour in set(re.findall(r"(?<!-)color:(#\w{6})", body)) - {"#ffffff"}:
        assert _contrast(colour, card) >= 4.5, colour
    button = re.search(r'class="button"[^>]*background:(#\w{6});color:(#\w{6})', body)
    assert _contrast(button[1], button[2]) >= 4.5
    dark_card = re.search(r"\.card \{ background: (#\w{6})", style)[1]
    for colour in set(re.findall(r"(?<!-)color: (#\w{6})", style)) - {"#0c2a31"}:
        assert _contrast(colour, dark_card) >= 4.5, colour
    dark_button = re.search(r"\.button \{ background: (#\w{6}) !important; color: (#\w{6})", style)
    assert _contrast(dark_button[1], dark_button[2]) >= 4.5
