"""Minutes and attendance list of a conference as the worker makes them, kept as pages to look at."""

from __future__ import annotations

import pytest

from tests.conference_world import Meeting
from tests.papers.made import Made
from tests.reports.printed import letters_outside_the_margins
from tests.services.stage import STUDENT
from webapp.services import documents


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world, city="Contohrejo", letterhead_line1="Pemerintah Kabupaten Contohrejo")


@pytest.mark.parametrize("kind", ["minutes", "attendance"])
def test_a_paper_of_a_conference_stays_inside_its_page_in_both_forms(stage, kind):
    stage.documented()
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        paper = Made(
            *(
                documents.open_document(actor, stage.extra[kind], form=form).content
                for form in ("pdf", "docx")
            )
        )
    paper.keep(kind)
    assert [found for found in letters_outside_the_margins(paper.pdf) if found[1].strip()] == []
    for text in (paper.text, paper.words):
        assert stage.teacher.name in text
        assert stage.counsellor.name in text
        assert (STUDENT in text) is (kind == "minutes")
