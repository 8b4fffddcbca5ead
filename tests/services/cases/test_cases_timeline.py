"""The page of a case: what happened, corrections, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.queries import count_queries
from tests.services.cases.test_cases import TODAY, entries, monitored, opened
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.services import (
    audit,
    case_notes,
    case_page,
    case_register,
    case_team,
)
from webapp.services.case_register import ALL, CaseFilters
from webapp.services.case_timeline import Place


def test_the_page_gathers_what_happened_and_what_is_promised(app, school, counsellor, case_id):
    actor = counsellor.at(school)
    monitored(school, counsellor, case_id)
    with tenancy.work(actor):
        page = case_page.page(actor, case_id)
    by_kind = {}
    for entry in page.timeline.entries:
        by_kind.setdefault(entry.kind, []).append(entry)
    assert set(by_kind) == {"status", "activity", "answer", "promise", "observation"}
    assert [entry.before for entry in by_kind["activity"]] == ["held", "active"]
    assert (by_kind["answer"][0].word, by_kind["answer"][0].about) == ("yes", "Bu Rekaan")
    assert (by_kind["promise"][0].about, by_kind["promise"][0].text) == (
        "Menelepon tiap Jumat.",
        "Belum tersambung.",
    )
    assert [entry.number for entry in by_kind["observation"]] == [4, 2]
    assert by_kind["observation"][0].about == "Menyapa teman."
    assert [entry.on for entry in page.timeline.entries] == sorted(
        (entry.on for entry in page.timeline.entries), reverse=True
    )
    (line,) = page.activities
    assert (line.procedure, line.number, line.done, line.conference_state) == (
        "conference",
        1,
        0,
        "monitoring",
    )
    assert [(promise.who, promise.due) for promise in page.promises] == [("Bu Rekaan", "overdue")]
    assert [(goal.behaviour, [value for _, value in goal.course]) for goal in page.behaviours] == [
        ("Menyapa teman.", [2, 4])
    ]
    assert page.next_on == TODAY + timedelta(days=2)
    assert [entry.kind for entry in entries(counsellor, school, case_id, kind="answer")] == ["answer"]


def test_all_pages_of_the_timeline_together_are_the_whole_of_it(
    app, school, counsellor, case_id, monkeypatch
):
    actor = counsellor.at(school)
    monitored(school, counsellor, case_id)
    with tenancy.work(actor):
        for number in range(5):
            case_notes.add_note(actor, case_id, kind="fact", body=f"Catatan {number}", happened_on=TODAY)
    whole = [(entry.kind, entry.id, entry.before) for entry in entries(counsellor, school, case_id)]
    assert len(whole) == len(set(whole)) == 12
    monkeypatch.setattr("webapp.services.case_timeline.PAGE", 1)
    found, before = [], None
    with tenancy.work(actor):
        while True:
            timeline = case_page.page(actor, case_id, before=before).timeline
            found += [(entry.kind, entry.id, entry.before) for entry in timeline.entries]
            if timeline.older is None:
                break
            before = Place.parse(str(timeline.older))
            assert before == timeline.older
    assert found == whole


@pytest.mark.parametrize(
    "text_given", ["", "x", "1.2.3", "0.0.0.0", "9999999999.1.1.1", "1." + "9" * 40 + ".1.1"]
)
def test_a_place_that_is_none_is_ignored(text_given):
    assert Place.parse(text_given) is None


def test_a_correction_keeps_every_earlier_wording(app, world, school, counsellor, case_id):
    actor = counsellor.at(school)
    with tenancy.work(actor):
        first = case_notes.add_note(actor, case_id, kind="impression", body="Malas.", happened_on=TODAY).id
    with tenancy.work(actor):
        second = case_notes.correct_note(
            actor, case_id, first, kind="impression", body="Tampak lelah.", happened_on=TODAY
        ).id
    with tenancy.work(actor):
        case_notes.correct_note(
            actor, case_id, second, kind="fact", body="Tidur di kelas.", happened_on=TODAY
        )
    shown = [entry for entry in entries(counsellor, school, case_id, kind="note")]
    assert [(entry.text, entry.word, entry.is_corrected) for entry in shown] == [
        ("Tidur di kelas.", "fact", True)
    ]
    for any_wording in (first, second, shown[0].id):
        with tenancy.work(actor):
            trail = case_notes.note_trail(actor, case_id, any_wording)
        assert [wording.body for wording in trail.wordings] == ["Tidur di kelas.", "Tampak lelah.", "Malas."]
    with tenancy.work(actor), pytest.raises(Conflict):
        case_notes.correct_note(actor, case_id, first, kind="fact", body="Lain.", happened_on=TODAY)
    colleague = world.person(school, "counsellor")
    with tenancy.work(actor):
        case_team.add_member(actor, case_id, user_id=colleague.user_id)
    with tenancy.work(colleague.at(school)), pytest.raises(Forbidden):
        case_notes.correct_note(
            colleague.at(school), case_id, shown[0].id, kind="fact", body="Lain.", happened_on=TODAY
        )


def test_a_note_is_corrected_in_its_own_case_only(app, world, school, counsellor, case_id):
    other_case = opened(counsellor, school, world.student(school))
    actor = counsellor.at(school)
    with tenancy.work(actor):
        note = case_notes.add_note(actor, case_id, kind="fact", body="Di sini.", happened_on=TODAY).id
    with tenancy.work(actor), pytest.raises(NotFound):
        case_notes.note_trail(actor, other_case, note)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "rumour"}, "kind"),
        ({"kind": "summary"}, "kind"),
        ({"body": " "}, "body"),
        ({"happened_on": TODAY + timedelta(days=1)}, "happened_on"),
    ],
)
def test_a_wrong_note_is_refused(app, school, counsellor, case_id, values, field):
    given = {"kind": "fact", "body": "Isi.", "happened_on": TODAY} | values
    with tenancy.work(counsellor.at(school)), pytest.raises(Invalid) as refusal:
        case_notes.add_note(counsellor.at(school), case_id, **given)
    assert refusal.value.field == field


def test_a_full_page_of_a_case_costs_as_many_queries_as_an_empty_one(app, school, counsellor, case_id):
    actor = counsellor.at(school)

    def cost():
        with count_queries() as seen, tenancy.work(actor):
            case_page.page(actor, case_id)
        return len(seen)

    empty = cost()
    for _ in range(3):
        monitored(school, counsellor, case_id)
    assert cost() == empty <= 12


def test_a_search_in_the_register_stays_in_its_own_school(app, school, counsellor, case_id, world):
    """The plan reads cases and students by their indexes, which begin with the school."""
    actor = counsellor.at(school)
    with tenancy.work(actor) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        statement = case_register._candidates(actor, CaseFilters(text="ani", status=ALL))
        compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.execute(text("EXPLAIN " + str(compiled).replace(":", "\\:"))).scalars())
    assert "Seq Scan on cases" not in plan, plan
    assert "Seq Scan on students" not in plan, plan
    assert f"school_id = {school.id}" in plan


def test_the_trail_names_no_student(app, world, school, counsellor, as_superuser):
    student_id = world.student(school, name="Zulaikha Rekaan")
    case_id = opened(counsellor, school, student_id, note="Zulaikha menangis.")
    actor = counsellor.at(school)
    with tenancy.work(actor):
        case_page.page(actor, case_id)
        audit.record(actor, "test.done")
    rows = as_superuser.execute(
        text("SELECT detail::text AS detail FROM audit_entries WHERE school_id = :school"),
        {"school": school.id},
    )
    assert not [row for row in rows if "zulaikha" in row.detail.lower()]
