"""Every printed form as a page: letterhead, number, signatures, room for the longest names, whole files."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pypdf
import pypdfium2
import pytest
from docx import Document
from lxml import etree

from tests.activity_world import Run
from tests.papers.made import Made
from tests.papers.moves import KINDS, LETTERS, run_of
from tests.reports.printed import letters_outside_the_margins, squeezed
from tests.reports.test_docx import words_of
from tests.services.stage import STUDENT, Stage
from webapp.reports.docx import render_docx
from webapp.reports.paper import Address, Fact, Grid, Paper, Section, Signer
from webapp.reports.render import render_pdf
from webapp.services import access, activity_documents, activity_entries, conference_request, reports
from webapp.services.participants import Proposed

ALL = (*KINDS, "conference_request")
EVERY_KIND = pytest.mark.parametrize("kind", ALL)
UNSIGNED_BY_PRINCIPAL = ("visit_form", "conference_request")
LONG_NAME = "Raden Ajeng Siti Nurhaliza Purnamasari Kusumawardhani " * 4
ONE_WORD = "Wirasanjayakusumaningratpurwodiningrat" * 6


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(
        world,
        city="Contohrejo",
        letterhead_line1="Pemerintah Kabupaten Contohrejo",
        letterhead_line2="Dinas Pendidikan",
        website="sekolah.contoh.example",
        address="Jalan Rekaan Raya No. 12",
        letter_number_pattern="421.3/{nomor:03}/{bulan_romawi}/{tahun}",
    )


def paper_of(stage: Stage, kind: str, run: Run | None = None) -> Paper:
    """What a document of this kind says, as the worker would collect it."""
    if kind == "conference_request":
        if not stage.conference_id:
            stage.drafted()
        with stage.as_(stage.counsellor) as actor:
            report = conference_request.request(actor, stage.conference_id, locale="id")
            return conference_request.collect(actor, report)
    run = run or run_of(stage, kind)
    with stage.as_(stage.counsellor) as actor:
        report = activity_documents.request(actor, run.activity_id, kind, locale="id")
        data = reports.COLLECTORS[kind](actor, report)
    assert isinstance(data, Paper)
    return data


def both(kind: str, data: Paper) -> Made:
    return Made(render_pdf(kind, data), render_docx(kind, data))


def beyond_the_margins(made: Made) -> list[tuple[int, str]]:
    """Letters outside; the space at the end of a line may hang over."""
    return [found for found in letters_outside_the_margins(made.pdf) if found[1].strip()]


def stretched(value, name: str):
    """The same paper with this name wherever a value stands."""
    if isinstance(value, Fact):
        return replace(value, value=name if value.value else "")
    if isinstance(value, Grid):
        return replace(value, rows=tuple(tuple(name for _ in row) for row in value.rows))
    if isinstance(value, Signer):
        return replace(value, person=replace(value.person, name=name, title=name, number=name[:40]))
    if isinstance(value, Address):
        return replace(value, recipient=tuple(name for _ in value.recipient))
    if isinstance(value, Section):
        return replace(
            value,
            facts=tuple(stretched(fact, name) for fact in value.facts),
            grid=stretched(value.grid, name) if value.grid else None,
            parts=tuple(stretched(part, name) for part in value.parts),
        )
    slip = value.slip
    if slip is not None:
        slip = replace(slip, sections=tuple(stretched(section, name) for section in slip.sections))
    return replace(
        value,
        sections=tuple(stretched(section, name) for section in value.sections),
        signers=tuple(stretched(signer, name) for signer in value.signers),
        address=stretched(value.address, name) if value.address else None,
        slip=slip,
    )


@EVERY_KIND
def test_letterhead_title_and_signatures_stand_where_they_belong(stage, kind):
    data = paper_of(stage, kind)
    made = both(kind, data).keep(kind)
    first, last = squeezed(made.pages[0]), squeezed(made.pages[-1])
    for part in ("PEMERINTAHKABUPATENCONTOHREJO", squeezed(data.letterhead.school_name.upper()), "No.12"):
        assert part in first
        assert part in squeezed(made.words)
    signers = {signer.person.name for signer in data.signers}
    assert (stage.principal.name in signers) is (kind not in UNSIGNED_BY_PRINCIPAL)
    assert (stage.counsellor.name in signers) is (kind != "visit_assignment")
    assert all(squeezed(name) in last for name in signers)
    assert all(name in made.words for name in signers)


@EVERY_KIND
def test_a_letter_bears_its_number_and_another_paper_none(stage, kind):
    data = paper_of(stage, kind)
    made = both(kind, data)
    numbered = "421.3/001/XI/2026"
    assert (numbered in made.pages[0]) is (numbered in made.words) is (kind in LETTERS)
    without = both(kind, replace(data, number=""))
    assert "Nomor" in without.pages[0]
    assert "Nomor" in without.words


@pytest.mark.parametrize("name", [LONG_NAME, ONE_WORD], ids=["words", "word"])
@EVERY_KIND
def test_names_of_two_hundred_letters_stay_inside_the_page(stage, kind, name):
    assert len(name) >= 200
    made = both(kind, stretched(paper_of(stage, kind), name)).keep(f"{kind}-{name[:4].lower()}")
    assert beyond_the_margins(made) == []
    assert squeezed(name) in squeezed(made.words)
    assert squeezed(name[:20]) in squeezed(made.pages[-1]), "the signatures"


def test_ten_participants_are_proposed_each_with_a_part(stage):
    people = tuple(
        Proposed("expert", "easing", f"Peran {number}", name=f"Ahli Rekaan {number}", position="Psikolog",
                 email=f"ahli{number}@contoh.example")
        for number in range(10)
    )  # fmt: skip
    stage.drafted(proposed=people)
    data = paper_of(stage, "conference_request")
    made = both("conference_request", data).keep("conference_request-ten")
    for number in range(10):
        for text in (made.text, made.words):
            assert f"Ahli Rekaan {number}" in text
            assert f"Peran {number}" in text
    assert STUDENT not in made.text
    assert STUDENT not in made.words
    assert "Z.C." in made.text
    assert beyond_the_margins(made) == []


def test_a_letter_of_three_pages_is_signed_on_the_last_and_names_itself_on_each(stage):
    run = run_of(stage, "referral_letter")
    run.record("preparation.reason", so_far="Kalimat rekaan tentang layanan yang telah diberikan.\n" * 90)
    data = paper_of(stage, "referral_letter", run)
    made = both("referral_letter", data).keep("referral_letter-long")
    assert len(made.pages) == 3
    assert [f"Halaman {number} dari 3" in page for number, page in enumerate(made.pages, 1)] == [True] * 3
    assert all("Surat Alih Tangan Kasus" in page for page in made.pages[1:])
    assert stage.principal.name in made.pages[2]
    assert stage.principal.name not in made.pages[1]
    assert beyond_the_margins(made) == []


def test_the_running_head_shows_the_whole_of_every_letter(stage):
    """Letters that reach below the line have ink down to their end."""
    pdf = pypdfium2.PdfDocument(render_pdf("visit_form", paper_of(stage, "visit_form")))
    page = pdf[1]
    text = page.get_textpage()
    head = text.get_text_range(0, len("Formulir Kunjungan Rumah"))
    assert head == "Formulir Kunjungan Rumah"
    scale, high = 8, page.get_height()
    picture = page.render(scale=scale).to_pil().convert("L")
    for at in (index for index, letter in enumerate(head) if letter in "jg"):
        left, bottom, right, top = text.get_charbox(at)
        low = bottom + (top - bottom) * 0.15
        box = (left * scale, (high - low) * scale, right * scale, (high - bottom) * scale)
        assert picture.crop(tuple(round(side) for side in box)).getextrema()[0] < 160, head[at]


@EVERY_KIND
def test_the_pdf_is_tagged_in_its_language_and_its_text_can_be_taken_out(stage, kind):
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(kind, paper_of(stage, kind))))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]).startswith("id")
    assert reader.metadata.title
    for page in reader.pages:
        text = page.extract_text()
        assert len(text.split()) > 10
        assert "�" not in text


@EVERY_KIND
def test_the_word_file_is_whole_and_says_what_the_pdf_says(stage, kind):
    made = both(kind, paper_of(stage, kind))
    package = zipfile.ZipFile(io.BytesIO(made.docx))
    assert package.testzip() is None
    for name in package.namelist():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(package.read(name))
    document = Document(io.BytesIO(made.docx))
    assert document.core_properties.title
    assert document.core_properties.author == paper_of(stage, kind).letterhead.school_name
    printed = squeezed(made.text).replace("-", "")
    lines = (squeezed(line.strip("☐ .")).replace("-", "") for line in words_of(made.docx).split("\n"))
    missing = [line for line in lines if line and line[:25] not in printed and line[-12:] not in printed]
    assert missing == []


@pytest.mark.parametrize("kind", LETTERS)
def test_what_goes_to_others_holds_no_impression_and_no_word_of_the_team(stage, kind):
    """Tested on the bytes of both files, unpacked."""
    run = run_of(stage, kind)
    if "execution" in {part.key for part in run.procedure.stages}:
        run.record("planning.case_and_student", topic="RAHASIATOPIK")
        run.record("planning.topics_and_roles", topics="RAHASIAMATERI")
        with stage.as_(stage.counsellor) as actor:
            path = "execution.problem_discussed"
            activity_entries.add(actor, run.activity_id, path, {"text": "RAHASIAKESAN"}, nature="impression")
    if kind == "advocacy_letter":
        run.record("influence.decision_maker", why="RAHASIASEBAB")
        run.record("influence.behaviour_defined", text="RAHASIAPERILAKU")
    if kind == "referral_letter":
        run.record("preparation.consent", basis="safety", because="RAHASIASEBAB")
    with stage.as_(stage.counsellor) as actor:
        number = access.get_case(actor, stage.case_id, need=access.Permission.CASE_READ).number
    made = both(kind, paper_of(stage, kind, run))
    for secret in ("RAHASIA", number, "Ringkasan rekaan"):
        assert not any(secret.encode() in part for part in made.parts), secret
        assert secret not in made.text
        assert secret not in made.words


def test_a_notice_and_its_slip_fit_on_one_sheet_also_where_all_signers_have_numbers(stage):
    data = paper_of(stage, "visit_notice")
    numbers = {"number_label": "NIP.", "number": "197001011995122001"}
    signers = tuple(replace(signer, person=replace(signer.person, **numbers)) for signer in data.signers)
    made = both("visit_notice", replace(data, signers=signers)).keep("visit_notice-full")
    assert len(made.pages) == 1
    assert "LEMBAR PERSETUJUAN KUNJUNGAN RUMAH" in made.text
