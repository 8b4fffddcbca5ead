"""What a step's form saves: fields that nobody touched, and times that are moved one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.activity_world import Run
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.dates import local_time
from webapp.domain.errors import Invalid
from webapp.domain.procedures import ADVOCACY, HOME_VISIT
from webapp.models.activities import Appointment
from webapp.services import activity_fields, activity_view, case_team

VISIT = "planning.paperwork"
SUBJECT = "planning.case_and_student"


@pytest.fixture
def run(world) -> Run:
    return Run(Stage.build(world), HOME_VISIT).started()


def _save(run: Run, path: str, typed: dict[str, str], versions: dict[str, int], person=None):
    with run.stage.as_(person or run.stage.counsellor) as actor:
        return activity_fields.save(actor, run.activity_id, path, typed, versions)


def _shown(run: Run, path: str) -> tuple[dict[str, str], dict[str, int]]:
    with run.stage.as_(run.stage.counsellor) as actor:
        held = activity_fields.read(actor, run.activity_id).get(path, {})
        return (
            {key: stored.value for key, stored in held.items()},
            {key: stored.version for key, stored in held.items()},
        )


# --- fields that nobody touched ---------------------------------------------------------------------


def test_a_field_left_as_it_was_shown_gives_way_to_a_colleagues_text_without_a_conflict(world, run):
    colleague = world.person(run.stage.school, "counsellor")
    with run.stage.as_(run.stage.counsellor) as actor:
        case_team.add_member(actor, run.stage.case_id, user_id=colleague.user_id)
    _save(run, SUBJECT, {"topic": "Tampak lelah", "grounds": "family_problem"}, {})
    values, versions = _shown(run, SUBJECT)
    _save(run, SUBJECT, {"topic": "Kata rekan"}, {"topic": 1}, colleague)
    assert _save(run, SUBJECT, values | {"grounds": "family_situation"}, versions) == []
    assert _shown(run, SUBJECT)[0] == {"topic": "Kata rekan", "grounds": "family_situation"}
    with run.stage.as_(run.stage.counsellor) as actor:
        kept = activity_fields.history(actor, run.activity_id, SUBJECT, "topic")
        assert [(row.value, row.lost) for row in kept] == [("Kata rekan", False), ("Tampak lelah", False)]


def test_an_empty_field_left_empty_gives_way_as_well(run):
    _save(run, SUBJECT, {"topic": "Kata rekan"}, {})
    assert _save(run, SUBJECT, {"topic": "", "grounds": "family_problem"}, {}) == []
    assert _shown(run, SUBJECT)[0]["topic"] == "Kata rekan"


def test_a_touched_field_still_meets_the_newer_text_and_both_are_kept(run):
    _save(run, SUBJECT, {"topic": "Pertama"}, {})
    _save(run, SUBJECT, {"topic": "Kata rekan"}, {"topic": 1})
    (stale,) = _save(run, SUBJECT, {"topic": "Kata saya"}, {"topic": 1})
    assert (stale.value, stale.mine, stale.version) == ("Kata rekan", "Kata saya", 2)
    assert _save(run, SUBJECT, {"topic": stale.mine}, {"topic": stale.version}) == []
    assert _shown(run, SUBJECT)[0]["topic"] == "Kata saya"


def test_a_field_that_saves_itself_was_touched_also_where_its_earlier_text_was_typed_again(run):
    _save(run, SUBJECT, {"topic": "Pertama"}, {})
    _save(run, SUBJECT, {"topic": "Kata rekan"}, {"topic": 1})
    with run.stage.as_(run.stage.counsellor) as actor:
        version, stale = activity_fields.save_one(actor, run.activity_id, SUBJECT, "topic", "Pertama", 1)
        assert (version, stale and stale.value) == (2, "Kata rekan")


# --- times that are moved one by one ----------------------------------------------------------------


def _appointment(run: Run) -> tuple[str, str | None]:
    with run.stage.as_(run.stage.counsellor) as actor:
        row = tenancy.session.scalars(
            select(Appointment).where(Appointment.activity_id == run.activity_id)
        ).one()
        clock = [at and f"{local_time(at, actor.time_zone):%H:%M}" for at in (row.starts_at, row.ends_at)]
        return clock[0], clock[1]


def _type(run: Run, path: str, key: str, value: str) -> None:
    _, versions = _shown(run, path)
    with run.stage.as_(run.stage.counsellor) as actor:
        _, stale = activity_fields.save_one(actor, run.activity_id, path, key, value, versions.get(key, 0))
        assert stale is None


def test_a_visit_is_moved_past_its_present_end_field_by_field(run):
    run.filled(until=VISIT)
    assert _appointment(run) == ("09:30", "10:30")
    _type(run, VISIT, "visit_from", "13:00")
    assert _appointment(run) == ("13:00", None)
    with run.stage.as_(run.stage.counsellor) as actor:
        page = activity_view.page(actor, run.activity_id, HOME_VISIT, stage="planning")
        assert [step.path for step in page.steps if step.ends_too_early] == [VISIT]
    _type(run, VISIT, "visit_until", "14:15")
    assert _appointment(run) == ("13:00", "14:15")
    with run.stage.as_(run.stage.counsellor) as actor:
        page = activity_view.page(actor, run.activity_id, HOME_VISIT, stage="planning")
        assert not any(step.ends_too_early for step in page.steps)


@pytest.mark.parametrize("until", ["13:00", "09:00"])
def test_a_whole_form_that_ends_before_it_begins_is_refused_and_changes_nothing(run, until):
    run.filled(until=VISIT)
    values, versions = _shown(run, VISIT)
    with pytest.raises(Invalid) as refused:
        _save(run, VISIT, values | {"visit_from": "13:00", "visit_until": until}, versions)
    assert refused.value.field == "visit_until"
    assert _appointment(run) == ("09:30", "10:30")
    assert _shown(run, VISIT) == (values, versions)


def test_the_same_holds_for_a_planned_advocacy(world):
    run = Run(Stage.build(world), ADVOCACY).started(tracks=["influence"])
    for path in run.paths(["influence"]):
        run.record(path, **({"grounds": "truancy", "violation": "none"} if "situation" in path else {}))
        if path == "influence.technique":
            break
    _type(run, "influence.technique", "planned_from", "11:00")
    assert _appointment(run) == ("11:00", None)
