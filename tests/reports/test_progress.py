"""The monitoring report as PDF: the picture with words for those who cannot see it, and its numbers."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdf
import pytest

from tests.reports.printed import HOSTILE, squeezed, text_of
from tests.reports.samples import OBSERVED, PROGRESS
from webapp.reports.data import PromiseGiven
from webapp.reports.render import render_pdf


def alternatives(pdf: bytes) -> list[str]:
    """The words that stand for pictures, wherever the tree of the document holds them."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    items = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]
    return [str(item["/Alt"]) for item in items if isinstance(item, dict) and "/Alt" in item]


@pytest.mark.parametrize(("locale", "alt"), [("id", "Grafik nilai"), ("en", "A line of the values")])
def test_each_observed_behaviour_has_its_picture_in_words_and_its_numbers_as_a_table(locale, alt):
    pdf = render_pdf("progress", PROGRESS, locale)
    assert sum(alt in words for words in alternatives(pdf)) == 1, "one behaviour was observed"
    text = squeezed(text_of(pdf))
    for number, (day, value) in enumerate(OBSERVED, start=1):
        assert squeezed(f"{number}. {day.day} September {day.year} {value}") in text


def test_what_people_typed_is_text_and_never_markup():
    behaviour = replace(PROGRESS.behaviours[0], description=HOSTILE)
    hostile = replace(
        PROGRESS,
        behaviours=(behaviour,),
        promises=(PromiseGiven(HOSTILE, HOSTILE, PROGRESS.opened_on, "Diterima"),),
    )
    text = squeezed(text_of(render_pdf("progress", hostile)))
    assert text.count(squeezed('#read("letter.typ")')) == 3


def test_the_same_data_give_the_same_bytes_and_a_closed_case_says_when():
    assert render_pdf("progress", PROGRESS) == render_pdf("progress", PROGRESS)
    closed = text_of(render_pdf("progress", replace(PROGRESS, closed_on=PROGRESS.held_on)))
    assert "Ditutup" in closed
    assert "Ditutup" not in text_of(render_pdf("progress", PROGRESS))
