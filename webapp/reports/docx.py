"""Document data to DOCX, for letters that a school still wants to edit.

Same data, same words and same version as the PDF: only the renderer is another one. What people typed is only
ever set as the text of a run, so it cannot become markup. The same data give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from docx import Document
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Emu, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from webapp.reports.data import DOCUMENTS, ReportData
from webapp.reports.letterhead import Letterhead
from webapp.reports.logos import picture_size
from webapp.reports.printable import printable
from webapp.reports.render import document_labels

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOTS = "." * 40
_TYPEFACE = "Times New Roman"
_WIDTH = 16.3  # cm between the margins
_LOGO_SIDE = Cm(2.2)
_SOI = b"\xff\xd8"
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier moment; a fixed one keeps the bytes the same


def render_docx(kind: str, data: ReportData, locale: str = "id") -> bytes:
    """The document as DOCX (A4) in `locale`, for a kind in WRITERS; KeyError for another."""
    labels = {term.key: term.label(locale) for term in document_labels(data.template_version)}
    zone = data.frozen_at.astimezone(ZoneInfo(data.timezone)).strftime("%Z")
    letter = _Letter(labels, printable(data, locale, data.timezone), zone, locale)
    letter.set_up(DOCUMENTS[kind].title.label(locale), data)
    letter.letterhead(data.letterhead)
    WRITERS[kind](letter)
    return letter.saved()


class _Letter:
    """A document that is written from top to bottom; `d` are its values and `t` its fixed words, as text."""

    def __init__(self, labels: dict[str, str], values: dict[str, Any], zone: str, locale: str) -> None:
        self.t, self.d = labels, values
        self.locale = locale
        end = labels["until_end"] if values["ended_at"] is None else f"{values['ended_at']} {zone}"
        start = f"{values['started_at']} {zone}" if values["ended_at"] is None else values["started_at"]
        self.time = f"{start} {labels['until']} {end}"
        self.word: Word = Document()

    def set_up(self, title: str, data: ReportData) -> None:
        """Page, typeface, language and properties; no name of a person stands in the properties."""
        section = self.word.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.top_margin = section.bottom_margin = Cm(2)
        section.left_margin, section.right_margin = Cm(2.5), Cm(2.2)
        style = self.word.styles["Normal"]
        style.font.name, style.font.size = _TYPEFACE, Pt(11)
        style.paragraph_format.space_after = Pt(6)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(script), _TYPEFACE)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "en-GB" if self.locale == "en" else "id-ID")
        style.element.rPr.append(language)
        properties = self.word.core_properties
        properties.title, properties.author = title, self.d["letterhead"]["school_name"]
        properties.comments = properties.last_modified_by = ""
        properties.created = properties.modified = data.frozen_at.replace(tzinfo=None)

    def letterhead(self, head: Letterhead) -> None:
        """Kop surat: two logo slots, the school's lines, a double rule."""
        shown = self.d["letterhead"]
        has_logos = bool(head.logo_left or head.logo_right)
        wing = 2.5 if has_logos else 0.0
        columns = (wing, _WIDTH - 2 * wing, wing) if has_logos else (_WIDTH,)
        cells = self.columns(*columns)
        if has_logos:
            _picture(cells[0], head.logo_left, self.t["logo_left"], WD_ALIGN_PARAGRAPH.LEFT)
            _picture(cells[2], head.logo_right, self.t["logo_right"], WD_ALIGN_PARAGRAPH.RIGHT)
        middle = cells[len(cells) // 2]
        middle.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        lines = [(shown["line1"].upper(), 12.5, False), (shown["line2"].upper(), 12.5, False)]
        lines += [(shown["school_name"].upper(), 16, True), (shown["address"], 9.5, False)]
        for names in (("npsn", "phone"), ("email", "website")):
            known = [f"{self.t[name]} {shown[name]}" for name in names if shown[name]]
            lines.append((" · ".join(known), 9.5, False))
        paragraph = middle.paragraphs[0]
        for number, (text, size, bold) in enumerate(line for line in lines if line[0]):
            if number:
                paragraph = middle.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.space_after = Pt(0)
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(size), bold
        _rule(self.line("", after=10))

    def line(self, text: str, *, bold: bool = False, after: float = 6, center: bool = False) -> Paragraph:
        """A paragraph of its own."""
        paragraph = self.word.add_paragraph()
        paragraph.add_run(text).bold = bold
        paragraph.paragraph_format.space_after = Pt(after)
        if center:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        return paragraph

    def facts(self, *pairs: tuple[str, str], label_width: float = 3.4, indent: float = 0.75) -> None:
        """Labelled facts, one below the other."""
        table = self._table(label_width, 0.5, _WIDTH - indent - label_width - 0.5, indent=indent)
        for label, value in pairs:
            for cell, text in zip(table.add_row().cells, (label, ":", value), strict=True):
                cell.paragraphs[0].paragraph_format.space_after = Pt(2)
                cell.paragraphs[0].add_run(text)
        self.line("", after=2)

    def columns(self, *widths: float) -> list[_Cell]:
        """One row of cells without lines; widths in cm."""
        return list(self._table(*widths).add_row().cells)

    def _table(self, *widths: float, indent: float = 0.0) -> Table:
        table = self.word.add_table(rows=0, cols=len(widths))
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        # Words of a table begin where the words around it begin.
        margins = OxmlElement("w:tblCellMar")
        for side in ("w:left", "w:right"):
            margins.append(_length(side, 0))
        properties = table._tbl.tblPr
        properties.insert_element_before(_length("w:tblInd", Cm(indent).twips), "w:tblLayout", "w:tblLook")
        properties.insert_element_before(margins, "w:tblLook")
        return table

    def signatures(self) -> None:
        """Principal at the left, counsellor at the right, with room for a pen."""
        left, right = self.columns(_WIDTH / 2, _WIDTH / 2)
        town = f"{self.d['town']}, " if self.d["town"] else ""
        _signatory(left, self.d["principal"], self.t["acknowledged"])
        _signatory(right, self.d["counsellor"], town + self.d["signed_on"]["long"])

    def new_page(self) -> None:
        """What follows begins on a sheet of its own."""
        self.word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def saved(self) -> bytes:
        """The bytes, with the same moment on every part."""
        raw, fixed = io.BytesIO(), io.BytesIO()
        self.word.save(raw)
        with zipfile.ZipFile(raw) as parts, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as package:
            for name in parts.namelist():
                part = zipfile.ZipInfo(name, _EARLIEST)
                part.compress_type = zipfile.ZIP_DEFLATED
                package.writestr(part, parts.read(name))
        return fixed.getvalue()


def _invitation(letter: _Letter) -> None:
    t, d = letter.t, letter.d
    number = d["number"] or DOTS
    held_on = f"{d['held_on']['weekday']}, {d['held_on']['long']}"
    letter.facts(
        (t["number"], number),
        (t["enclosures"], t["slip"]),
        (t["subject"], t["subject_invitation"]),
        label_width=2.2,
        indent=0.0,
    )
    recipient = letter.word.add_paragraph(f"{t['honoured']} ")
    recipient.add_run(d["recipient"]).bold = True
    recipient.add_run("".join(f"\n{line}" for line in (d["relation"], t["at_home"]) if line))
    letter.line(t["greeting"])
    letter.line(t["invites"])
    letter.facts(
        (t["held_on"], held_on),
        (t["time"], letter.time),
        (t["place"], d["place"]),
        (t["purpose"], d["purpose"]),
    )
    letter.line(t["please_come"])
    if d["letterhead"]["phone"]:
        letter.line(t["call_school"].replace("{phone}", d["letterhead"]["phone"]))
    letter.line(t["closing_invitation"], after=14)
    letter.signatures()
    letter.new_page()
    letter.line(t["slip"].upper(), bold=True, center=True)
    letter.line(t["slip_return"], center=True, after=12)
    letter.facts(
        (t["number"], number),
        (t["slip_to"], d["recipient"]),
        (t["slip_meeting"], f"{held_on}, {letter.time}"),
    )
    letter.line(t["slip_answer"], bold=True)
    for choice in (t["slip_yes"], t["slip_no"], f"{t['slip_other_time']} {DOTS}"):
        letter.line(f"☐  {choice}")
    letter.line(f"{t['slip_message']} {DOTS}{DOTS}", after=14)
    letter.line(t["slip_pledge"], bold=True)
    letter.line(t["slip_promise"])
    for promise in (t["slip_promise_1"], t["slip_promise_2"], t["slip_promise_3"]):
        letter.word.add_paragraph(promise, style="List Bullet")
    letter.line("", after=6)
    for label in (t["slip_date"], t["slip_signature"], t["slip_name"]):
        letter.facts((label, DOTS))


WRITERS: dict[str, Callable[[_Letter], None]] = {"invitation": _invitation}
"""Kinds of document that are also made as DOCX."""


def _signatory(cell: _Cell, person: dict[str, str], above: str) -> None:
    first = cell.paragraphs[0]
    first.add_run(f"{above}\n{person['title']}")
    first.paragraph_format.space_after = Pt(44)
    name = cell.add_paragraph()
    run = name.add_run(person["name"] or DOTS)
    run.bold = run.underline = bool(person["name"])
    if person["number_label"]:
        name.add_run(f"\n{person['number_label']} {person['number'] or DOTS}")


def _picture(cell: _Cell, picture: bytes | None, description: str, side: WD_ALIGN_PARAGRAPH) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.alignment = side
    if picture is None:
        return
    wide, high = picture_size(picture)
    scale = min(_LOGO_SIDE / max(wide, 1), _LOGO_SIDE / max(high, 1))
    # Both sides are named: from a picture's own resolution, which may be nonsense, nothing is reckoned.
    shape = paragraph.add_run().add_picture(
        io.BytesIO(_known_jpeg(picture) if picture.startswith(_SOI) else picture),
        width=Emu(max(int(wide * scale), 1)),
        height=Emu(max(int(high * scale), 1)),
    )
    shape._inline.docPr.set("descr", description)


def _known_jpeg(picture: bytes) -> bytes:
    """The same picture with a JFIF head, by which python-docx knows one, and without a camera's notes."""
    kept, at = b"", len(_SOI)
    while at + 4 <= len(picture) and (0xE0 <= picture[at + 1] <= 0xEF or picture[at + 1] == 0xFE):
        end = at + 2 + int.from_bytes(picture[at + 2 : at + 4])
        if picture[at + 1] not in (0xE0, 0xE1):
            kept += picture[at:end]
        at = end
    return _SOI + _JFIF + kept + picture[at:]


def _length(tag: str, twips: int) -> BaseOxmlElement:
    element = OxmlElement(tag)
    element.set(qn("w:w"), str(twips))
    element.set(qn("w:type"), "dxa")
    return element


def _rule(paragraph: Paragraph) -> None:
    borders = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "thickThinSmallGap"), ("sz", "24"), ("space", "1"), ("color", "auto")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    # Word minds the order of these.
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc"
    )
