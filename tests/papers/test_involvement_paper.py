"""The school's involvement figures on paper: the numbers of the page, drawn and as tables."""

from __future__ import annotations

import io

import pypdfium2
import pytest

from tests.factories import MONDAY
from tests.papers.made import finished
from tests.reports.test_render import letters_outside_the_margins
from tests.services.stage import Stage
from tests.services.test_involvement import OCTOBER, held
from webapp.domain.errors import Forbidden
from webapp.services import involvement_report

GUESTS = (("yes", "present", {}), ("yes", "absent", {}), ("pending", "absent", {}), ("no", "absent", {}))
PROMISES = ("done", "accepted", "proposed")
SAID = {
    "id": ("KETERLIBATAN DALAM KONFERENSI KASUS", "Desember 2025 sampai dengan November 2026", "Oktober 2026",
           "3 (75 %)", "1 (25 %)", "Undangan dan kehadiran", "Komitmen ditepati"),
    "en": ("INVOLVEMENT IN CASE CONFERENCES", "December 2025 to November 2026", "October 2026",
           "3 (75 %)", "1 (25 %)", "Invitations and attendance", "Promises kept"),
}  # fmt: skip


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world, city="Contohrejo")


def asked(stage: Stage, by, locale: str) -> int:
    with stage.as_(by) as actor:
        return involvement_report.request(actor, locale=locale).id


@pytest.mark.parametrize("locale", ["id", "en"])
def test_the_paper_tells_what_the_page_tells_and_is_drawn(world, stage, locale):
    held(world, stage.school, stage.counsellor, OCTOBER, *GUESTS, promises=PROMISES)
    other = Stage.build(world, city="Lain")
    held(world, other.school, other.counsellor, OCTOBER, *GUESTS, *GUESTS)
    paper = finished(stage, asked(stage, stage.counsellor, locale)).keep(f"involvement-{locale}")
    for part in SAID[locale]:
        assert part in paper.text
        assert part in paper.words
    assert stage.principal.name in paper.text
    assert letters_outside_the_margins(paper.pdf) == []
    assert drawn(paper.pdf)
    assert "Dua belas" not in paper.text if locale == "en" else "The last" not in paper.text


def drawn(pdf: bytes) -> bool:
    """Whether the first page holds a picture: paths that are filled in another colour than black and grey."""
    page = pypdfium2.PdfDocument(io.BytesIO(pdf))[0]
    colours = page.render(scale=1).to_pil().convert("RGB").getcolors(100_000)
    return any(max(colour) - min(colour) > 40 for _, colour in colours)


def test_a_school_without_a_conference_gets_a_paper_that_says_so(stage):
    paper = finished(stage, asked(stage, stage.counsellor, "id"))
    assert "Tidak ada konferensi dalam dua belas bulan terakhir." in paper.text
    assert not drawn(paper.pdf)


def test_the_paper_is_for_those_who_may_read_the_figures_and_asked_for_on_their_page(world, stage):
    operator = world.person(stage.school, "school_admin")
    with stage.as_(operator) as actor, pytest.raises(Forbidden):
        involvement_report.request(actor, locale="id")
    client, home = stage.principal.client(), f"/s/{stage.school.slug}/involvement/"
    assert "involvement/paper" not in client.get(home).text, "nothing to print yet"
    held(world, stage.school, stage.counsellor, MONDAY, *GUESTS)
    assert "involvement/paper" in client.get(home).text
