"""Reports of the services: whatever was declared is in them, and outsiders' copies tell no impression."""

from __future__ import annotations

from datetime import date

import pytest

from tests.activity_world import Run
from tests.factories import MONDAY
from tests.papers.made import Made, made
from tests.reports.printed import letters_outside_the_margins, squeezed
from tests.services.stage import STUDENT, Stage
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.procedures import FRAMED
from webapp.reports.wording import wording
from webapp.services import activity_entries, activity_fields, advocacy_report
from webapp.services.activity_sections import Record

LANGUAGES = pytest.mark.parametrize("locale", ["id", "en"])
FINDINGS = "execution.data_completed"
ANSWERS = ("ethics", "statute")
"""With these answers an advocacy goes through the stages that handle a breach."""


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world, city="Contohrejo")


def runs_through_everything(stage: Stage, procedure) -> list[Run]:
    """Completely recorded runs that together go through every stage of a service."""
    if procedure is not ADVOCACY:
        return [Run(stage, procedure).started().filled()]
    found = []
    for answer in ANSWERS:
        run = Run(stage, procedure).started()
        run.record("basis.situation", violation=answer)
        tracks = (*procedure.tracks, answer)
        for path in run.paths(tracks):
            if path != "basis.situation":
                run.record(path)
        found.append(run)
    return found


def said(paper: Made) -> tuple[str, str]:
    return squeezed(paper.text), squeezed(paper.words)


@LANGUAGES
@pytest.mark.parametrize("procedure", [p for p in FRAMED.values() if p.report], ids=lambda p: p.key)
def test_every_stage_and_step_of_a_service_stands_in_its_report(stage, procedure, locale):
    runs = runs_through_everything(stage, procedure)
    papers = [made(run, procedure.report, locale) for run in runs]
    texts, words = zip(*(said(paper) for paper in papers), strict=True)
    natured = {s.key for s in procedure.stages if all(step.natures for step in s.steps)}
    for declared in procedure.stages:
        terms = [step.term for step in declared.steps]
        if declared.key not in natured:
            terms.append(declared.term)
        for term in terms:
            label = squeezed(term.label(locale))
            assert any(label in text for text in texts), term.key
            assert any(label in text for text in words), term.key
    for paper in papers:
        assert letters_outside_the_margins(paper.pdf) == []


def marked_visit(stage: Stage) -> Run:
    """A visit whose facts and impressions are words that stand nowhere else."""
    run = Run(stage, HOME_VISIT).started().filled(until="execution.family_met")
    with stage.as_(stage.counsellor) as actor:
        for path in ("execution.problem_discussed", FINDINGS):
            for nature in ("fact", "impression"):
                text = f"{nature.upper()}KALIMAT {path.split('.')[1]}"
                activity_entries.add(actor, run.activity_id, path, {"text": text}, nature=nature)
        typed = {
            "location": "FAKTABIDANG di tepi sungai",
            "state": "KESANBIDANG tampak suram",
            "economy": "KESANBIDANG tampak sulit",
            "house_impressions": "state",
            "climate_impressions": "economy",
        }
        activity_fields.save(actor, run.activity_id, FINDINGS, typed, {})
    for path in run.paths()[run.paths().index("execution.commitment_developed") :]:
        run.record(path)
    return run


@LANGUAGES
def test_facts_and_impressions_stand_under_headings_of_their_own(stage, locale):
    run = marked_visit(stage)
    headings = {"id": ("FaktaDatadilengkapi", "Kesan(tafsiranguruBK)"), "en": ("Facts", "Impressions(the")}
    paper = made(run, "visit_report", locale).keep(f"visit-report-{locale}")
    for line_for_a_number in ("Nomor:", "Number:"):
        assert line_for_a_number not in paper.text + paper.words, "no letter, so it bears none"
    for text in said(paper):
        parts = text.split(headings[locale][1])
        assert len(parts) == 2
        before, after = parts
        assert "FACTKALIMAT" in before
        assert "FAKTABIDANG" in before
        assert "IMPRESSIONKALIMAT" not in before
        assert "KESANBIDANG" not in before
        assert after.count("IMPRESSIONKALIMAT") == 2
        assert after.count("KESANBIDANG") == 2
        assert "FACTKALIMAT" not in after


@LANGUAGES
def test_a_copy_for_outsiders_holds_no_impression_and_no_judgement_of_the_counsellor(stage, locale):
    run = marked_visit(stage)
    run.record("analysis.counsellor_capability", text="TIMBANGANDIRI")
    run.record("evaluation.process", text="TIMBANGANPROSES")
    copy = made(run, "visit_report_copy", locale).keep(f"visit-report-copy-{locale}")
    assert any(b"FACTKALIMAT" in part for part in copy.parts)
    for text in said(copy):
        for word in ("IMPRESSION", "KESANBIDANG", "TIMBANGAN"):
            assert word not in text
            assert not any(word.encode() in part for part in copy.parts)
        assert squeezed(STUDENT) in text
        assert "FACTKALIMAT" in text
        assert "FAKTABIDANG" in text
        assert "Rekaanjanji" in text
    whole = made(run, "visit_report", locale)
    assert "TIMBANGANDIRI" in whole.text


