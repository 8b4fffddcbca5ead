"""The letter as a Word file: opened again as a school would open it, and compared with the PDF."""

from __future__ import annotations

import io
import zipfile
from dataclasses import fields, replace

import pypdf
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.reports.samples import INVITATION, LETTERHEAD, png
from webapp.reports.docx import render_docx
from webapp.reports.letterhead import Signatory
from webapp.reports.render import document_labels, render_pdf

HOSTILE = "& < > ]]> <![CDATA[x]]> &amp; &#60; <w:t>y</w:t> {{ jinja }} {% if %} \" '"
# As picture editors and cameras write them: the heads of JPEGs of 2 by 1 pixels; nothing else is read.
FRAME = b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x02\x01\x01\x11\x00\xff\xd9"
ADOBE_JPEG = b"\xff\xd8\xff\xee\x00\x0eAdobe\x00d\x00\x00\x00\x00\x00" + FRAME
BROKEN_EXIF_JPEG = b"\xff\xd8\xff\xe1\x00\x0cExif\x00\x00MM\xff\xff" + FRAME
# Its resolution: one pixel to the metre.
COARSE_PNG = (
    png()[:33] + b"\x00\x00\x00\x09pHYs\x00\x00\x00\x01\x00\x00\x00\x01\x01\x00\x00\x00\x00" + png()[33:]
)


def words_of(docx: bytes) -> str:
    """All text of a DOCX in reading order: paragraphs and cells of tables, one per line."""
    found = []
    for block in Document(io.BytesIO(docx)).iter_inner_content():
        if hasattr(block, "rows"):
            found += [cell.text for row in block.rows for cell in row.cells]
        else:
            found.append(block.text)
    return "\n".join(found)


def test_it_says_what_the_letter_says_on_the_schools_letterhead():
    words = words_of(render_docx("invitation", INVITATION))
    for expected in (
        "DINAS PENDIDIKAN DAN KEBUDAYAAN",
        "SMP NEGERI 3 CONTOHREJO",
        "Jalan Rekaan Raya No. 12",
        "421.3/014/SMPN3/IX/2026",
        "Umpama Waliningsih",
        "Kamis, 24 September 2026",
        "09.00 sampai dengan 10.30 WIB",
        "Ruang BK",
        "Mencari jalan keluar bersama",
        "Dra. Umpama Sentosa, M.Pd.",
        "NIP. 197001011995122001",
        "Contohrejo, 21 September 2026",
    ):
        assert expected in words


@pytest.mark.parametrize("locale", ["id", "en"])
def test_everything_that_the_docx_says_stands_in_the_pdf_too(locale):
    pdf = pypdf.PdfReader(io.BytesIO(render_pdf("invitation", INVITATION, locale)))
    printed = "".join("".join(page.extract_text() for page in pdf.pages).split())
    lines = [
        line.rstrip(".").removeprefix("☐")
        for line in words_of(render_docx("invitation", INVITATION, locale)).split("\n")
    ]
    said = ["".join(line.split()) for line in lines if line.strip()]
    assert len(said) > 50
    assert [line for line in said if line not in printed] == []


def test_both_logos_stand_in_the_letterhead_and_none_where_the_school_has_none():
    both = Document(io.BytesIO(render_docx("invitation", INVITATION)))
    assert len(both.inline_shapes) == 2
    head = replace(LETTERHEAD, logo_left=None)
    one = Document(io.BytesIO(render_docx("invitation", replace(INVITATION, letterhead=head))))
    assert len(one.inline_shapes) == 1
    head = replace(head, logo_right=None)
    none = Document(io.BytesIO(render_docx("invitation", replace(INVITATION, letterhead=head))))
    assert len(none.inline_shapes) == 0
    assert len(none.tables[0].columns) == 1


@pytest.mark.parametrize(("logo", "ratio"), [(ADOBE_JPEG, 2), (BROKEN_EXIF_JPEG, 2), (COARSE_PNG, 1)])
def test_a_picture_as_editors_and_cameras_save_it_is_a_logo_too(logo, ratio):
    head = replace(LETTERHEAD, logo_left=logo)
    made = Document(io.BytesIO(render_docx("invitation", replace(INVITATION, letterhead=head))))
    shape = made.inline_shapes[0]
    assert round(shape.width / shape.height) == ratio
    assert max(shape.width.cm, shape.height.cm) == pytest.approx(2.2, abs=0.01)


def test_a_letter_without_a_number_leaves_room_for_a_pen():
    words = words_of(render_docx("invitation", replace(INVITATION, number="")))
    assert "Nomor\n:\n......" in words
    assert "421.3" not in words


def test_what_people_typed_stays_text_wherever_it_stands():
    typed = dict.fromkeys(("number", "recipient", "relation", "place", "purpose", "town"), HOSTILE)
    head = replace(LETTERHEAD, line1=HOSTILE, school_name=HOSTILE, address=HOSTILE, phone=HOSTILE)
    signer = Signatory(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    data = replace(INVITATION, letterhead=head, principal=signer, counsellor=signer, **typed)
    docx = render_docx("invitation", data)
    assert words_of(docx).count(HOSTILE) >= len(typed) + 2 * 4
    assert HOSTILE.upper() in words_of(docx)
    parts = zipfile.ZipFile(io.BytesIO(docx))
    for name in parts.namelist():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(parts.read(name))
    assert Document(io.BytesIO(docx)).core_properties.author == HOSTILE


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_file_that_opens(text):
    data = replace(INVITATION, recipient=text, purpose=text, letterhead=replace(LETTERHEAD, school_name=text))
    Document(io.BytesIO(render_docx("invitation", data)))


def test_the_same_data_give_the_same_bytes_and_the_properties_name_nobody():
    docx = render_docx("invitation", INVITATION)
    assert docx == render_docx("invitation", INVITATION)
    properties = Document(io.BytesIO(docx)).core_properties
    assert (properties.title, properties.author) == ("Surat Undangan", LETTERHEAD.school_name)
    assert properties.created.isoformat() == "2026-09-21T06:05:00+00:00"
    said = " ".join(str(getattr(properties, name)) for name in ("comments", "last_modified_by", "subject"))
    assert said.strip() == ""


def test_a_sheet_of_a4_in_the_readers_language():
    made = Document(io.BytesIO(render_docx("invitation", INVITATION, "en")))
    section = made.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    assert "Invitation to a meeting" in words_of(render_docx("invitation", INVITATION, "en"))
    assert 'w:lang w:val="en-GB"' in etree.tostring(made.styles["Normal"].element).decode()


def test_the_promise_on_paper_is_the_promise_on_the_page(app):
    from flask_babel import force_locale
    from flask_babel import gettext as _

    labels = {term.key: term for term in document_labels(1)}
    with app.test_request_context():
        for key in ("slip_promise", "slip_promise_1", "slip_promise_2", "slip_promise_3"):
            for locale in ("id", "en"):
                with force_locale(locale):
                    assert _(labels[key].en) == labels[key].label(locale)


def test_every_field_of_the_letter_is_shown():
    unseen = {"frozen_at", "timezone", "template_version", "case_number"}
    words = words_of(render_docx("invitation", replace(INVITATION, relation="Psikolog")))
    for field in fields(INVITATION):
        value = getattr(INVITATION, field.name)
        if isinstance(value, str) and field.name not in unseen and value:
            assert value in words, field.name
