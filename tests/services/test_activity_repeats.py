"""A visit that repeats an earlier one: what is offered, what is taken over, and what never is."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.activity_world import Run
from tests.queries import MOST_PER_PAGE, count_queries
from tests.services.stage import Stage
from webapp.domain import repeats
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.errors import Conflict, NotFound
from webapp.domain.procedures import FRAMED
from webapp.services import activity_fields, activity_repeats, activity_runs, activity_view

DATA = "execution.data_completed"
INFORMATION, TOPICS = "planning.information_prepared", "planning.topics_and_roles"
LAST_TIME = {
    "location": "Di belakang pasar", "state": "Bersih", "initiative": "reminded",
    "closeness": "close", "climate_impressions": "closeness",
}  # fmt: skip


class Again:
    """A visit with findings, and another in the same case that repeats it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.first = Run(stage, HOME_VISIT).started().filled(until="execution.problem_discussed")
        with stage.as_(stage.counsellor) as actor:
            none = dict.fromkeys((field.key for field in HOME_VISIT.step(DATA).fields), "")
            activity_fields.save(actor, self.first.activity_id, DATA, none | LAST_TIME, {})
            run = activity_runs.start(actor, stage.case_id, HOME_VISIT, follows_id=self.first.activity_id)
            self.next = Run(stage, HOME_VISIT, run.id)

    def fields(self, path: str) -> dict[str, str]:
        with self.stage.as_(self.stage.counsellor) as actor:
            stored = activity_fields.values_of(activity_fields.read(actor, self.next.activity_id), path)
            return {key: value for key, value in stored.items() if value}

    def takes(self, stage: str, group: str = "") -> int:
        with self.stage.as_(self.stage.counsellor) as actor:
            return activity_repeats.take_over(actor, self.next.activity_id, stage, group=group)


@pytest.fixture
def again(world) -> Again:
    return Again(Stage.build(world))


def test_only_texts_and_findings_are_offered_never_a_gate_an_answer_or_a_day():
    offered = set()
    for procedure in FRAMED.values():
        for stage in procedure.stages:
            for step, path in zip(stage.steps, stage.paths(), strict=True):
                said = {field.key: "x" for field in step.fields}
                groups = {""} | {field.group.key for field in step.fields if field.group}
                if any(repeats.offered(step, said, {}, group=group) for group in groups):
                    assert not any((step.gate, step.passes, step.appointment, step.counts))
                    offered.add(path)
    assert offered == {INFORMATION, TOPICS, DATA}


def test_the_texts_of_the_planning_are_taken_over_once_their_turn_has_come(again):
    with pytest.raises(Conflict):
        again.takes("planning")
    assert again.fields(INFORMATION) == {}
    again.next.filled(until="planning.student_convinced")
    assert again.takes("planning") == 3
    assert again.fields(INFORMATION) == {"text": "Rekaan text", "opening_theme": "Rekaan opening_theme"}
    assert again.fields(TOPICS) == {"topics": "Rekaan topics"}
    assert again.fields("planning.paperwork") == {}
    assert INFORMATION in again.next.recorded()
    assert TOPICS not in again.next.recorded(), "the roles of the family are named anew"
    with pytest.raises(Conflict):
        again.takes("planning")


def test_what_is_written_already_is_never_overwritten(again):
    again.next.filled(until="planning.student_convinced")
    again.next.record(INFORMATION, mark="Baru")
    assert again.takes("planning") == 1
    assert again.fields(INFORMATION)["text"] == "Baru text"


def test_findings_are_taken_over_group_by_group_and_an_impression_stays_one(again):
    again.next.filled(until="execution.problem_discussed")
    assert again.takes("execution", "house") == 2
    assert again.fields(DATA) == {"location": "Di belakang pasar", "state": "Bersih"}
    assert again.takes("execution", "climate") == 2
    assert again.fields(DATA)["climate_impressions"] == "closeness"


def test_a_mark_comes_beside_those_that_stand_and_only_with_its_field(again):
    step = HOME_VISIT.step(DATA)
    written = {"deciding": "strict", "climate_impressions": "deciding"}
    assert repeats.offered(step, LAST_TIME, written, group="climate") == {
        "closeness": "close", "climate_impressions": "deciding,closeness",
    }  # fmt: skip
    assert repeats.offered(step, LAST_TIME, {"closeness": "distant"}, group="climate") == {}


def test_the_page_shows_what_was_said_last_time_and_the_trail_from_which_visit(again, as_superuser):
    again.next.filled(until="planning.student_convinced")
    stage = again.stage
    with stage.as_(stage.counsellor) as actor:
        page = activity_view.page(actor, again.next.activity_id, HOME_VISIT, stage="planning")
        assert page.earlier.number == 1
        assert page.earlier.values[f"{INFORMATION}.text"] == "Rekaan text"
        assert {key for offer in page.earlier.offers for key in offer.values} == {
            f"{INFORMATION}.text", f"{INFORMATION}.opening_theme", f"{TOPICS}.topics",
        }  # fmt: skip
        first = activity_view.page(actor, again.first.activity_id, HOME_VISIT, stage="planning")
        assert first.earlier is None
    url = f"/s/{stage.school.slug}/home-visits/{again.next.activity_id}/"
    client = stage.counsellor.client()
    client.get(url)
    with count_queries() as seen:
        shown = client.get(url + "?stage=planning").text
    assert len(seen) <= MOST_PER_PAGE
    assert "From Home visit 1" in shown
    assert "Last time: Rekaan text" in shown
    again.takes("planning")
    details = (
        as_superuser.execute(
            text(
                "SELECT detail FROM audit_entries WHERE subject_id = :id AND action = 'activity.taken_over'"
            ),
            {"id": again.next.activity_id},
        )
        .scalars()
        .all()
    )
    assert [(one["number"], one["count"]) for one in details] == [(1, 3)]
    copied = as_superuser.scalar(
        text("SELECT count(*) FROM audit_entries WHERE (detail->>'copied_from')::bigint = :id"
             " AND action = 'activity.field_saved'"),
        {"id": again.first.activity_id},
    )  # fmt: skip
    assert copied == 3


def test_nobody_beyond_the_team_takes_anything_over(world, again):
    stage, elsewhere = again.stage, Stage.build(world)
    for place, person in (
        (stage, stage.principal),
        (stage, world.person(stage.school, "counsellor")),
        (elsewhere, elsewhere.counsellor),
    ):
        with place.as_(person) as actor, pytest.raises(NotFound):
            activity_repeats.take_over(actor, again.next.activity_id, "planning")


def test_a_visit_that_repeats_none_has_nothing_to_take_over(again):
    with again.stage.as_(again.stage.counsellor) as actor, pytest.raises(Conflict):
        activity_repeats.take_over(actor, again.first.activity_id, "planning")
