from __future__ import annotations

import io
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports.printed import (
    EMPTY_MINUTES,
    HOSTILE,
    letters_outside_the_margins,
    pages_of,
    squeezed,
    text_of,
)
from tests.reports.samples import ATTENDANCE, LETTERHEAD, MINUTES
from webapp.reports.data import (
    AcceptedTask,
    Addendum,
    Agreement,
    Attendee,
    ConflictingInformation,
    Statement,
)
from webapp.reports.letterhead import Signatory
from webapp.reports.printable import printable_text
from webapp.reports.render import document_labels, file_name, render_pdf


def test_minutes_say_everything_that_was_recorded_with_strengths_before_symptoms():
    text = squeezed(text_of(render_pdf("minutes", MINUTES)))
    order = [
        "PEMERINTAHKABUPATENCONTOHREJO",
        "SMPNEGERI3CONTOHREJO",
        "BERITAACARAKONFERENSIKASUS",
        "421.3/012/SMPN3/IX/2026",
        "Senin,21September2026",
        "09.00sampaidengan10.45WIB",
        "9orang(diundang11orang)",
        "BK/2026-2027/007",
        "TokohRekaanPermana",
        "VIIIB",
        "Halpositifpesertadidik",
        "Tekunberlatih",
        "Gejalayangtampak",
        "SejakJuli",
        "Datapendukung",
        "Upayayangtelahdilakukan",
        "Pembahasan",
        "Informasiyangbertentangan",
        "KetuaRT03:",
        "Klarifikasi:Keduanyabenar",
        "Klarifikasi:Belumadatitiktemu",
        "Rekomendasi",
        "Keputusan",
        "Alternatif",
        "Pembagianperandantugas",
        "28Sep2026",
        "Perilakupositifyangdipantau",
        "Persetujuanpeserta",
        "Catatan:Mintagiliran",
        "Rencanapemantauan",
        "Mengetahui,",
        "Contohrejo,21September2026",
        "Plt.KepalaSekolah",
    ]
    positions = [text.find(part, 0) for part in order]
    assert -1 not in positions, order[positions.index(-1)]
    assert text.index("Halpositifpesertadidik") < text.index("Tekunberlatih") < text.index("Gejalayangtampak")
    assert (
        text.index("Gejalayangtampak")
        < text.index("Upayayang")
        < text.index("Rekomendasi")
        < text.index("Mengetahui")
    )
    assert "NIP.197001011995122001" in text
    assert "NIP.." not in text


def test_minutes_read_in_english_with_english_dates():
    pdf = render_pdf("minutes", MINUTES, "en")
    text = squeezed(text_of(pdf))
    for part in (
        "MINUTESOFCASECONFERENCE",
        "Monday,21September2026",
        "09:00to10:45WIB",
        "Leftopen.",
        "Page1of3",
    ):
        assert part in text
    assert "Kekuatan" not in text
    assert pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Lang"] == "en-GB"


def test_times_are_told_on_the_clock_of_the_school():
    text = squeezed(text_of(render_pdf("minutes", replace(MINUTES, timezone="Asia/Jayapura"))))
    assert "09.00sampaidengan10.45WIT" in text
    assert "21Sep202615.02WIT" in text


def test_every_page_is_numbered_and_carries_the_case_number():
    pages = pages_of(render_pdf("minutes", MINUTES))
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        assert f"Halaman {number} dari 3" in page
        assert "BK/2026-2027/007" in page
        assert "Rahasia" in page


def test_the_pdf_is_tagged_archivable_and_names_no_student_outside_its_pages():
    pdf = render_pdf("minutes", MINUTES)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"]
    described = root["/Metadata"].get_data().decode()
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "id-ID"
    assert "pdfaid:part" in described
    assert "pdfuaid:part" in described
    assert reader.metadata.title == "Berita Acara Konferensi Kasus · BK/2026-2027/007"
    for word in MINUTES.student_name.split():
        assert word not in described
        assert all(word not in str(value) for value in reader.metadata.values())
        assert word not in file_name("minutes", MINUTES)
    assert file_name("minutes", MINUTES) == "berita-acara-BK-2026-2027-007-2026-09-21.pdf"
    assert file_name("attendance", ATTENDANCE, "en") == "attendance-BK-2026-2027-007-2026-09-21.pdf"


