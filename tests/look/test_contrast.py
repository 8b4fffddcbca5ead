"""The colours that stand on each other are readable: WCAG 2.2 AA, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSS = (ROOT / "webapp/static/css/tokens.css").read_text(encoding="utf-8")
TEXT, SHAPE = 4.5, 3.0

PAIRS = [
    *[
        (ink, ground, TEXT)
        for ink in ("ink", "ink-soft", "accent", "accent-strong")
        for ground in ("ground", "surface", "sunken")
    ],
    *[(f"{tone}-ink", ground, TEXT) for tone in ("danger", "warn") for ground in ("ground", "surface")],
    *[(f"{tone}-ink", f"{tone}-wash", TEXT) for tone in ("neutral", "info", "ok", "warn", "danger")],
    ("ink", "accent-wash", TEXT),
    ("accent", "accent-wash", TEXT),
    ("ink", "warn-wash", TEXT),
    ("accent-ink", "accent", TEXT),
    ("accent-ink", "accent-strong", TEXT),
    ("danger-solid-ink", "danger-solid", TEXT),
    ("danger-wash", "danger-ink", TEXT),
    *[(ink, ground, TEXT) for ink in ("header-ink", "header-soft") for ground in ("header", "header-raised")],
    *[("field-line", ground, SHAPE) for ground in ("ground", "surface")],
    *[("focus", ground, SHAPE) for ground in ("ground", "surface", "sunken")],
    ("focus-header", "header", SHAPE),
    ("accent", "neutral-line", SHAPE),
]


def palette(scheme: str) -> dict[str, str]:
    light, dark = CSS.split("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", light))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", dark))
    return colours


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_contrast_that_the_standard_names():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_a_pair_of_colours_is_readable(scheme, ink, ground, least):
    colours = palette(scheme)
    assert contrast(colours[ink], colours[ground]) >= least


def test_every_colour_has_a_dark_side():
    light, dark = CSS.split("@media (prefers-color-scheme: dark)")
    colours = set(re.findall(r"--([a-z-]+):\s*#[0-9a-f]{6};", light))
    assert colours - set(re.findall(r"--([a-z-]+):\s*#[0-9a-f]{6};", dark)) == set()
