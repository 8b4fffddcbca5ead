"""Minutes and attendance list as Word files: everything that the PDF says, in files that open."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from docx import Document
from lxml import etree

from tests.reports.printed import EMPTY_MINUTES, squeezed, text_of
from tests.reports.samples import ATTENDANCE, MINUTES
from tests.reports.test_docx import HOSTILE, words_of
from webapp.reports.docx import render_docx
from webapp.reports.render import render_pdf

BOTH = pytest.mark.parametrize(("kind", "data"), [("minutes", MINUTES), ("attendance", ATTENDANCE)])
LANGUAGES = pytest.mark.parametrize("locale", ["id", "en"])
# Of the Word file alone, or written there in another way.
ONLY_THERE = ("Salinanuntukdisunting", "Acopytoedit")


def said(kind: str, data, locale: str) -> list[str]:
    words = words_of(render_docx(kind, data, locale)).split("\n")
    return [squeezed(line.strip(". ")) for line in words if line.strip(". ")]


@BOTH
@LANGUAGES
def test_what_the_word_file_says_stands_in_the_pdf_too(kind, data, locale):
    # Justified lines break words, with a hyphen of their own.
    printed = squeezed(text_of(render_pdf(kind, data, locale))).replace("-", "")
    lines = [line.replace("-", "") for line in said(kind, data, locale) if not line.startswith(ONLY_THERE)]
    assert len(lines) > 30
    # The foot of a page may stand in the middle of a line.
    assert [line for line in lines if line[:30] not in printed or line[-15:] not in printed] == []


@LANGUAGES
def test_minutes_hold_every_text_table_and_signer(locale):
    words = squeezed(words_of(render_docx("minutes", MINUTES, locale)))
    lists = ("strengths", "symptoms", "background", "efforts", "discussion", "recommendations", "decisions",
             "alternatives")  # fmt: skip
    wanted = [text for name in lists for text in getattr(MINUTES, name)]
    wanted += [part for task in MINUTES.tasks for part in (task.who, task.what)]
    wanted += [said.text for conflict in MINUTES.conflicts for said in conflict.statements]
    wanted += [behaviour.description for behaviour in MINUTES.behaviours]
    wanted += [part for person in MINUTES.agreements for part in (person.name, person.reservation)]
    wanted += [MINUTES.monitoring_plan, MINUTES.principal.name, MINUTES.counsellor.name]
    assert [text for text in wanted if squeezed(text) not in words] == []
    firsts = [getattr(MINUTES, name)[0] for name in lists if getattr(MINUTES, name)]
    order = [words.index(squeezed(text)) for text in firsts]
    assert order == sorted(order), "strengths first"


def test_each_line_of_the_attendance_list_is_signed_absent_or_waits_for_a_pen():
    at = datetime(2026, 9, 21, 2, 1, tzinfo=UTC)
    first, second, third = ATTENDANCE.attendees[:3]
    people = (
        replace(first, signed_at=at, attended=True),
        replace(second, signed_at=None, attended=False),
        replace(third, signed_at=None, attended=None),
    )
    words = words_of(render_docx("attendance", replace(ATTENDANCE, attendees=people)))
    assert "Ditandatangani secara elektronik\n21 Sep 2026 09.01 WIB" in words
    assert "Tidak hadir" in words
    assert "3. ......" in words


def test_who_may_change_the_file_is_told_where_the_signed_words_stand():
    unsigned = replace(MINUTES, counsellor=replace(MINUTES.counsellor, signed_at=None))
    signed = words_of(render_docx("minutes", MINUTES))
    assert "Disahkan secara elektronik\n21 Sep 2026 13.02 WIB" in signed
    assert "dokumen PDF" in signed
    assert "dokumen PDF" not in words_of(render_docx("minutes", unsigned))


@BOTH
def test_any_text_gives_a_valid_file_and_the_same_bytes(kind, data):
    typed = dict.fromkeys(("place", "leader", "town", "number"), HOSTILE)
    data = replace(data, **typed)
    docx = render_docx(kind, data)
    assert docx == render_docx(kind, data)
    assert words_of(docx).count(HOSTILE) >= 3
    parts = zipfile.ZipFile(io.BytesIO(docx))
    assert parts.testzip() is None
    for name in parts.namelist():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(parts.read(name))


def test_minutes_without_anything_recorded_are_whole_and_numbered_for_a_pen():
    words = words_of(render_docx("minutes", EMPTY_MINUTES))
    assert "Nomor: ......" in words
    assert words.count("—") >= 12
    assert Document(io.BytesIO(render_docx("minutes", EMPTY_MINUTES))).tables
