"""Homeroom teachers read counts of their own class; who works on a case finds it from Today."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.factories import Person
from tests.monitoring_world import Watched
from webapp import tenancy
from webapp.domain.errors import Forbidden
from webapp.models.schools import HomeroomAssignment
from webapp.services import case_team, monitoring_summary, today

YEAR = "2026/2027"


@pytest.fixture
def watched(world):
    """A case of a student in X-1 with two open promises, one of them overdue, and a watched behaviour."""
    watched = Watched.build(world)
    watched.promise(-1, what="Rahasia rekaan")
    watched.promise(3)
    watched.promise(2, "done")
    watched.goal(1, behaviour="Perilaku rahasia")
    return watched


def homeroom(watched: Watched, class_name: str = "X-1", *, school_year: str = YEAR) -> Person:
    person = watched.world.person(watched.place, "homeroom")
    with watched.world.app.app_context(), tenancy.work(tenancy.system(watched.place.id, watched.now)):
        tenancy.add(
            HomeroomAssignment(user_id=person.user_id, class_name=class_name, school_year=school_year)
        )
    return person


def lines(watched: Watched, person: Person, *, days: int = 0) -> list[tuple]:
    actor = person.at(watched.place, when=watched.now + timedelta(days=days))
    with watched.world.app.app_context(), tenancy.work(actor):
        return [
            (line.class_name, line.open_promises, line.overdue, line.watched)
            for line in monitoring_summary.of_own_classes(actor)
        ]


def test_a_homeroom_teacher_reads_the_counts_of_the_own_class_alone(world, watched):
    elsewhere, sibling = Watched.build(world), Watched.build(world, watched.place)
    elsewhere.promise(-1)
    sibling.promise(5)
    world.student(watched.place, class_name="XI-2")
    teacher = homeroom(watched)
    assert lines(watched, teacher) == [("X-1", 3, 1, 1)]
    assert lines(watched, teacher, days=4) == [("X-1", 3, 2, 1)]
    assert lines(watched, homeroom(watched, "XI-2")) == [("XI-2", 0, 0, 0)]
    assert lines(watched, homeroom(watched, school_year="2025/2026")) == []
    assert lines(elsewhere, homeroom(elsewhere)) == [("X-1", 1, 1, 0)]


def test_others_have_no_class_to_read_of(world, watched):
    homeroom(watched)
    assert lines(watched, world.person(watched.place, "homeroom")) == []
    assert lines(watched, watched.counsellor) == []
    with pytest.raises(Forbidden):
        lines(watched, world.person(watched.place, "teacher"))


def test_a_case_from_which_the_teacher_is_shut_out_is_not_counted(watched):
    teacher = homeroom(watched)
    with watched.work() as actor:
        case_team.shut_out(actor, watched.case_id, user_id=teacher.user_id, reason="Pihak dalam kasus")
    assert lines(watched, teacher) == [("X-1", 0, 0, 0)]


def test_the_page_shows_counts_and_no_content(world, watched):
    address = f"/s/{watched.place.slug}/monitoring/"
    page = homeroom(watched).client().get(address)
    assert page.status_code == 200
    assert "X-1" in page.text
    for secret in ("Rahasia rekaan", "Perilaku rahasia", "Psikolog Rekaan", watched.number):
        assert secret not in page.text
    assert "empty-state" in world.person(watched.place, "homeroom").client().get(address).text
    assert world.person(watched.place, "teacher").client().get(address).status_code == 403


@pytest.mark.parametrize("role", ["teacher", "homeroom"])
def test_a_teacher_on_a_team_finds_the_case_from_today(world, watched, role):
    other = Watched.build(world, watched.place)
    member, colleague = world.person(watched.place, role), world.person(watched.place, role)
    with watched.work() as actor:
        case_team.add_member(actor, watched.case_id, user_id=member.user_id)
    client = member.client()
    home = client.get(f"/s/{watched.place.slug}/").text
    found = re.findall(r'href="(/s/[^"]+/cases/\d+/)"', home.partition('id="team-cases"')[2])
    assert [path.split("/")[-2] for path in found] == [str(watched.case_id)]
    assert client.get(found[0]).status_code == 200
    assert str(other.case_id) not in home
    assert "team-cases" not in colleague.client().get(f"/s/{watched.place.slug}/").text


def test_a_case_leaves_the_list_when_it_is_closed_or_one_leaves_the_team(world, watched):
    member = world.person(watched.place, "teacher")
    with watched.work() as actor:
        case_team.add_member(actor, watched.case_id, user_id=member.user_id)

    def listed() -> list[str]:
        actor = member.at(watched.place, when=watched.now)
        with watched.world.app.app_context(), tenancy.work(actor):
            return [case.number for case in today.show(actor).team_cases]

    assert listed() == [watched.number]
    with watched.work() as actor:
        case_team.remove_member(actor, watched.case_id, user_id=member.user_id)
    assert listed() == []
