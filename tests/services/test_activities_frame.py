"""One frame for all services: what starts, is recorded, corrected and ended; for every procedure alike."""

from __future__ import annotations

from datetime import date

import pytest

from tests.activity_world import Run, form_of
from tests.services.stage import Stage
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.domain.procedures import FRAMED
from webapp.services import (
    activities,
    activity_entries,
    activity_fields,
    activity_promises,
    activity_runs,
    activity_view,
    cases,
    commitments,
)

GATE = "planning.student_convinced"
FRAMED_SERVICES = pytest.mark.parametrize("procedure", FRAMED.values(), ids=lambda p: p.key)


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world)


@FRAMED_SERVICES
def test_only_the_case_team_starts_and_sees_a_run(world, stage, procedure):
    run = Run(stage, procedure).started()
    other, colleague = Stage.build(world), world.person(stage.school, "counsellor")
    for stranger, place in ((colleague, stage), (stage.principal, stage), (other.counsellor, other)):
        with place.as_(stranger) as actor:
            with pytest.raises(NotFound):
                activity_view.page(actor, run.activity_id, procedure)
            with pytest.raises((NotFound, Forbidden)):
                activity_runs.start(actor, stage.case_id, procedure, tracks=procedure.tracks)
            with pytest.raises(NotFound):
                activity_runs.cancel(actor, run.activity_id, kind="other", reason="Ingin tahu")
    with stage.as_(stage.counsellor) as actor:
        assert activity_view.page(actor, run.activity_id, procedure).number == 1


def test_how_far_a_visit_is_stands_open_to_its_team_alone_even_in_the_database(world, stage):
    run = Run(stage, HOME_VISIT).started().filled(until="planning.case_and_student")
    assert run.recorded() == {"planning.case_and_student"}
    for person in (world.person(stage.school, "counsellor"), stage.principal, stage.teacher):
        with stage.as_(person) as actor:
            assert activities.recorded(actor, run.activity_id) == {}


@FRAMED_SERVICES
def test_a_run_of_one_service_is_no_page_of_another(stage, procedure):
    run = Run(stage, procedure).started()
    for other in FRAMED.values():
        if other is not procedure:
            with stage.as_(stage.counsellor) as actor, pytest.raises(NotFound):
                activity_view.page(actor, run.activity_id, other)


@FRAMED_SERVICES
def test_nothing_starts_in_a_closed_case(stage, procedure):
    with stage.as_(stage.counsellor) as actor:
        cases.change_status(actor, stage.case_id, to="closed", reason="Selesai")
        with pytest.raises(Conflict):
            activity_runs.start(actor, stage.case_id, procedure, tracks=procedure.tracks)


@FRAMED_SERVICES
def test_a_run_that_misses_steps_cannot_be_completed_and_says_which(stage, procedure):
    run = Run(stage, procedure).started()
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict) as refused:
        activity_runs.complete(actor, run.activity_id)
    first = procedure.stages[0].steps[0].term
    assert first in refused.value.params["steps"]


def test_behind_a_gate_nothing_is_recorded_until_the_student_agrees(stage):
    run = Run(stage, HOME_VISIT).started().filled(until="planning.case_and_student")
    run.record(GATE, willing="no")
    assert GATE not in run.recorded()
    with stage.as_(stage.counsellor) as actor:
        assert activity_view.page(actor, run.activity_id, HOME_VISIT).shut_by.key == "student_convinced"
        with pytest.raises(Conflict):
            activity_fields.save(actor, run.activity_id, "planning.information_prepared", {"text": "x"}, {})
        with pytest.raises(Conflict):
            activity_entries.add(actor, run.activity_id, "execution.family_met", {"name": "x"})
    run.record(GATE, willing="yes")
    run.record("planning.information_prepared")
    assert {GATE, "planning.information_prepared"} <= run.recorded()


