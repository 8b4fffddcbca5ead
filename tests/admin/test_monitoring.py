"""The monitoring page: what is due, with what can be done about it at once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from tests.factories import csrf_token
from tests.monitoring_world import Watched
from tests.queries import count_queries


@pytest.fixture
def watched(world):
    return Watched.build(world)


def address(watched: Watched, path: str = "") -> str:
    return f"/s/{watched.place.slug}/monitoring/{path}"


def send(client, watched: Watched, path: str, **data):
    token = csrf_token(client.get(address(watched)).text)
    return client.post(address(watched, path), data=data | {"csrf_token": token})


def test_a_counsellor_sees_what_is_due_with_its_acts(world, watched):
    promise, goal = watched.promise(-2, what="Mendampingi belajar rekaan"), watched.goal(2, 3, 4)
    watched.check_in(0, goal_id=goal)
    page = watched.counsellor.client().get(address(watched)).text
    assert "Mendampingi belajar rekaan" in page
    assert 'href="tel:081200000000"' in page
    assert "Catatan rekaan 2" in page
    assert "sparkline" in page
    assert f"promises/{promise}/report" in page
    assert f"behaviours/{goal}/observe" in page
    assert f"/cases/{watched.case_id}/" in page


def test_a_report_by_phone_is_recorded_and_the_filters_are_kept(world, watched, as_superuser):
    promise = watched.promise(-2)
    client = watched.counsellor.client()
    answer = send(
        client, watched, f"promises/{promise}/report", state="under_way", channel="phone",
        note="Sedang jalan", show="overdue", kind="commitment", case=watched.case_id,
    )  # fmt: skip
    assert answer.status_code == 303
    assert "show=overdue" in answer.location
    assert f"case={watched.case_id}" in answer.location
    assert (
        as_superuser.scalar(text("SELECT state FROM commitments WHERE id = :id"), {"id": promise})
        == "under_way"
    )


def test_a_wrong_report_is_shown_again_with_what_was_typed(world, watched, as_superuser):
    promise = watched.promise(-2)
    client = watched.counsellor.client()
    answer = send(client, watched, f"promises/{promise}/report", state="done", channel="", note="Kata rekaan")
    assert answer.status_code == 422
    assert f'href="#commitment-{promise}-channel"' in answer.text
    assert "Kata rekaan" in answer.text
    assert (
        as_superuser.scalar(text("SELECT state FROM commitments WHERE id = :id"), {"id": promise})
        == "accepted"
    )


def test_an_observation_and_a_check_in_are_recorded(world, watched, as_superuser):
    goal = watched.goal()
    check_in = watched.check_in(0, goal_id=goal)
    client = watched.counsellor.client()
    wrong = send(client, watched, f"behaviours/{goal}/observe", score="9", observed_on="besok")
    assert wrong.status_code == 422
    done = send(client, watched, f"check-ins/{check_in}/done", item=f"goal-{goal}")
    assert done.status_code == 303
    assert send(client, watched, f"check-ins/{check_in}/done", item=f"goal-{goal}").status_code == 409
    seen = send(
        client,
        watched,
        f"behaviours/{goal}/observe",
        score="4",
        observed_on=watched.today.isoformat(),
        note="Baik",
    )
    assert seen.status_code == 303
    rows = as_superuser.execute(
        text("SELECT score, observed_on FROM observations WHERE goal_id = :id"), {"id": goal}
    )
    assert [tuple(row) for row in rows] == [(4, watched.today)]


@pytest.mark.parametrize("is_same_school", [True, False])
def test_another_teams_things_answer_like_nothing(world, watched, is_same_school):
    other = Watched.build(world, watched.place if is_same_school else None)
    goal = other.goal()
    theirs = {
        f"promises/{other.promise(-1)}/report": {"state": "done", "channel": "phone"},
        f"behaviours/{goal}/observe": {"score": "3", "observed_on": other.today.isoformat()},
        f"check-ins/{other.check_in(1, goal_id=goal)}/done": {},
    }
    watched.promise(-1)
    stranger, owner = watched.counsellor.client(), other.counsellor.client()
    for path, data in theirs.items():
        assert send(stranger, watched, path, **data).status_code == 404
        # The same act by whoever may: it is the person that is refused, not the act.
        assert send(owner, other, path, **data).status_code == 303


def test_a_principal_sees_counts_and_whose_only(world, watched):
    watched.promise(-3, what="Rahasia rekaan")
    page = world.person(watched.place, "principal").client().get(address(watched))
    assert page.status_code == 200
    assert "Psikolog Rekaan" in page.text
    assert "Rahasia rekaan" not in page.text
    assert "/report" not in page.text


def test_those_who_monitor_nothing_are_turned_away(world, watched):
    assert world.person(watched.place, "teacher").client().get(address(watched)).status_code == 403
    assert watched.counsellor.client().get(address(watched)).status_code == 200


def test_an_empty_board_says_what_to_do_next(world, watched):
    page = watched.counsellor.client().get(address(watched)).text
    assert "empty-state" in page
    assert re.search(r'href="/s/[^"]+/conferences/"', page)


def test_the_page_asks_as_much_for_many_things_as_for_few(world, watched):
    client = watched.counsellor.client()

    def asked() -> int:
        with count_queries() as seen:
            assert client.get(address(watched)).status_code == 200
        return len(seen)

    watched.report(watched.promise(-1))
    watched.check_in(1, goal_id=watched.goal(1))
    few = asked()
    for _ in range(5):
        watched.report(watched.promise(-1))
        watched.check_in(1, goal_id=watched.goal(1, 2))
    assert asked() == few
    assert few <= 12


def test_a_promise_is_let_go_from_the_board_only_with_a_reason(world, watched, as_superuser):
    promise, client = watched.promise(3), watched.counsellor.client()
    state = text("SELECT state FROM commitments WHERE id = :id")
    assert send(client, watched, f"promises/{promise}/waive", reason=" ").status_code == 422
    assert as_superuser.scalar(state, {"id": promise}) == "accepted"
    assert send(client, watched, f"promises/{promise}/waive", reason="Pindah rumah").status_code == 303
    assert as_superuser.scalar(state, {"id": promise}) == "waived"
