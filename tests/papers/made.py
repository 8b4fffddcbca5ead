"""Papers made as the worker makes them, read back as text, and kept as pictures."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pypdf
import pypdfium2

from tests.activity_world import Run
from tests.factories import MONDAY
from tests.reports.test_docx import words_of
from webapp import tenancy
from webapp.services import activity_documents, documents, reports

PICTURES = Path(__file__).resolve().parents[2] / "build" / "papers"


@dataclass(frozen=True)
class Made:
    """One finished paper in both of its forms; `text` and `words` with single spaces."""

    pdf: bytes
    docx: bytes

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pages).split())

    @property
    def pages(self) -> list[str]:
        return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(self.pdf)).pages]

    @property
    def words(self) -> str:
        return " ".join(words_of(self.docx).split())

    @property
    def parts(self) -> list[bytes]:
        """Everything that the two files hold, unpacked: parts of the DOCX, objects of the PDF."""
        package = zipfile.ZipFile(io.BytesIO(self.docx))
        reader = pypdf.PdfReader(io.BytesIO(self.pdf))
        numbers = range(1, int(reader.trailer["/Size"]))
        objects = [reader.get_object(number) for number in numbers]
        streams = [item.get_data() for item in objects if hasattr(item, "get_data")]
        return [*(package.read(name) for name in package.namelist()), *streams, repr(objects).encode()]

    def keep(self, name: str) -> Made:
        """Keep a picture of every page under build/papers, for people to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(pypdfium2.PdfDocument(self.pdf), start=1):
            page.render(scale=1.4).to_pil().save(PICTURES / f"{name}-{number}.png")
        return self


def made(
    run: Run, kind: str, locale: str = "id", *, with_impressions: bool = False, minute: int = 0
) -> Made:
    """Ask for a document of a run as its counsellor, `minute` after nine, and let the worker make it."""
    stage = run.stage
    with stage.as_(stage.counsellor, when=stage.now + timedelta(minutes=minute)) as actor:
        report_id = activity_documents.request(
            actor, run.activity_id, kind, locale=locale, with_impressions=with_impressions
        ).id
    return finished(stage, report_id)


def finished(stage, report_id: int, *, at: datetime = MONDAY + timedelta(minutes=90)) -> Made:
    """Let the worker make a document that was asked for before that moment."""
    with stage.world.app.app_context():
        assert reports.run(tenancy.system(stage.school.id, at), report_id)
    with stage.as_(stage.counsellor) as actor:
        assert documents.get_document(actor, report_id).state.key == "ready"
        files = [documents.open_document(actor, report_id, form=form) for form in ("pdf", "docx")]
        return Made(*(file.content for file in files))
