"""Other meetings of the same people at the same time, told without telling of another case; two schools."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.queries import count_queries
from tests.services.stage import ENDS_AT, STARTS_AT, Stage
from webapp import tenancy
from webapp.domain.errors import NotFound
from webapp.models.conferences import Conference
from webapp.services import access, answers, case_team, cases, clashes, conferences
from webapp.services.participants import Proposed


@pytest.fixture
def stage(world) -> Stage:
    """A meeting that has been asked for."""
    return Stage.build(world).requested()


def second(stage: Stage, *proposed: Proposed, counsellor=None, **changes) -> Stage:
    """Another counsellor's draft for another student, at the same time."""
    world = stage.world
    counsellor = counsellor or world.person(stage.school, "counsellor")
    student_id = world.student(stage.school)
    later = Stage(
        world, stage.school, counsellor, stage.principal, stage.teacher, student_id, stage.guardian_id, 0
    )
    with later.as_(counsellor) as actor:
        later.case_id = cases.open_case(
            actor,
            student_id=student_id,
            field="social",
            source="teacher",
            severity="low",
            summary="Rekaan",
        ).id
    return later.drafted(proposed=proposed or (teacher(stage),), **changes)


def teacher(stage: Stage) -> Proposed:
    return Proposed("staff", "information", "Bercerita", user_id=stage.teacher.user_id)


def expert(email: str) -> Proposed:
    return Proposed("expert", "easing", "Memberi pandangan", name="Psikolog Lain", email=email)


def found(stage: Stage, person=None, **times) -> list[clashes.Clash]:
    with stage.as_(person or stage.counsellor) as actor:
        return clashes.of_conference(actor, access.get(actor, Conference, stage.conference_id), **times)


def test_a_colleague_asked_elsewhere_at_that_time_is_named_and_the_other_case_is_not(stage):
    draft = second(stage)
    assert found(draft) == [clashes.Clash(stage.teacher.name, STARTS_AT, ENDS_AT)]


def test_whoever_works_on_the_other_case_is_told_which_it_is(stage):
    draft = second(stage)
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=draft.counsellor.user_id)
    (clash,) = found(draft)
    assert clash.conference_id == stage.conference_id
    with stage.as_(stage.counsellor) as actor:
        assert clash.case_number == access.get_case(actor, stage.case_id, need="case.read").number


def test_an_outside_expert_is_known_by_the_address_though_written_down_twice(stage):
    assert [clash.name for clash in found(second(stage, expert("PSIKOLOG@contoh.example")))] == [
        "Psikolog Lain"
    ]
    assert found(second(stage, expert("lain@contoh.example"))) == []


def test_the_parent_of_two_students_is_known_by_the_address(stage):
    draft = second(stage)
    sibling = stage.world.guardian(stage.school, draft.student_id, email="wali.rekaan@contoh.example")
    with draft.as_(draft.counsellor) as actor:
        asked = Proposed("guardian", "commitment", "Mendampingi", guardian_id=sibling)
        conferences.edit(actor, draft.conference_id, draft.draft(proposed=(asked,)))
    assert len(found(draft)) == 1


@pytest.mark.parametrize(
    ("hours", "clashing"), [(-1.5, 0), (-1.25, 1), (0, 1), (1.25, 1), (1.5, 0), (24, 0), (-24, 0)]
)
def test_only_meetings_that_overlap_count_and_one_may_follow_the_other(stage, hours, clashing):
    draft = second(stage)
    times = {"starts_at": STARTS_AT + timedelta(hours=hours), "ends_at": ENDS_AT + timedelta(hours=hours)}
    assert len(found(draft, **times)) == clashing


def test_a_meeting_called_off_or_declined_stands_in_nobodys_way(stage):
    draft = second(stage)
    with stage.as_(stage.principal) as actor:
        conferences.approve(actor, stage.conference_id)
    assert len(found(draft)) == 1
    with stage.as_(stage.teacher) as actor:
        answers.answer(actor, stage.conference_id, answer="no")
    assert found(draft) == []
    with stage.as_(stage.teacher) as actor:
        answers.answer(actor, stage.conference_id, answer="yes")
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Rekaan")
    assert found(draft) == []


def test_a_draft_that_was_never_sent_stands_in_nobodys_way(stage):
    first = second(stage)
    third = second(stage, starts_at=STARTS_AT, counsellor=first.counsellor)
    assert [clash.conference_id for clash in found(third)] == [None]


def test_a_case_that_one_is_shut_out_of_does_not_show_even_so(stage):
    draft = second(stage)
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=draft.counsellor.user_id, reason="Rekaan")
    assert found(draft) == []


def test_another_schools_meetings_are_not_looked_at(stage, world):
    other = Stage.build(world).requested()
    with stage.as_(stage.principal) as actor:
        own = clashes.of_conference(actor, access.get(actor, Conference, stage.conference_id))
    assert own == []
    assert found(second(other))  # the same there: found by its own school


def test_only_who_prepares_or_decides_may_ask(stage):
    draft = second(stage)
    with draft.as_(draft.counsellor) as actor:
        conferences.request(actor, draft.conference_id, signed_name="Guru Rekaan")
    assert len(found(draft, draft.principal)) == 1
    # Another counsellor knows of the meeting, and learns no more of its people.
    with pytest.raises(NotFound):
        found(draft, stage.world.person(stage.school, "counsellor"))


def test_the_cost_does_not_follow_the_number_of_meetings(stage):
    draft = second(stage)
    for _ in range(3):
        with (crowd := second(stage)).as_(crowd.counsellor) as actor:
            conferences.request(actor, crowd.conference_id, signed_name="Guru Rekaan")
    with draft.as_(draft.counsellor) as actor:
        conference = access.get(actor, Conference, draft.conference_id)
        with count_queries() as seen:
            assert len(clashes.of_view(actor, conference, frozenset({"team"}))) == 4
    assert len(seen) <= 3


def test_the_look_up_answers_no_guest(stage):
    with stage.as_(stage.principal) as actor:
        conferences.approve(actor, stage.conference_id)
    draft = second(stage)
    with stage.world.app.app_context(), tenancy.work(stage.guest()) as session:
        rows = session.execute(
            text("SELECT * FROM app_overlapping_meetings(:id, :since, :until)"),
            {"id": draft.conference_id, "since": STARTS_AT, "until": ENDS_AT},
        ).all()
    assert rows == []
