"""Document data to PDF with Typst.

Data reach the template as one JSON input and are only ever shown as strings, so no text can become markup.
The PDFs are tagged (PDF/A-2a and PDF/UA-1), use only the typefaces inside the typst wheel, and are the same
bytes for the same data on every machine.

Templates live in templates/reports/v<version>/. Once documents have been issued with a version, its folder
stays as it is: a change of wording or layout is a new folder and a new default of `template_version`.
"""

from __future__ import annotations

import json
import re
import threading
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import typst

from webapp.domain.vocabulary import Term, Vocabulary
from webapp.reports.data import DOCUMENTS
from webapp.reports.kinds import ReportData
from webapp.reports.printable import printable

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "reports"
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
_UNDISPLAYABLE = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_of_thread = threading.local()


def render_pdf(kind: str, data: ReportData, locale: str = "id") -> bytes:
    """The document as PDF (A4) in `locale` ("id" or "en"); the same data give the same bytes.

    Characters that no bundled typeface has are printed as □, and the foot of the page says so. KeyError for
    an unknown kind, FileNotFoundError for a template version that is not installed.
    """
    folder = TEMPLATES / f"v{data.template_version}"
    labels = {term.key: term.label(locale) for term in document_labels(data.template_version)}
    missing: frozenset[str] = frozenset()
    while True:
        document = {
            "title": DOCUMENTS[kind].title.label(locale),
            "language": locale,
            "zone": data.frozen_at.astimezone(ZoneInfo(data.timezone)).strftime("%Z"),
            "labels": labels,
            "substituted": bool(missing),
            "data": printable(data, locale, data.timezone, missing),
        }
        try:
            return compile_pdf(folder / DOCUMENTS[kind].template, document, int(data.frozen_at.timestamp()))
        except typst.TypstError as error:
            also_missing = _undisplayable(error) - missing
            if not also_missing:
                raise
            missing |= also_missing


def file_name(kind: str, data: ReportData, locale: str = "id", *, form: str = "pdf") -> str:
    """A name for the file made of its kind, the case number and the day; never of a person's name."""
    number = re.sub(r"[^A-Za-z0-9]+", "-", data.case_number).strip("-")
    parts = (DOCUMENTS[kind].file_stem.label(locale), number, data.held_on.isoformat())
    return "-".join(part for part in parts if part) + f".{form}"


@lru_cache
def document_labels(version: int) -> Vocabulary:
    """The fixed words of one template version, in both languages."""
    table = tomllib.loads((TEMPLATES / f"v{version}" / "labels.toml").read_text("utf-8"))
    return Vocabulary(*(Term(key, words["id"], words["en"]) for key, words in table.items()))


def compile_pdf(template: Path, document: dict, timestamp: int) -> bytes:
    """PDF of one template; `timestamp` in UNIX seconds. typst.TypstError when it cannot be set."""
    if not template.is_file():
        raise FileNotFoundError(template.name)
    # A compiler keeps its inputs between calls: one per thread, so that two documents never mix.
    compiler = getattr(_of_thread, "compiler", None)
    if compiler is None:
        fonts = typst.Fonts(include_system_fonts=False)
        compiler = _of_thread.compiler = typst.Compiler(root=TEMPLATES, font_paths=fonts)
    inputs = {"document": json.dumps(document, ensure_ascii=False)}
    pdf = compiler.compile(
        template, format="pdf", sys_inputs=inputs, pdf_standards=STANDARDS, timestamp=timestamp
    )
    return cast(bytes, pdf)


def _undisplayable(error: typst.TypstError) -> frozenset[str]:
    """Characters that the compiler names as absent from every typeface; empty for any other error."""
    named: set[str] = set()
    for escaped in _UNDISPLAYABLE.findall(error.diagnostic):
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], escaped)
        named.update(_to_replace(text))
    return frozenset(named)


def _to_replace(cluster: str) -> str:
    # Only the marks of a cluster go at first: its letter may well be in a typeface without them.
    beyond_ascii = "".join(character for character in cluster if not character.isascii())
    marks = "".join(
        character for character in beyond_ascii if unicodedata.category(character).startswith("M")
    )
    return marks if marks and len(marks) < len(cluster) else beyond_ascii
