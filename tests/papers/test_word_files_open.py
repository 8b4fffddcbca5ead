"""Every Word file opens in a word processor, and says there what it says in the file."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pypdf
import pytest

from tests.activity_world import Run
from tests.papers.moves import KINDS
from tests.papers.test_paper_layout import LONG_NAME, paper_of, stretched
from tests.reports.printed import squeezed
from tests.reports.samples import ATTENDANCE, INVITATION, MINUTES
from tests.reports.test_docx import words_of
from tests.services.stage import Stage
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.procedures import PROCEDURES
from webapp.reports.docx import WRITERS, render_docx

REPORTS = {
    HOME_VISIT.key: ("visit_report", "visit_report_copy"),
    ADVOCACY.key: ("advocacy_report", "advocacy_report_copy"),
}
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")

pytestmark = pytest.mark.skipif(
    OFFICE is None and os.environ.get("CI") != "true", reason="needs LibreOffice (`make office`)"
)


def opened(files: dict[str, bytes], folder: Path) -> dict[str, str]:
    """The text of each file as LibreOffice lays it out; KeyError for one that it could not open."""
    assert OFFICE is not None
    for name, content in files.items():
        (folder / f"{name}.docx").write_bytes(content)
    command = [OFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    names = [str(folder / f"{name}.docx") for name in files]
    subprocess.run(
        [*command, "--convert-to", "pdf", "--outdir", str(folder), *names],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return {name: _text((folder / f"{name}.pdf").read_bytes()) for name in files}


def comparable(text: str) -> str:
    """Without blanks, and without the boxes to tick, which come out of another font."""
    return squeezed(text).replace("☐", "")


def _text(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.timeout(240)
def test_every_kind_opens_in_a_word_processor_with_all_its_words(world, tmp_path):
    stage = Stage.build(world, city="Contohrejo", letter_number_pattern="421.3/{nomor:03}/{tahun}")
    data = {"invitation": INVITATION, "minutes": MINUTES, "attendance": ATTENDANCE}
    data |= {kind: paper_of(stage, kind) for kind in (*KINDS, "conference_request")}
    data |= {
        kind: paper_of(stage, kind, Run(stage, PROCEDURES[key]).started().filled())
        for key, kinds in REPORTS.items()
        for kind in kinds
    }
    files = {kind: render_docx(kind, value) for kind, value in data.items()}
    files["long"] = render_docx("visit_notice", stretched(data["visit_notice"], LONG_NAME))
    texts = opened(files, tmp_path)
    assert set(WRITERS) - set(files) == {"recap", "involvement"}, "their papers are tables of the same kind"
    for name, content in files.items():
        shown = comparable(texts[name])
        lost = [line for line in words_of(content).split("\n") if comparable(line) not in shown]
        assert not lost, f"{name}: {lost[:3]}"