def test_the_same_data_give_the_same_bytes_and_other_data_other_bytes():
    assert render_pdf("minutes", MINUTES) == render_pdf("minutes", MINUTES)
    assert render_pdf("minutes", MINUTES) != render_pdf("minutes", replace(MINUTES, place="Aula"))


def test_documents_made_at_the_same_time_do_not_mix():
    numbers = [f"K/{index}" for index in range(12)]
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda n: render_pdf("attendance", replace(ATTENDANCE, case_number=n)), numbers))
    for number, pdf in zip(numbers, made, strict=True):
        assert pypdf.PdfReader(io.BytesIO(pdf)).metadata.title.endswith(f" {number}")


def test_a_number_left_blank_prints_a_line_to_write_on():
    with_number = text_of(render_pdf("minutes", MINUTES))
    blank = text_of(render_pdf("minutes", replace(MINUTES, number="")))
    assert "421.3/012" in with_number
    assert "421.3/012" not in blank
    assert "Nomor:" in blank


def test_empty_sections_keep_their_heading_and_show_a_dash():
    text = text_of(render_pdf("minutes", EMPTY_MINUTES))
    # Place, leader and purpose; eight lists, conflicts, three tables, the plan and the addenda.
    assert text.count("—") == 3 + 8 + 1 + 3 + 2
    for label in document_labels(1):
        if label.key in ("strengths", "symptoms", "conflicts", "tasks", "agreements", "addenda"):
            assert label.id in text


def test_addenda_are_printed_with_author_and_day():
    added = Addendum("Ibarat Lestari", date(2026, 9, 25), "Giliran sudah diatur.")
    text = squeezed(text_of(render_pdf("minutes", replace(MINUTES, addenda=(added,)))))
    assert "IbaratLestari,25September2026:Giliransudahdiatur." in text


def test_text_of_people_is_never_markup():
    hostile = replace(
        MINUTES,
        student_name=HOSTILE,
        purpose=HOSTILE,
        strengths=(HOSTILE,),
        conflicts=(ConflictingInformation(HOSTILE, (Statement(HOSTILE, HOSTILE),), HOSTILE),),
        tasks=(AcceptedTask(HOSTILE, HOSTILE, HOSTILE),),
        monitoring_plan=HOSTILE,
        letterhead=replace(LETTERHEAD, address=HOSTILE),
        town=HOSTILE,
    )
    pdf = render_pdf("minutes", hostile)
    text = squeezed(text_of(pdf))
    assert text.count(squeezed(HOSTILE)) >= 8
    assert {
        tuple(round(float(side)) for side in page.mediabox[2:])
        for page in pypdf.PdfReader(io.BytesIO(pdf)).pages
    } == {(595, 842)}
    assert letters_outside_the_margins(pdf) == []


@pytest.mark.parametrize("name", ["W" * 200, ("Kusumaningrat-Prawirodirdjo " * 8)[:200].strip(), "i" * 200])
@pytest.mark.parametrize("locale", ["id", "en"])
def test_names_of_200_letters_stay_inside_the_margins_and_are_printed_whole(name, locale):
    signatory = Signatory(name, name, "NIP.", name)
    minutes = replace(
        MINUTES,
        student_name=name,
        leader=name,
        town=name,
        principal=signatory,
        counsellor=replace(signatory, number=""),
        tasks=tuple(AcceptedTask(name, name, name, date(2026, 9, 30)) for _ in range(3)),
        agreements=tuple(Agreement(name, name, name) for _ in range(12)),
        letterhead=replace(LETTERHEAD, line2=name, address=name, email=name),
    )
    pdf = render_pdf("minutes", minutes, locale)
    assert letters_outside_the_margins(pdf) == []
    assert squeezed(name) in squeezed(text_of(pdf))
    assert "\u200b" not in text_of(pdf)

    attendance = replace(ATTENDANCE, attendees=tuple(Attendee(name, name) for _ in range(12)))
    assert letters_outside_the_margins(render_pdf("attendance", attendance, locale)) == []


