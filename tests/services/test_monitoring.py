"""The board of promises and behaviours: for the team, in sections; the principal reads counts."""

from __future__ import annotations

import pytest

from tests.monitoring_world import Watched
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, NotFound
from webapp.services import monitoring, monitoring_summary


@pytest.fixture
def watched(world):
    return Watched.build(world)


def board(watched: Watched, person=None, **filters) -> monitoring.Board:
    actor = (person or watched.counsellor).at(watched.place, when=watched.now)
    with watched.world.app.app_context(), tenancy.work(actor):
        return monitoring.board(actor, **filters)


def sections(found: monitoring.Board) -> dict[str, list[int]]:
    return {key: [item.id for item in items] for key, items in found.sections}


def every(found: dict[str, list[int]]) -> set[int]:
    return {row_id for ids in found.values() for row_id in ids}


def test_things_stand_in_the_section_of_their_next_day(world, watched):
    late, today, later = watched.promise(-2), watched.promise(0), watched.promise(9)
    goal = watched.goal(2, 3)
    watched.check_in(-1, goal_id=goal)
    quiet = watched.goal()
    checked = watched.promise(30)
    watched.check_in(0, commitment_id=checked)
    done = watched.promise(-5, "done")
    found = sections(board(watched))
    assert found["overdue"] == [late, goal]
    assert sorted(found["today"]) == sorted([today, checked])
    assert found["later"][0] == later
    assert quiet in found["later"]
    assert done not in every(found)
    assert board(watched).counts == {
        "overdue": 2, "today": 2, "this_week": 0, "later": 2, "reported": 0, "open": 6,
    }  # fmt: skip


def test_another_schools_and_another_teams_things_are_not_on_the_board(world, watched):
    own = watched.promise(-1)
    colleague = world.person(watched.place, "counsellor")
    elsewhere, other_case = Watched.build(world), Watched.build(world, watched.place, counsellor=colleague)
    elsewhere.promise(-1), other_case.promise(-1)
    assert sections(board(watched)) == {"overdue": [own]}
    assert own not in every(sections(board(elsewhere)))
    assert own not in every(sections(board(watched, colleague)))


def test_new_reports_are_shown_also_of_promises_that_are_kept(world, watched):
    kept, going = watched.promise(5, "done"), watched.promise(6, "under_way")
    watched.report(kept, state="done", note="Sudah selesai rekaan")
    watched.report(going, days=-20)
    found = board(watched, show="reported")
    assert sections(found) == {"reported": [kept]}
    (_, (item,)) = found.sections[0]
    assert item.reports[0].note == "Sudah selesai rekaan"
    assert item.reports[0].is_news


def test_filters_narrow_what_is_shown_and_unknown_ones_do_not(world, watched):
    promise, goal = watched.promise(-1), watched.goal(1)
    second = Watched.build(world, watched.place, counsellor=watched.counsellor)
    other = second.promise(-1)
    assert sorted(sections(board(watched, show="overdue"))["overdue"]) == sorted([promise, other])
    assert sections(board(watched, case_id=second.case_id)) == {"overdue": [other]}
    assert sections(board(watched, kind="goal")) == {"later": [goal]}
    assert sections(board(watched, show="nonsense", kind="nonsense")) == sections(board(watched))
    assert {number for _, number in board(watched, case_id=second.case_id).cases} == {
        watched.number,
        second.number,
    }


def test_a_check_in_is_finished_once_by_the_team_and_by_nobody_else(world, watched):
    check_in = watched.check_in(-1, goal_id=watched.goal())
    colleague = world.person(watched.place, "counsellor")
    stranger = Watched.build(world)
    for outsider, place in ((colleague, watched.place), (stranger.counsellor, stranger.place)):
        with world.app.app_context(), tenancy.work(outsider.at(place)) as _:
            actor = tenancy.current().actor
            with pytest.raises(NotFound):
                monitoring.finish_check_in(actor, check_in)
    with watched.work() as actor:
        assert monitoring.finish_check_in(actor, check_in).done_by == watched.counsellor.user_id
        with pytest.raises(Conflict):
            monitoring.finish_check_in(actor, check_in)
    assert "overdue" not in sections(board(watched))


def test_a_principal_reads_whose_promise_is_overdue_and_not_what_it_is(world, watched):
    watched.promise(-4, what="Rahasia rekaan")
    watched.promise(0)
    watched.promise(3, "waived")
    other = Watched.build(world)
    other.promise(-4)
    principal = world.person(watched.place, "principal")
    with world.app.app_context(), tenancy.work(principal.at(watched.place, when=watched.now)):
        actor = tenancy.current().actor
        found = monitoring_summary.summary(actor)
        with pytest.raises(Forbidden):
            monitoring.board(actor)
    assert found.counts == {"overdue": 1, "today": 1, "this_week": 0, "later": 0}
    assert [(line.case_number, line.who, line.due_on) for line in found.overdue] == [
        (watched.number, "Psikolog Rekaan", watched.day(-4))
    ]
    assert "Rahasia" not in str(found)
    with watched.work() as actor:
        assert monitoring_summary.summary(actor) is None


@pytest.mark.parametrize("role", ["teacher", "homeroom", "school_admin"])
def test_other_roles_read_neither_board_nor_summary(world, watched, role):
    person = world.person(watched.place, role)
    with world.app.app_context(), tenancy.work(person.at(watched.place)):
        actor = tenancy.current().actor
        with pytest.raises(Forbidden):
            monitoring.board(actor)
        if role == "homeroom":  # opens the page for the counts of an own class, and sees nothing else there
            assert monitoring_summary.summary(actor) is None
        else:
            with pytest.raises(Forbidden):
                monitoring_summary.summary(actor)
