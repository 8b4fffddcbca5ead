"""The letter of invitation as PDF: one sheet and its reply slip, whatever people typed into it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reports.printed import HOSTILE, letters_outside_the_margins, pages_of, squeezed, text_of
from tests.reports.samples import INVITATION, LETTERHEAD
from webapp.reports.letterhead import Signatory
from webapp.reports.render import file_name, render_pdf


@pytest.mark.parametrize(("locale", "slip"), [("id", "LEMBAR JAWABAN"), ("en", "REPLY SLIP")])
def test_the_letter_is_one_sheet_and_the_reply_slip_another(locale, slip):
    letter, reply = pages_of(render_pdf("invitation", INVITATION, locale))
    assert "421.3/014/SMPN3/IX/2026" in letter
    assert slip not in letter
    assert slip in reply
    assert "Umpama Waliningsih" in reply


def test_a_letter_without_a_number_has_a_line_for_a_pen():
    text = text_of(render_pdf("invitation", replace(INVITATION, number="")))
    assert "421.3" not in text
    assert "Nomor" in text


def test_what_people_typed_stays_text_and_inside_the_margins():
    typed = dict.fromkeys(("number", "recipient", "relation", "place", "purpose", "town"), HOSTILE)
    signer = Signatory(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    data = replace(INVITATION, principal=signer, counsellor=signer, **typed)
    pdf = render_pdf("invitation", data)
    assert squeezed(text_of(pdf)).count(squeezed(HOSTILE)) >= len(typed)
    long = "Kepanjangan" * 12
    wide = replace(INVITATION, recipient=long, place=long, purpose=long, number=long)
    for made in (pdf, render_pdf("invitation", wide)):
        assert letters_outside_the_margins(made) == []


def test_a_school_without_town_phone_and_logos_has_a_letter_too():
    head = replace(LETTERHEAD, phone="", logo_left=None, logo_right=None)
    text = text_of(render_pdf("invitation", replace(INVITATION, town="", letterhead=head)))
    assert "telepon sekolah" not in text
    assert "21 September 2026" in text


def test_the_files_name_tells_nothing_of_anybody():
    names = [file_name("invitation", INVITATION, "id", form=form) for form in ("pdf", "docx")]
    assert names == ["surat-undangan-2026-09-24.pdf", "surat-undangan-2026-09-24.docx"]
