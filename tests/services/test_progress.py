"""The monitoring report of a case: behaviours over time, with the picture's numbers, for the team alone."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from tests.factories import csrf_token
from tests.monitoring_world import Watched
from webapp import tenancy
from webapp.domain.errors import NotFound
from webapp.models.background import Report
from webapp.services import documents, progress, reports


@pytest.fixture
def watched(world):
    watched = Watched.build(world)
    watched.goal(2, 4, behaviour="Menyapa teman rekaan.")
    watched.promise(days=3)
    return watched


def actor_of(watched: Watched, person=None):
    return (person or watched.counsellor).at(watched.place, when=watched.now)


def made(watched: Watched, locale: str) -> str:
    actor = actor_of(watched)
    with watched.world.app.app_context():
        with tenancy.work(actor):
            report_id = progress.request(actor, watched.case_id, locale=locale).id
            assert progress.request(actor, watched.case_id, locale=locale).id == report_id
        assert reports.run(tenancy.system(watched.place.id, watched.now), report_id)
        with tenancy.work(actor):
            pdf = documents.open_document(actor, report_id).content
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("id", ("Laporan Pemantauan Kasus".upper(), "Rahasia: hanya untuk tim kasus", "Dipantau")),
        (
            "en",
            ("Monitoring Report of a Case".upper(), "Confidential: for the case team only", "Being watched"),
        ),
    ],
)
def test_the_report_says_what_was_observed_and_promised(watched, locale, words):
    text = made(watched, locale)
    for said in (*words, watched.number, "Menyapa teman rekaan."):
        assert said in text, said
    for row in ("1. ", "2. "):
        assert row in text


def test_only_the_team_makes_and_opens_it(world, watched):
    made(watched, "id")
    foreign = Watched.build(world)
    colleague, principal = world.person(watched.place, "counsellor"), world.person(watched.place, "principal")
    with world.app.app_context():
        for actor in (actor_of(watched, colleague), actor_of(watched, principal), actor_of(foreign)):
            with tenancy.work(actor):
                with pytest.raises(NotFound):
                    progress.request(actor, watched.case_id, locale="id")
                assert tenancy.session.scalars(select(Report.id).where(Report.kind == "progress")).all() == []


def test_the_case_page_draws_the_course_gives_its_numbers_and_asks_for_the_report(world, watched):
    client = watched.counsellor.client()
    address = f"/s/{watched.place.slug}/cases/{watched.case_id}/"
    page = client.get(address).text
    assert "<figure" in page
    assert "From 1 (not seen) to 5 (always)" in page
    assert page.count('class="numeric">2</td>') == page.count('class="numeric">4</td>') == 1
    answer = client.post(f"{address}progress-report", data={"csrf_token": csrf_token(page)})
    assert answer.status_code == 303
    assert "Monitoring Report of a Case" in client.get(answer.location).text
    unwatched = Watched.build(world)
    bare = unwatched.counsellor.client().get(f"/s/{unwatched.place.slug}/cases/{unwatched.case_id}/").text
    assert "progress-report" not in bare
