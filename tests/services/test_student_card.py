"""The student card: every case by permission, one chronology over all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.queries import count_queries
from tests.services.cases.test_cases import TODAY, monitored, opened
from webapp import tenancy
from webapp.domain.errors import Forbidden, NotFound
from webapp.services import attachments, case_notes, case_team, cases, student_card
from webapp.services.case_timeline import Place


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


@pytest.fixture
def student_id(app, world, school):
    return world.student(school)


def history(person, school, student_id, **values):
    actor = person.at(school)
    with tenancy.work(actor):
        return student_card.history(actor, student_id, **values)


def note(person, school, case_id, body, days_ago=0):
    actor = person.at(school)
    with tenancy.work(actor):
        case_notes.add_note(
            actor, case_id, kind="fact", body=body, happened_on=TODAY - timedelta(days=days_ago)
        )


def test_the_chronology_runs_through_all_cases_and_each_entry_names_its_own(
    app, school, counsellor, student_id
):
    first, second = (opened(counsellor, school, student_id) for _ in range(2))
    note(counsellor, school, first, "Pertama", days_ago=9)
    note(counsellor, school, second, "Kedua", days_ago=8)
    note(counsellor, school, first, "Ketiga", days_ago=7)
    shown = history(counsellor, school, student_id, kind="note")
    assert [(entry.text, entry.case_id) for entry in shown.timeline.entries] == [
        ("Ketiga", first),
        ("Kedua", second),
        ("Pertama", first),
    ]
    assert list(shown.cases) == [second, first]


def test_the_card_gathers_services_promises_behaviours_and_files(app, school, counsellor, student_id):
    case_id = opened(counsellor, school, student_id)
    opened(counsellor, school, student_id)
    monitored(school, counsellor, case_id)
    actor = counsellor.at(school)
    with tenancy.work(actor):
        file_id = attachments.add(actor, case_id, name="surat.pdf", content=b"%PDF-1.7 rekaan %%EOF").id
    shown = history(counsellor, school, student_id)
    assert [(line.case_id, line.number) for line in shown.activities] == [(case_id, 1)]
    assert [(line.case_id, line.what) for line in shown.promises] == [(case_id, "Menelepon tiap Jumat.")]
    assert [(line.case_id, [value for _, value in line.course]) for line in shown.behaviours] == [
        (case_id, [2, 4])
    ]
    assert [(line.case_id, line.id) for line in shown.files] == [(case_id, file_id)]
    kinds = {entry.kind for entry in shown.timeline.entries}
    assert kinds == {"status", "activity", "answer", "promise", "observation", "file"}


def test_of_a_colleagues_case_the_register_alone_is_told(app, world, school, counsellor, student_id):
    colleague = world.person(school, "counsellor")
    case_id = opened(colleague, school, student_id, summary="Rahasia rekaan")
    monitored(school, colleague, case_id)
    note(colleague, school, case_id, "Isi rekaan")
    shown = history(counsellor, school, student_id)
    assert [case.on_team for case in shown.cases.values()] == [False]
    assert [(entry.kind, entry.word, entry.on) for entry in shown.timeline.entries] == [
        ("register", "open", TODAY)
    ]
    entry = shown.timeline.entries[0]
    assert (entry.text, entry.about, entry.user_id) == (None, None, None)
    assert (shown.activities, shown.promises, shown.behaviours, shown.documents, shown.files) == (
        (),
        (),
        (),
        (),
        (),
    )
    with tenancy.work(colleague.at(school)):
        case_team.add_member(colleague.at(school), case_id, user_id=counsellor.user_id)
    assert "note" in {entry.kind for entry in history(counsellor, school, student_id).timeline.entries}


def test_a_closed_case_of_a_colleague_shows_both_its_days_and_no_reason(
    app, world, school, counsellor, student_id
):
    colleague = world.person(school, "counsellor")
    case_id = opened(colleague, school, student_id)
    later = colleague.at(school, when=MONDAY + timedelta(days=3))
    with tenancy.work(later):
        cases.change_status(later, case_id, to="closed", reason="Alasan rekaan")
    shown = history(counsellor, school, student_id, kind="status")
    assert [(entry.word, entry.on, entry.text) for entry in shown.timeline.entries] == [
        ("closed", TODAY + timedelta(days=3), None),
        ("open", TODAY, None),
    ]
    assert (
        shown.timeline.entries[0].at.astimezone().isoformat()
        == ((MONDAY + timedelta(days=3)).replace(hour=17) - timedelta(days=1)).astimezone().isoformat()
    ), "midnight on the school's own clock"


def test_a_case_that_the_reader_is_shut_out_of_does_not_appear(app, world, school, counsellor, student_id):
    colleague = world.person(school, "counsellor")
    about_reader = opened(colleague, school, student_id)
    note(colleague, school, about_reader, "Tentang guru rekaan")
    with tenancy.work(colleague.at(school)):
        case_team.shut_out(
            colleague.at(school), about_reader, user_id=counsellor.user_id, reason="Pihak rekaan"
        )
    own = opened(counsellor, school, student_id)
    shown = history(counsellor, school, student_id)
    assert list(shown.cases) == [own]
    assert {entry.case_id for entry in shown.timeline.entries} == {own}
    assert about_reader in history(colleague, school, student_id).cases


@pytest.mark.parametrize("role", ["principal", "homeroom", "teacher", "school_admin"])
def test_those_without_the_card_read_no_history(app, world, school, counsellor, student_id, role):
    opened(counsellor, school, student_id)
    with pytest.raises(Forbidden):
        history(world.person(school, role), school, student_id)


def test_the_card_of_another_schools_student_does_not_exist(app, world, school, counsellor, student_id):
    opened(counsellor, school, student_id)
    elsewhere = world.school()
    with pytest.raises(NotFound):
        history(world.person(elsewhere, "counsellor"), elsewhere, student_id)


def test_all_pages_of_the_chronology_together_are_the_whole_of_it(
    app, world, school, counsellor, student_id, monkeypatch
):
    colleague = world.person(school, "counsellor")
    for person in (counsellor, counsellor, colleague):
        case_id = opened(person, school, student_id)
        monitored(school, person, case_id)
    whole = [
        (entry.case_id, entry.kind, entry.id, entry.before) for entry in _all(counsellor, school, student_id)
    ]
    assert len(whole) == len(set(whole)) == 15
    monkeypatch.setattr("webapp.services.case_timeline.PAGE", 4)
    found, before = [], None
    while True:
        timeline = history(counsellor, school, student_id, before=before).timeline
        assert len(timeline.entries) <= 4
        found += [(entry.case_id, entry.kind, entry.id, entry.before) for entry in timeline.entries]
        if timeline.older is None:
            break
        before = Place.parse(str(timeline.older))
    assert found == whole


def _all(person, school, student_id):
    return history(person, school, student_id).timeline.entries


def test_a_full_card_costs_as_many_queries_as_an_almost_empty_one(app, school, counsellor, student_id):
    def cost():
        with count_queries() as seen:
            history(counsellor, school, student_id)
        return len(seen)

    case_id = opened(counsellor, school, student_id)
    little = cost()
    for case in (case_id, opened(counsellor, school, student_id), opened(counsellor, school, student_id)):
        monitored(school, counsellor, case)
    assert cost() == little <= 10


def test_reading_the_card_is_recorded_for_each_case_that_it_opens(
    app, world, school, counsellor, student_id, as_superuser
):
    own = opened(counsellor, school, student_id)
    opened(world.person(school, "counsellor"), school, student_id)
    history(counsellor, school, student_id)
    reads = as_superuser.execute(
        text("SELECT subject_id, detail FROM audit_entries WHERE school_id = :id AND action = 'case.read'"),
        {"id": school.id},
    ).all()
    assert [(row.subject_id, row.detail["part"]) for row in reads] == [(own, "student_card")]