def test_a_gate_that_shuts_again_keeps_what_was_recorded_and_closes_the_way(stage):
    run = Run(stage, HOME_VISIT).started().filled(until="planning.topics_and_roles")
    run.record(GATE, willing="doubts_family")
    assert run.recorded() == {
        "planning.case_and_student",
        "planning.information_prepared",
        "planning.topics_and_roles",
    }
    with stage.as_(stage.counsellor) as actor:
        with pytest.raises(Conflict):
            activity_fields.save(actor, run.activity_id, "planning.paperwork", {"place": "Jalan"}, {})
        ended = activity_runs.cancel(actor, run.activity_id, kind="family_doubted", reason="")
        assert (ended.state, ended.end_kind) == ("cancelled", "family_doubted")
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        activity_runs.reopen(actor, run.activity_id, reason="Berubah pikiran")


def test_cancelling_needs_a_known_reason_and_words_for_another(stage):
    run = Run(stage, HOME_VISIT).started()
    with stage.as_(stage.counsellor) as actor:
        with pytest.raises(Invalid) as unknown:
            activity_runs.cancel(actor, run.activity_id, kind="bored", reason="x")
        with pytest.raises(Invalid) as silent:
            activity_runs.cancel(actor, run.activity_id, kind="other", reason="  ")
        assert (unknown.value.field, silent.value.field) == ("kind", "reason")
        assert activities.get(actor, run.activity_id).state == "active"


def test_two_people_who_save_one_field_lose_neither_text(stage):
    run = Run(stage, HOME_VISIT).started()
    path = "planning.case_and_student"
    with stage.as_(stage.counsellor) as actor:
        activity_fields.save(actor, run.activity_id, path, {"topic": "Pertama"}, {"topic": 0})
        (stale,) = activity_fields.save(actor, run.activity_id, path, {"topic": "Kedua"}, {"topic": 0})
        assert (stale.value, stale.mine, stale.version) == ("Pertama", "Kedua", 1)
        wordings = activity_fields.history(actor, run.activity_id, path, "topic")
        assert [(row.value, row.lost) for row in wordings] == [("Kedua", True), ("Pertama", False)]
        assert activity_fields.read(actor, run.activity_id)[path]["topic"].value == "Pertama"


def test_a_recorded_step_is_corrected_and_never_emptied(stage):
    run = Run(stage, HOME_VISIT).started().filled(until="planning.case_and_student")
    path = "planning.case_and_student"
    with stage.as_(stage.counsellor) as actor:
        with pytest.raises(Invalid) as refused:
            activity_fields.save(actor, run.activity_id, path, {"topic": ""}, {"topic": 1})
        assert refused.value.field == "topic"
        activity_fields.save(actor, run.activity_id, path, {"topic": "Lain"}, {"topic": 1})
    assert path in run.recorded()


def test_a_wrong_value_names_its_field_and_changes_nothing(stage):
    run = Run(stage, HOME_VISIT).started()
    path = "planning.case_and_student"
    typed = {"topic": "Baik", "grounds": "family_problem,unknown"}
    with stage.as_(stage.counsellor) as actor:
        with pytest.raises(Invalid) as refused:
            activity_fields.save(actor, run.activity_id, path, typed, {})
        assert refused.value.field == "grounds"
    with stage.as_(stage.counsellor) as actor:
        assert not activity_fields.read(actor, run.activity_id)


def test_a_promise_made_at_a_visit_is_monitored_and_reported_by_the_counsellor(world, stage):
    run = Run(stage, HOME_VISIT).started().filled(until="execution.commitment_developed")
    with stage.as_(stage.counsellor) as actor:
        (promise,) = activity_promises.of_activity(actor, run.activity_id)
        assert (promise.who, promise.state) == ("Keluarga Rekaan", "accepted")
        said = {"state": "done", "channel": "phone", "note": "Sudah"}
        commitments.report_on_behalf(actor, promise.id, **said)
        assert activity_promises.of_activity(actor, run.activity_id)[0].state == "done"
    with stage.as_(world.person(stage.school, "counsellor")) as actor, pytest.raises(NotFound):
        commitments.report_on_behalf(actor, promise.id, state="stuck", channel="phone")


