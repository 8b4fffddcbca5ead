"""Entries of a step and whose execution they are; what is said twice, or corrected."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.activity_world import Run
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.errors import Conflict, Invalid
from webapp.models.activities import Execution
from webapp.services import (
    activity_entries,
    activity_promises,
    case_team,
)


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world)


def test_an_entry_says_whether_it_is_a_fact_and_a_correction_keeps_the_earlier_wording(stage):
    run = Run(stage, HOME_VISIT).started().filled(until="execution.family_met")
    path = "execution.problem_discussed"
    with stage.as_(stage.counsellor) as actor:
        with pytest.raises(Invalid):
            activity_entries.add(actor, run.activity_id, path, {"text": "Ayah sering pergi"})
        first = activity_entries.add(actor, run.activity_id, path, {"text": "Sering pergi"}, nature="fact")
        corrected = {"text": "Tampak lelah"}
        activity_entries.correct(actor, run.activity_id, first.id, corrected, nature="impression")
        with pytest.raises(Conflict):
            activity_entries.correct(actor, run.activity_id, first.id, {"text": "Lagi"}, nature="fact")
        (entry,) = activity_entries.read(actor, run.activity_id)[path]
        assert (entry.nature, entry.values, entry.earlier) == (
            "impression",
            {"text": "Tampak lelah"},
            ({"text": "Sering pergi"},),
        )
        activity_entries.remove(actor, run.activity_id, entry.id, reason="Salah catat")
        assert path not in activity_entries.read(actor, run.activity_id)
    assert path not in run.recorded()


def test_an_entry_or_a_promise_sent_again_after_a_lost_answer_stands_once(stage):
    run = Run(stage, HOME_VISIT).started().filled(until="execution.plan_communicated")
    met, promised = "execution.family_met", "execution.commitment_developed"
    with stage.as_(stage.counsellor) as actor:
        typed = {"name": "Ibu Rekaan", "relation": "Ibu", "note": ""}
        first = activity_entries.add(actor, run.activity_id, met, typed)
        assert activity_entries.add(actor, run.activity_id, met, typed).id == first.id
        activity_entries.add(actor, run.activity_id, met, typed | {"relation": "Bibi"})
        assert len(activity_entries.read(actor, run.activity_id)[met]) == 2
        promise = {"who": "Ibu", "relation": "", "what": "Menutup warung", "due_on": actor.today}
        once = activity_promises.add(actor, run.activity_id, promised, **promise)
        assert activity_promises.add(actor, run.activity_id, promised, **promise).id == once.id
        activity_promises.add(actor, run.activity_id, promised, **promise | {"what": "Menjemput"})
        assert len(activity_promises.of_activity(actor, run.activity_id)) == 2


def test_a_corrected_execution_stays_with_whoever_carried_it_out(world, stage):
    run = Run(stage, ADVOCACY).started(tracks=["accompany"]).filled_steps(
        "basis.situation", "basis.consent", "accompany.problem_understood", "accompany.procedure_understood",
        "accompany.accompanied",
    )  # fmt: skip
    colleague = world.person(stage.school, "counsellor")
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=colleague.user_id)
        (entry,) = activity_entries.read(actor, run.activity_id)["accompany.accompanied"]
    with stage.as_(colleague) as actor:
        changed = dict(entry.values) | {"result": "Ejaan dibetulkan"}
        activity_entries.correct(actor, run.activity_id, entry.id, changed)
    with stage.as_(stage.counsellor):
        (row,) = tenancy.session.scalars(select(Execution).where(Execution.activity_id == run.activity_id))
        assert (row.by_user_id, row.taken_back_at) == (stage.counsellor.user_id, None)


def test_an_entry_that_is_saved_as_it_stands_stays_the_one_that_it_is(stage):
    run = Run(stage, HOME_VISIT).started().filled(until="execution.problem_discussed")
    with stage.as_(stage.counsellor) as actor:
        (entry,) = activity_entries.read(actor, run.activity_id)["execution.problem_discussed"]
        same = activity_entries.correct(
            actor, run.activity_id, entry.id, dict(entry.values), nature=entry.nature
        )
        other = activity_entries.correct(
            actor, run.activity_id, entry.id, dict(entry.values), nature="impression"
        )
    assert same.id == entry.id
    assert other.id != entry.id
