"""The services as data: gates, order, progress."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.declared.conference import CASE_CONFERENCE
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.declared.referral import REFERRAL
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.procedure import RECORDS, Procedure, Stage, Step
from webapp.domain.procedure_rules import (
    check_stage_can_end,
    check_step_allowed,
    current_stage,
    missing_steps,
    progress,
)
from webapp.domain.procedures import PROCEDURES
from webapp.domain.vocabulary import Term

BOTH = ("influence", "accompany")
BASIS = {"basis.situation", "basis.consent"}
DECLARED = {
    HOME_VISIT: {
        "planning": "case_and_student student_convinced information_prepared topics_and_roles paperwork",
        "execution": "plan_communicated family_met problem_discussed data_completed commitment_developed "
        "family_counselling recorded_and_concluded",
        "evaluation": "process completeness_and_commitment use_of_data",
        "analysis": "effectiveness improvements unserved_needs counsellor_capability "
        "behaviour_and_achievement",
        "follow_up": "repeat_visit further_service",
        "report": "compiled delivered documented",
    },
    ADVOCACY: {
        "basis": "situation consent",
        "influence": "behaviour_defined materials decision_maker technique carried_out goal_evaluated report",
        "accompany": "problem_understood procedure_understood accompanied network_and_counselling report",
        "ethics": "handled settled",
        "statute": "reported received handled done",
        "outcome": "agreements right_restored delivered",
    },
    REFERRAL: {
        "preparation": "reason receiver consent",
        "sending": "sent answer",
        "return": "outcome",
    },
    CASE_CONFERENCE: {
        "preparation": "request approval invitations",
        "conduct": "opening description discussion roles",
        "report": "conclusion report",
        "monitoring": "support_actions positive_behaviour",
    },
}


def all_paths(procedure: Procedure) -> list[str]:
    return [path for stage in procedure.stages for path in stage.paths()]


def tracks_of(procedure: Procedure) -> tuple[str, ...]:
    """All that can be chosen: both tracks, and the stages that an answer opens."""
    return tuple(stage.key for stage in procedure.stages if stage.is_chosen)


@pytest.mark.parametrize("procedure", DECLARED, ids=lambda p: p.key)
def test_every_stage_and_step_of_the_article_is_declared_in_its_order(procedure):
    declared = {stage.key: " ".join(step.key for step in stage.steps) for stage in procedure.stages}
    assert declared == DECLARED[procedure]
    assert list(declared) == list(DECLARED[procedure])


@pytest.mark.parametrize("procedure", PROCEDURES.values(), ids=lambda p: p.key)
def test_every_step_names_its_source_and_how_it_is_recorded(procedure):
    for path in all_paths(procedure):
        step = procedure.step(path)
        assert step.source
        assert step.records in RECORDS


def test_only_family_counselling_and_the_delivery_of_an_advocacys_report_are_optional():
    optional = [path for p in PROCEDURES.values() for path in all_paths(p) if not p.step(path).required]
    assert optional == ["execution.family_counselling", "outcome.delivered"]


def test_a_visit_is_not_prepared_before_the_student_was_asked():
    recorded = {"planning.case_and_student"}
    check_step_allowed(HOME_VISIT, "planning.student_convinced", recorded)
    for path in ("planning.information_prepared", "execution.family_met", "report.compiled"):
        with pytest.raises(Conflict) as refusal:
            check_step_allowed(HOME_VISIT, path, recorded)
        assert refusal.value.params["step"].key == "student_convinced"
    asked = recorded | {"planning.student_convinced"}
    check_step_allowed(HOME_VISIT, "planning.information_prepared", asked)
    with pytest.raises(Conflict) as refusal:
        check_step_allowed(HOME_VISIT, "execution.family_met", asked)
    assert refusal.value.params["step"].key == "paperwork", "nobody goes without the family's permission"
    check_step_allowed(HOME_VISIT, "execution.family_met", asked | {"planning.paperwork"})


def test_a_conference_is_not_held_before_the_principal_approved():
    with pytest.raises(Conflict):
        check_step_allowed(CASE_CONFERENCE, "conduct.opening", {"preparation.request"})
    check_step_allowed(CASE_CONFERENCE, "conduct.opening", {"preparation.request", "preparation.approval"})


def test_the_steps_of_a_track_follow_each_other_and_tracks_do_not_wait_for_each_other():
    with pytest.raises(Conflict):
        check_step_allowed(ADVOCACY, "influence.technique", {*BASIS, "influence.behaviour_defined"}, BOTH)
    check_step_allowed(ADVOCACY, "accompany.problem_understood", BASIS, BOTH)
    with pytest.raises(Conflict) as refusal:
        check_step_allowed(ADVOCACY, "accompany.problem_understood", {"basis.situation"}, BOTH)
    assert refusal.value.params["step"].key == "consent", "an advocacy is voluntary"


def test_a_suspected_crime_is_reported_though_the_student_wants_no_advocacy():
    tracks = ("accompany", "statute")
    check_step_allowed(ADVOCACY, "statute.reported", {"basis.situation"}, tracks)
    with pytest.raises(Conflict):
        check_step_allowed(ADVOCACY, "statute.received", {"basis.situation"}, tracks)
    with pytest.raises(Conflict):
        check_step_allowed(ADVOCACY, "accompany.problem_understood", {"basis.situation"}, tracks)


def test_an_advocacy_follows_at_least_one_known_track():
    for tracks in ((), ("influence", "elsewhere")):
        with pytest.raises(Invalid):
            progress(ADVOCACY, set(), tracks)
    keys = [part.stage.key for part in progress(ADVOCACY, set(), ("accompany",))]
    assert keys == ["basis", "accompany", "outcome"]


def test_a_step_of_a_track_not_chosen_is_refused():
    with pytest.raises(Invalid):
        check_step_allowed(ADVOCACY, "influence.materials", set(), ("accompany",))


def test_a_stage_that_cannot_end_names_what_is_missing_in_both_languages():
    recorded = set(HOME_VISIT.stage("follow_up").paths()) - {"follow_up.further_service"}
    with pytest.raises(Conflict) as refusal:
        check_stage_can_end(HOME_VISIT, "follow_up", recorded)
    assert refusal.value.params["steps"].label("id") == "Layanan lanjutan"
    assert str(refusal.value).endswith("Service that follows")
    check_stage_can_end(HOME_VISIT, "follow_up", recorded | {"follow_up.further_service"})


def test_an_optional_step_keeps_no_stage_from_ending():
    check_stage_can_end(HOME_VISIT, "execution", HOME_VISIT.stage("execution").paths(required=True))


def test_unknown_steps_and_stages_are_key_errors():
    for path in ("planning.nothing", "nowhere.paperwork"):
        with pytest.raises(KeyError):
            HOME_VISIT.step(path)


@given(st.sampled_from(list(PROCEDURES.values())), st.data())
def test_progress_counts_every_required_step_once(procedure, data):
    recorded = data.draw(st.sets(st.sampled_from(all_paths(procedure))))
    parts = progress(procedure, recorded, tracks_of(procedure))
    missing = missing_steps(procedure, recorded, tracks_of(procedure))
    assert sum(part.required for part in parts) - sum(part.done for part in parts) == len(missing)
    assert not set(missing) & recorded
    assert {path for part in parts for path in part.recorded} == recorded
    stage = current_stage(procedure, recorded, tracks_of(procedure))
    assert (stage is None) == (not missing)
    if stage is not None:
        assert missing[0].startswith(f"{stage.key}.")


@given(st.sampled_from(list(PROCEDURES.values())), st.randoms(use_true_random=False))
def test_whichever_allowed_step_comes_next_no_gate_is_passed_and_the_end_is_reached(procedure, random):
    tracks, recorded = tracks_of(procedure), []
    while missing_steps(procedure, recorded, tracks):
        allowed = []
        for path in all_paths(procedure):
            if path in recorded:
                continue
            try:
                check_step_allowed(procedure, path, recorded, tracks)
            except Conflict:
                continue
            allowed.append(path)
        recorded.append(random.choice(allowed))
    order = all_paths(procedure)
    for gate in (path for path in order if procedure.step(path).gate):
        later = [
            path
            for path in order[order.index(gate) + 1 :]
            if not procedure.stage(path.partition(".")[0]).past_gates
        ]
        assert all(recorded.index(gate) < recorded.index(path) for path in later if path in recorded)


def test_another_service_is_only_a_declaration():
    library = Procedure(
        Term("library_display", "Tampilan kepustakaan", "Library display"),
        (Stage(Term("shelf", "Rak", "Shelf"), (Step(Term("set_up", "Disusun", "Set up")),), source="x"),),
    )
    assert missing_steps(library, set()) == ("shelf.set_up",)
    check_step_allowed(library, "shelf.set_up", set())
    check_stage_can_end(library, "shelf", {"shelf.set_up"})
    assert current_stage(library, {"shelf.set_up"}) is None