def test_a_copy_with_the_tick_holds_impressions_and_is_another_document(stage):
    run = marked_visit(stage)
    plain, ticked = (made(run, "visit_report_copy", with_impressions=tick) for tick in (False, True))
    assert "KESANBIDANG" not in plain.text
    assert "KESANBIDANG" in ticked.text
    assert "KESANBIDANG" in ticked.words


@LANGUAGES
def test_an_advocacy_tells_its_tracks_executions_and_outcome(stage, locale):
    run, _ = runs_through_everything(stage, ADVOCACY)
    paper = made(run, "advocacy_report", locale).keep(f"advocacy-report-{locale}")
    expected = {
        "id": ("Memengaruhi, Mendampingi", "2 kali, pada 23 November 2026", "Dipulihkan",
               "sebelum 1 dari 5; sesudah 1 dari 5", "Tercapai",
               "Contohrejo, 23 November 2026", "Rekaan janji"),
        "en": ("Influence, Accompany", "2 times, on 23 November 2026", "Restored",
               "before 1 of 5; after 1 of 5", "Reached",
               "Contohrejo, 23 November 2026", "Rekaan janji"),
    }
    for part in expected[locale]:
        assert part in paper.text
        assert part in paper.words
    readers = {"id": "tim kasus dan kepala sekolah", "en": "the case team and the principal only"}
    assert readers[locale] in paper.text
    for clutter in ("Dicatat pada", "Recorded on", "Nomor:", "Number:", "—"):
        assert clutter not in paper.text
        assert clutter not in paper.words
    assert "23 Nov 2026" in paper.text, "short, for a column of a table"


def test_a_report_of_an_unfinished_run_says_so_in_words_and_prints_no_lone_dash(stage):
    run = Run(stage, ADVOCACY).started().filled(until="influence.technique")
    paper = made(run, "advocacy_report")
    for text in said(paper):
        assert "Belumdicatat." in text
        assert "—" not in text
        assert "Pelaksanaan:" not in text


def test_executions_on_one_day_and_on_several_read_as_people_say_it():
    record = dict.fromkeys(("activity", "case", "procedure", "steps", "fields", "entries", "promises"))
    record |= {"behaviours": (), "locale": "id", "time_zone": "Asia/Jakarta", "made_on": MONDAY.date()}
    words = wording("advocacy_report", "id")
    monday, friday = date(2026, 11, 23), date(2026, 11, 27)
    said_of = {
        (): "",
        (monday,): "satu kali, pada 23 November 2026",
        (monday, friday): "2 kali, pada 23 November 2026, 27 November 2026",
        (monday, monday, friday): "3 kali, pada 23 November 2026 (2 kali), 27 November 2026",
    }
    for days, text in said_of.items():
        assert advocacy_report.executions(Record(**record, executed_on=days, t=words)) == text


def test_officers_stand_with_number_and_position_also_a_companion_who_works_here(world, stage):
    run = Run(stage, HOME_VISIT).started().filled(until="planning.topics_and_roles")
    run.record("planning.paperwork", companion=stage.teacher.name.upper())
    first = made(run, "visit_report")
    assert f"{stage.counsellor.name}" in first.text
    assert stage.teacher.name in first.text
    run.record("planning.paperwork", companion="Bibi Rekaan")
    assert "Bibi Rekaan" in made(run, "visit_report", minute=1).text


def test_signatures_stand_with_the_last_words_of_the_report(stage):
    run = marked_visit(stage)
    for lines in (1, 12, 24):
        run.record("analysis.improvements", text="Kata rekaan.\n" * lines)
        last = made(run, "visit_report", minute=lines).pages[-1]
        assert "Contohrejo, 23 November 2026" in last
        assert "Rekaan where" in last


def test_a_column_that_was_asked_for_in_no_row_is_not_printed(stage):
    run = Run(stage, ADVOCACY).started().filled(until="influence.technique")
    with stage.as_(stage.counsellor) as actor:
        activity_entries.add(
            actor,
            run.activity_id,
            "influence.carried_out",
            {"on": actor.today.isoformat(), "form": "audience", "people": "Rekaan", "result": "Rekaan hasil"},
        )
    text = made(run, "advocacy_report").text
    assert "Rekaan hasil" in text
    assert text.count("Bila mediasi pada dugaan kekerasan") == 1, "in the technique's own form alone"