def test_a_track_opens_the_stages_that_its_answer_asks_for(stage):
    run = Run(stage, ADVOCACY).started(tracks=["accompany"])
    with stage.as_(stage.counsellor) as actor:
        page = activity_view.page(actor, run.activity_id, ADVOCACY)
        assert [part.key for part in page.progress.stages] == ["basis", "accompany", "outcome"]
    run.record("basis.situation", violation="statute")
    with stage.as_(stage.counsellor) as actor:
        page = activity_view.page(actor, run.activity_id, ADVOCACY)
        assert [part.key for part in page.progress.stages] == ["basis", "accompany", "statute", "outcome"]
        with pytest.raises(Invalid):
            activity_runs.start(actor, stage.case_id, ADVOCACY, tracks=[])


def test_in_an_ordered_stage_a_later_step_waits_and_an_earlier_one_is_not_taken_away(stage):
    run = Run(stage, ADVOCACY).started(tracks=["accompany"])
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        activity_fields.save(actor, run.activity_id, "accompany.procedure_understood", {"text": "x"}, {})
    for path in ("basis.situation", "basis.consent", "accompany.problem_understood"):
        run.record(path)
    run.record("accompany.procedure_understood")
    run.record("accompany.accompanied")
    run.record("accompany.network_and_counselling")
    with stage.as_(stage.counsellor) as actor:
        (entry,) = activity_entries.read(actor, run.activity_id)["accompany.accompanied"]
        with pytest.raises(Conflict):
            activity_entries.remove(actor, run.activity_id, entry.id, reason="Keliru")


def test_a_form_that_was_only_begun_records_nothing_and_says_what_is_missing(stage):
    run = Run(stage, HOME_VISIT).started()
    with stage.as_(stage.counsellor) as actor:
        path = "planning.case_and_student"
        activity_fields.save(actor, run.activity_id, path, {"topic": "Baru dimulai"}, {})
        step = activity_view.page(actor, run.activity_id, HOME_VISIT).steps[0]
        assert not step.is_done
        assert [term.key for term in step.missing] == ["grounds"]
        values = form_of(actor, HOME_VISIT.step(path))
        activity_fields.save(actor, run.activity_id, path, values, {"topic": 1})
    assert path in run.recorded()


def test_the_reason_for_opening_again_stays_when_it_is_completed_anew(stage):
    run = Run(stage, HOME_VISIT).started().filled()
    with stage.as_(stage.counsellor) as actor:
        activity_runs.complete(actor, run.activity_id)
        activity_runs.reopen(actor, run.activity_id, reason="Tanggal keliru")
        assert activity_runs.complete(actor, run.activity_id).end_reason == "Tanggal keliru"


def test_a_day_beyond_every_calendar_is_refused_at_its_field(stage):
    run = Run(stage, HOME_VISIT).started().filled(until="execution.data_completed")
    promise = {"who": "Ibu", "relation": "Ibu", "what": "Menemani", "due_on": date(9999, 12, 31)}
    with stage.as_(stage.counsellor) as actor:
        with pytest.raises(Invalid) as refused:
            activity_promises.add(actor, run.activity_id, "execution.commitment_developed", **promise)
        assert refused.value.field == "due_on"
        with pytest.raises(Invalid) as early:
            activity_fields.save(
                actor, run.activity_id, "planning.paperwork", {"visit_on": "0001-01-01"}, {"visit_on": 1}
            )
        assert early.value.field == "visit_on"


def test_an_optional_step_counts_once_it_is_recorded(stage):
    run = Run(stage, HOME_VISIT).started().filled(until="execution.problem_discussed")

    def counted() -> int:
        with stage.as_(stage.counsellor) as actor:
            progress = activity_view.page(actor, run.activity_id, HOME_VISIT).progress
        return sum(step.counts for step in progress.stage("execution").steps)

    before = counted()
    run.record("execution.family_counselling")
    assert counted() == before + 1
