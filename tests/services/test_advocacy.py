"""An advocacy from its start to its end on both tracks, with the handling of a suspected breach beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.activity_world import Run, form_of
from tests.factories import Person
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.domain.procedures import ADVOCACY
from webapp.models.activities import ActivityField, ActivityStep, Execution
from webapp.services import (
    activities,
    activity_behaviours,
    activity_documents,
    activity_entries,
    activity_fields,
    activity_promises,
    activity_runs,
    activity_view,
    advocacy_view,
    case_team,
    cases,
)

SITUATION = "basis.situation"
BOTH = ("influence", "accompany")


@dataclass(frozen=True)
class Schools:
    """Two schools of the same shape; the run is one of the first."""

    stage: Stage
    other: Stage
    run: Run


@pytest.fixture
def schools(world) -> Schools:
    stage, other = Stage.build(world), Stage.build(world)
    return Schools(stage, other, Run(stage, ADVOCACY).started(tracks=BOTH))


def _correct(run: Run, **values: str) -> None:
    """Correct the situation, as a form that shows everything."""
    with run.stage.as_(run.stage.counsellor) as actor:
        held = activity_fields.read(actor, run.activity_id)[SITUATION]
        typed = {key: stored.value for key, stored in held.items()} | values
        versions = {key: stored.version for key, stored in held.items()}
        activity_fields.save(actor, run.activity_id, SITUATION, typed, versions)


def _stages(run: Run) -> list[str]:
    with run.stage.as_(run.stage.counsellor) as actor:
        page = activity_view.page(actor, run.activity_id, ADVOCACY)
        return [stage.key for stage in page.progress.stages]


def test_an_advocacy_on_both_tracks_goes_from_the_situation_to_its_outcome(schools):
    run, stage = schools.run, schools.stage
    run.record(SITUATION, grounds="violence", violation="statute")
    assert _stages(run) == ["basis", *BOTH, "statute", "outcome"]
    for path in [path for path in run.paths() if not path.startswith("ethics")]:
        if path not in run.recorded():
            run.record(path, **({"forms": "information"} if path == "influence.technique" else {}))
    with stage.as_(stage.counsellor) as actor:
        activity_behaviours.add(actor, run.activity_id, "outcome.agreements", behaviour="Bercerita")
        with pytest.raises(Conflict) as early:
            activity_runs.complete(actor, run.activity_id)
        assert "steps" in early.value.params
    for path in ADVOCACY.stage("statute").paths():
        run.record(path)
    with stage.as_(stage.counsellor) as actor:
        assert activity_runs.complete(actor, run.activity_id).state == "completed"
        counted = tenancy.session.scalars(
            select(Execution).where(Execution.activity_id == run.activity_id)
        ).all()
        assert [row.quarter_hours for row in counted] == [4, 4], "each execution counts as one lesson hour"
        page = activity_view.page(actor, run.activity_id, ADVOCACY)
        assert page.missing == ()
        assert [promise.who for promise in activity_promises.of_activity(actor, run.activity_id)]
        view = advocacy_view.read(actor, page)
        assert view.handling is not None
        assert (view.handling.violation, view.handling.rules.key) == ("statute", "safe_school_2026")
    with schools.other.as_(schools.other.counsellor) as actor, pytest.raises(NotFound):
        activity_view.page(actor, run.activity_id, ADVOCACY)


def test_mediation_where_violence_is_suspected_needs_its_reason(schools):
    run = schools.run
    run.record(SITUATION, grounds="harassment", violation="ethics")
    for path in ("basis.consent", *(f"influence.{key}" for key in ("behaviour_defined", "materials"))):
        run.record(path)
    run.record("influence.decision_maker")
    with pytest.raises(Invalid) as refused:
        run.record("influence.technique", forms="mediation", despite="")
    assert refused.value.field == "despite"
    run.record("influence.technique", forms="mediation", despite="Keluarga memintanya setelah aman")
    assert "influence.technique" in run.recorded()


def test_a_suspicion_recorded_after_the_mediation_asks_for_its_reason_where_it_was_chosen(schools):
    run, stage = schools.run, schools.stage
    run.record(SITUATION, grounds="truancy", violation="none")
    for path in ("basis.consent", *ADVOCACY.stage("influence").paths()[:3]):
        run.record(path)
    technique, carried_out = "influence.technique", "influence.carried_out"
    run.record(technique, forms="mediation", despite="")
    held = {"on": "2026-11-20", "form": "mediation", "people": "Rekaan", "result": "Rekaan", "despite": ""}
    with stage.as_(stage.counsellor) as actor:
        entry_id = activity_entries.add(actor, run.activity_id, carried_out, held).id
    terms = {path: ADVOCACY.step(path).term for path in (technique, carried_out)}

    def refused_at() -> list:
        with pytest.raises(Conflict) as refused:
            _correct(run, grounds="truancy,violence", violation="ethics")
        return list(refused.value.params["steps"])

    assert refused_at() == list(terms.values())
    with stage.as_(stage.counsellor) as actor:
        reason = {"despite": "Keluarga memintanya setelah aman"}
        activity_fields.save(actor, run.activity_id, technique, reason, {"despite": 0})
    assert refused_at() == [terms[carried_out]]
    with stage.as_(stage.counsellor) as actor:
        activity_entries.correct(actor, run.activity_id, entry_id, held | reason)
    _correct(run, grounds="truancy,violence", violation="ethics")
    assert "ethics" in _stages(run)


def test_an_advocacy_whose_mediation_lacks_its_reason_is_not_completed(schools):
    run, stage = schools.run, schools.stage
    for path in run.paths():
        run.record(path, **({"forms": "information"} if path == "influence.technique" else {}))
    with stage.as_(stage.counsellor) as actor:
        rows = {
            (row.step, row.field): row
            for row in tenancy.session.scalars(
                select(ActivityField).where(ActivityField.activity_id == run.activity_id)
            )
        }
        # As it stood before this was asked when the grounds are saved.
        rows["influence.technique", "forms"].value = "mediation"
        rows["influence.technique", "despite"].value = None
        rows[SITUATION, "grounds"].value = "violence"
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict) as refused:
        activity_runs.complete(actor, run.activity_id)
    assert list(refused.value.params["steps"]) == [ADVOCACY.step("influence.technique").term]
    with stage.as_(stage.counsellor) as actor:
        stored = activity_fields.read(actor, run.activity_id)["influence.technique"]["despite"]
        reason = {"despite": "Keluarga memintanya setelah aman"}
        activity_fields.save(
            actor, run.activity_id, "influence.technique", reason, {"despite": stored.version}
        )
    with stage.as_(stage.counsellor) as actor:
        assert activity_runs.complete(actor, run.activity_id).state == "completed"


def test_everybody_outside_the_team_is_refused_and_a_member_who_joins_is_not(world, schools):
    run, stage, other = schools.run, schools.stage, schools.other
    run.record(SITUATION, grounds="violence", violation="ethics")
    colleague = world.person(stage.school, "counsellor")
    strangers: list[tuple[Stage, Person]] = [
        (stage, stage.principal),
        (stage, stage.teacher),
        (stage, colleague),
        (stage, world.person(stage.school, "school_admin")),
        (other, other.counsellor),
        (other, other.principal),
    ]
    form = form_of(stage.counsellor.at(stage.school, when=stage.now), ADVOCACY.step("basis.consent"))
    acts = [
        lambda actor: activity_view.page(actor, run.activity_id, ADVOCACY),
        lambda actor: activity_fields.save(actor, run.activity_id, "basis.consent", form, {}),
        lambda actor: activity_fields.history(actor, run.activity_id, SITUATION, "right"),
        lambda actor: activity_entries.add(
            actor, run.activity_id, SITUATION, {"name": "Rekaan", "part": "Saksi"}
        ),
        lambda actor: activity_promises.add(
            actor,
            run.activity_id,
            "outcome.agreements",
            who="Rekaan",
            relation="",
            what="Menyapa",
            due_on=actor.today + timedelta(days=3),
        ),
        lambda actor: activity_behaviours.add(
            actor, run.activity_id, "outcome.agreements", behaviour="Menyapa"
        ),
        lambda actor: activity_documents.request(actor, run.activity_id, "advocacy_report", locale="id"),
        lambda actor: activity_runs.choose_tracks(actor, run.activity_id, ["influence"]),
        lambda actor: activity_runs.complete(actor, run.activity_id),
        lambda actor: activity_runs.cancel(actor, run.activity_id, kind="other", reason="Rekaan"),
        lambda actor: activity_runs.start(actor, stage.case_id, ADVOCACY, tracks=["influence"]),
    ]
    for place, person in strangers:
        for act in acts:
            with place.as_(person) as actor, pytest.raises((NotFound, Forbidden)):
                act(actor)
    assert run.recorded() == {SITUATION}
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=colleague.user_id)
    with stage.as_(colleague) as actor:
        activity_fields.save(actor, run.activity_id, "basis.consent", form, {})
    assert "basis.consent" in run.recorded()


def test_a_breach_set_to_statute_by_mistake_is_corrected_and_what_was_recorded_stays(schools):
    run, stage = schools.run, schools.stage
    run.record(SITUATION, grounds="violence", violation="statute")
    run.record("statute.reported", mark="Keliru")
    _correct(run, violation="ethics")
    assert _stages(run) == ["basis", *BOTH, "ethics", "outcome"]
    for path in [path for path in run.paths() if path not in run.recorded()]:
        run.record(path, **({"forms": "information"} if path == "influence.technique" else {}))
    for path in ADVOCACY.stage("ethics").paths():
        run.record(path)
    with stage.as_(stage.counsellor) as actor:
        page = activity_view.page(actor, run.activity_id, ADVOCACY, stage="basis")
        (left,) = advocacy_view.read(actor, page).left
        assert left.stage.key == "statute"
        assert "Keliru to_whom" in {stored.value for _, fields in left.steps for stored in fields.values()}
        assert tenancy.session.scalar(
            select(ActivityStep.id).where(
                ActivityStep.activity_id == run.activity_id, ActivityStep.step == "statute.reported"
            )
        )
        assert activity_runs.complete(actor, run.activity_id).state == "completed"


def test_a_stage_that_is_opened_again_finds_what_was_recorded_in_it(schools):
    run = schools.run
    run.record(SITUATION, grounds="violence", violation="statute")
    run.record("statute.reported")
    _correct(run, violation="ethics")
    with run.stage.as_(run.stage.counsellor) as actor, pytest.raises(Invalid):
        activity_fields.save(actor, run.activity_id, "statute.received", {"by_whom": "Polres"}, {})
    _correct(run, violation="statute")
    with run.stage.as_(run.stage.counsellor) as actor:
        page = activity_view.page(actor, run.activity_id, ADVOCACY, stage="statute")
        assert [step.is_done for step in page.steps] == [True, False, False, False]
        assert advocacy_view.read(actor, page).left == ()


def test_without_violence_no_breach_need_be_handled_and_with_it_one_must_be_named(schools):
    run = schools.run
    with pytest.raises(Invalid) as refused:
        run.record(SITUATION, grounds="bullying", violation="none")
    assert refused.value.field == "violation"
    run.record(SITUATION, grounds="discrimination", violation="none")
    assert _stages(run) == ["basis", *BOTH, "outcome"]


def test_a_report_is_made_of_a_closed_case_and_nothing_is_promised_in_it(schools):
    run, stage = schools.run, schools.stage
    run.record(SITUATION, grounds="discrimination", violation="none")
    run.record("basis.consent")
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, run.activity_id, kind="student_unwilling", reason="")
        cases.change_status(actor, stage.case_id, to="closed", reason="Selesai")
    with stage.as_(stage.counsellor) as actor:
        report = activity_documents.request(actor, run.activity_id, "advocacy_report", locale="id")
        assert report.kind == "advocacy_report"
        assert set(activities.recorded(actor, run.activity_id)) == {SITUATION, "basis.consent"}
        day: date = actor.today + timedelta(days=3)
        with pytest.raises(Conflict):
            activity_promises.add(
                actor,
                run.activity_id,
                "outcome.agreements",
                who="Rekaan",
                relation="",
                what="Menyapa",
                due_on=day,
            )
        with pytest.raises(Conflict):
            activity_behaviours.add(actor, run.activity_id, "outcome.agreements", behaviour="Menyapa")
    with stage.as_(stage.principal) as actor, pytest.raises(NotFound):
        activity_documents.request(actor, run.activity_id, "advocacy_report", locale="id")
