"""A Word document that is written from top to bottom on the school's letterhead.

What people typed is only ever set as the text of a run, so it cannot become markup. The same data give the
same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Emu, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from webapp.reports.kinds import ReportData
from webapp.reports.letterhead import Letterhead
from webapp.reports.logos import picture_size

DOTS = "." * 40
_TYPEFACE = "Times New Roman"
WIDTH = 16.3  # cm between the margins
_LOGO_SIDE = Cm(2.2)
_SOI = b"\xff\xd8"
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier moment; a fixed one keeps the bytes the same


class Letter:
    """A document that is written from top to bottom; `d` are its values and `t` its fixed words, as text."""

    def __init__(self, labels: dict[str, str], values: dict[str, Any], zone: str, locale: str) -> None:
        self.t, self.d = labels, values
        self.locale, self.title = locale, ""
        self.zone = zone
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
        self.title = title
        properties = self.word.core_properties
        properties.title, properties.author = title, self.d["letterhead"]["school_name"]
        properties.comments = properties.last_modified_by = ""
        properties.created = properties.modified = data.frozen_at.replace(tzinfo=None)

    def letterhead(self, head: Letterhead) -> None:
        """Kop surat: two logo slots, the school's lines, a double rule."""
        shown = self.d["letterhead"]
        has_logos = bool(head.logo_left or head.logo_right)
        wing = 2.5 if has_logos else 0.0
        columns = (wing, WIDTH - 2 * wing, wing) if has_logos else (WIDTH,)
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

    def headline(self) -> None:
        """The title in capitals, and below it the number or a line for it."""
        self.line(self.title.upper(), bold=True, after=2, center=True)
        if self.d["number"] is not None:
            self.line(f"{self.t['number']}: {self.d['number'] or DOTS}", after=12, center=True)

    def time(self) -> str:
        """From when until when a meeting lasts, on the school's clock."""
        t, d = self.t, self.d
        if d["ended_at"] is None:
            return f"{d['started_at']} {self.zone} {t['until']} {t['until_end']}"
        return f"{d['started_at']} {t['until']} {d['ended_at']} {self.zone}"

    def line(
        self,
        text: str,
        *,
        bold: bool = False,
        after: float = 6,
        center: bool = False,
        keep: bool = False,
        at_the_right: str = "",
    ) -> Paragraph:
        """A paragraph of its own; `keep`: never the last one of a page. `at_the_right`: small words there."""
        paragraph = self.word.add_paragraph()
        paragraph.add_run(text).bold = bold
        if at_the_right:
            paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(WIDTH), WD_TAB_ALIGNMENT.RIGHT)
            paragraph.add_run(f"\t{at_the_right}").font.size = Pt(9.5)
        paragraph.paragraph_format.space_after = Pt(after)
        paragraph.paragraph_format.keep_with_next = keep
        if center:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        return paragraph

    def facts(self, *pairs: tuple[str, str], label_width: float = 3.4, indent: float = 0.75) -> None:
        """Labelled facts, one below the other."""
        table = self._table(label_width, 0.5, WIDTH - indent - label_width - 0.5, indent=indent)
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

    def grid(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[int],
        *,
        pen_rows: int = 0,
        row_height: float | None = None,
        sums: Sequence[str] = (),
    ) -> None:
        """A table with lines and a head that is repeated on every page; its lines are numbered, save that of
        the sums. `pen_rows` are empty lines, high enough to write in; `row_height`, in cm, is the least
        height of the others."""
        number_width = 1.0
        share = (WIDTH - number_width) / max(sum(widths), 1)
        columns = [number_width, *(width * share for width in widths)]
        table = self._table(*columns)
        table.style = "Table Grid"
        head = table.add_row()
        head._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for cell, text, width in zip(head.cells, (self.t["row"], *heads), columns, strict=True):
            _cell(cell, text, width, bold=True)
        for number, row in enumerate(rows, start=1):
            line = table.add_row()
            line.height = None if row_height is None else Cm(row_height)
            for cell, text, width in zip(line.cells, (f"{number}.", *row), columns, strict=True):
                _cell(cell, text, width)
        for number in range(len(rows) + 1, len(rows) + pen_rows + 1):
            empty = table.add_row()
            empty.height = Cm(0.95)
            texts = (f"{number}.", *("" for _ in heads))
            for cell, text, width in zip(empty.cells, texts, columns, strict=True):
                _cell(cell, text, width)
        if sums:
            for cell, text, width in zip(table.add_row().cells, ("", *sums), columns, strict=True):
                _cell(cell, text, width, bold=True)
        self.line("", after=2)

    def signatures(self, *signers: tuple[str, dict[str, str]]) -> None:
        """Who signs, with the words above: two to a row, one alone at the right, with room for a pen."""
        seats = [None, *signers] if len(signers) == 1 else list(signers)
        for start in range(0, len(seats), 2):
            for cell, seat in zip(self.columns(WIDTH / 2, WIDTH / 2), seats[start : start + 2], strict=False):
                if seat is not None:
                    _signatory(cell, seat[1], seat[0], self.t["signed_off_at"])

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


def _signatory(cell: _Cell, person: dict[str, str], above: str, signed_off: str) -> None:
    first = cell.paragraphs[0]
    first.add_run(f"{above}\n{person['title']}")
    first.paragraph_format.space_after = Pt(44)
    if person["signed_at"]:
        first.paragraph_format.space_after = Pt(12)
        signed = cell.add_paragraph()
        run = signed.add_run(f"{signed_off}\n{person['signed_at']}")
        run.italic, run.font.size = True, Pt(9)
        signed.paragraph_format.space_after = Pt(12)
    name = cell.add_paragraph()
    run = name.add_run(person["name"] or DOTS)
    run.bold = run.underline = bool(person["name"])
    if person["number_label"]:
        name.add_run(f"\n{person['number_label']} {person['number'] or DOTS}")


def _cell(cell: _Cell, text: str, width: float, *, bold: bool = False) -> None:
    cell.width = Cm(width)
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(10)


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