def test_letters_that_no_typeface_has_are_replaced_and_the_foot_says_so():
    plain = text_of(render_pdf("minutes", MINUTES))
    assert "□" not in plain
    text = text_of(render_pdf("minutes", replace(MINUTES, strengths=("Senang 😀 ꦲꦏ꧀ꦱꦫ 漢字 Zoë Đặng",))))
    assert "Senang □" in text
    assert "Zoë Đặng" in text
    assert "□: aksara yang tidak tersedia" in text


def test_arabic_is_shown():
    text = text_of(render_pdf("minutes", replace(MINUTES, strengths=("Hafal سورة الفاتحة",))))
    assert "□" not in text
    assert "Hafal" in text


def test_control_and_direction_characters_are_dropped_so_that_a_line_reads_as_stored():
    assert printable_text("a\u202eb\u0000c\r\nd\u2066e\ufe0f\tf") == "abc\nde f"
    assert printable_text("\ud800 \uffff \ue000") == "□ □ □"


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=120))
def test_any_text_at_all_can_be_printed(text):
    pdf = render_pdf("attendance", replace(ATTENDANCE, leader=text, attendees=(Attendee(text, text),)))
    ascii_part = [c for c in unicodedata.normalize("NFC", text) if c.isascii() and c.isalnum()]
    printed = text_of(pdf)
    assert all(character in printed for character in ascii_part)


def test_signatures_never_stand_alone_on_a_page():
    for lines in range(0, 40, 3):
        pages = pages_of(render_pdf("minutes", replace(MINUTES, discussion=("Kata.\n" * lines,))))
        last = pages[-1]
        assert "Mengetahui," in last
        assert "Demikian berita acara" in last
        assert "Tambahan setelah pengesahan" in last


def test_the_attendance_list_shows_electronic_signatures_absences_and_lines_for_a_pen():
    text = text_of(render_pdf("attendance", ATTENDANCE))
    assert text.count("Ditandatangani secara elektronik") == 4
    assert "21 Sep 2026 09.07 WIB" in text
    assert text.count("Tidak hadir") == 1
    assert MINUTES.student_name not in text
    for attendee in ATTENDANCE.attendees:
        assert squeezed(attendee.name) in squeezed(text)


def test_an_attendance_list_of_forty_repeats_its_head_on_every_page():
    attendees = tuple(Attendee(f"Peserta Rekaan {index}", "Guru") for index in range(1, 41))
    pages = pages_of(render_pdf("attendance", replace(ATTENDANCE, attendees=attendees)))
    assert len(pages) > 1
    assert all("Tanda tangan" in page for page in pages if "Peserta Rekaan" in page)
    assert all(f"Peserta Rekaan {index}" in "".join(pages) for index in range(1, 41))


def test_a_letterhead_without_logos_and_contacts_is_still_a_letterhead():
    bare = replace(LETTERHEAD, line1="", line2="", address="", phone="", email="", website="", npsn="")
    bare = replace(bare, logo_left=None, logo_right=None)
    text = pages_of(render_pdf("minutes", replace(MINUTES, letterhead=bare)))[0]
    assert text.startswith("SMP NEGERI 3 CONTOHREJO")


def test_an_unknown_template_version_is_refused_rather_than_printed_with_another():
    with pytest.raises(FileNotFoundError):
        render_pdf("minutes", replace(MINUTES, template_version=99))


def test_every_label_has_both_languages():
    for term in document_labels(1):
        assert term.id
        assert term.en
