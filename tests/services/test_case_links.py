"""Linked cases: for those on both teams, and for nobody else so much as a trace."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.services.cases.test_cases import opened
from webapp import tenancy
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.models.cases import CaseLink
from webapp.services import case_links, case_page, case_team, cases


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


@pytest.fixture
def pair(app, world, school, counsellor):
    """Two cases of one counsellor: (id, number) of each."""
    return [numbered(counsellor, school, opened(counsellor, school, world.student(school))) for _ in "ab"]


def numbered(person, school, case_id):
    with tenancy.work(person.at(school)):
        return case_id, case_page.head(person.at(school), case_id, part="team").number


def linked(person, school, case_id):
    with tenancy.work(person.at(school)):
        return [line.case_id for line in case_page.page(person.at(school), case_id).links]


def link(person, school, case_id, number, **values):
    actor = person.at(school)
    with tenancy.work(actor):
        return case_links.link(actor, case_id, number=number, **{"kind": "siblings"} | values).id


def join(owner, school, case_id, person):
    with tenancy.work(owner.at(school)):
        case_team.add_member(owner.at(school), case_id, user_id=person.user_id)


def test_a_link_shows_on_both_pages_with_number_student_status_and_note(app, school, counsellor, pair):
    (first, first_number), (second, second_number) = pair
    link(counsellor, school, first, f" {second_number.lower()} ", kind="same_incident", note="Catatan rekaan")
    actor = counsellor.at(school)
    with tenancy.work(actor):
        (line,) = case_page.page(actor, first).links
    assert (line.case_id, line.number, line.status) == (second, second_number, "open")
    assert (line.kind, line.note) == ("same_incident", "Catatan rekaan")
    assert line.student.startswith("Murid Rekaan")
    with tenancy.work(actor):
        (line,) = case_page.page(actor, second).links
    assert (line.case_id, line.number) == (first, first_number)


@pytest.mark.parametrize("side", [0, 1])
def test_a_reader_of_one_side_sees_no_link_at_all(app, world, school, counsellor, pair, side):
    link(counsellor, school, pair[0][0], pair[1][1])
    reader = world.person(school, "counsellor")
    join(counsellor, school, pair[side][0], reader)
    assert linked(reader, school, pair[side][0]) == []
    with tenancy.work(reader.at(school)) as session:
        assert session.query(CaseLink).all() == []
    join(counsellor, school, pair[1 - side][0], reader)
    assert linked(reader, school, pair[side][0]) == [pair[1 - side][0]]


def test_a_number_of_a_case_that_one_does_not_read_is_like_one_that_does_not_exist(
    app, world, school, counsellor, pair
):
    colleague = world.person(school, "counsellor")
    elsewhere = world.school()
    stranger = world.person(elsewhere, "counsellor")
    foreign = numbered(colleague, school, opened(colleague, school, world.student(school)))
    other_school = opened(stranger, elsewhere, world.student(elsewhere))
    assert numbered(stranger, elsewhere, other_school)[1] == pair[0][1], "numbers begin anew in each school"
    refusals = set()
    for number in (foreign[1], "K-2026-999", ""):
        with pytest.raises(Invalid) as refusal:
            link(counsellor, school, pair[0][0], number)
        refusals.add((refusal.value.field, refusal.value.message_id))
    assert len(refusals) == 1
    with pytest.raises(Invalid) as refusal:
        link(counsellor, school, pair[0][0], pair[0][1])
    assert refusal.value.field == "number"
    with pytest.raises(NotFound):
        link(colleague, school, pair[0][0], foreign[1])
    with pytest.raises(NotFound):
        link(stranger, elsewhere, pair[0][0], pair[1][1])


def test_one_shut_out_of_either_case_knows_of_no_link(app, world, school, counsellor, pair):
    reader = world.person(school, "counsellor")
    for case_id, _ in pair:
        join(counsellor, school, case_id, reader)
    link(counsellor, school, pair[0][0], pair[1][1])
    assert linked(reader, school, pair[0][0]) == [pair[1][0]]
    with tenancy.work(counsellor.at(school)):
        case_team.shut_out(counsellor.at(school), pair[1][0], user_id=reader.user_id, reason="Pihak rekaan")
    assert linked(reader, school, pair[0][0]) == []
    with pytest.raises(Invalid):
        link(reader, school, pair[0][0], pair[1][1])


def test_either_side_takes_a_link_away_and_it_stays_on_record(
    app, world, school, counsellor, pair, as_superuser
):
    reader = world.person(school, "counsellor")
    for case_id, _ in pair:
        join(counsellor, school, case_id, reader)
    link_id = link(counsellor, school, pair[0][0], pair[1][1], note="Catatan rekaan")
    with pytest.raises(Conflict):
        link(reader, school, pair[1][0], pair[0][1])
    with tenancy.work(reader.at(school)):
        case_links.unlink(reader.at(school), pair[1][0], link_id)
    assert linked(counsellor, school, pair[0][0]) == []
    with tenancy.work(reader.at(school)), pytest.raises(NotFound):
        case_links.unlink(reader.at(school), pair[1][0], link_id)
    kept = as_superuser.execute(
        text("SELECT removed_by, note_enc FROM case_links WHERE id = :id"), {"id": link_id}
    ).one()
    assert kept.removed_by == reader.user_id
    assert b"rekaan" not in kept.note_enc
    link(counsellor, school, pair[0][0], pair[1][1])
    assert linked(reader, school, pair[1][0]) == [pair[0][0]]


def test_who_is_on_one_team_only_takes_no_link_away(app, world, school, counsellor, pair):
    link_id = link(counsellor, school, pair[0][0], pair[1][1])
    reader = world.person(school, "counsellor")
    join(counsellor, school, pair[0][0], reader)
    with tenancy.work(reader.at(school)), pytest.raises(NotFound):
        case_links.unlink(reader.at(school), pair[0][0], link_id)
    with tenancy.work(reader.at(school)) as session:
        assert session.execute(text("UPDATE case_links SET kind = 'other'")).rowcount == 0
    assert linked(counsellor, school, pair[0][0]) == [pair[1][0]]


def test_a_link_is_not_taken_away_through_a_third_case(app, world, school, counsellor, pair):
    link_id = link(counsellor, school, pair[0][0], pair[1][1])
    third = opened(counsellor, school, world.student(school))
    with tenancy.work(counsellor.at(school)), pytest.raises(NotFound):
        case_links.unlink(counsellor.at(school), third, link_id)


def test_nobody_links_past_the_services_what_they_do_not_read(app, world, school, counsellor, pair):
    reader = world.person(school, "counsellor")
    join(counsellor, school, pair[0][0], reader)
    first, second = sorted(case_id for case_id, _ in pair)
    actor = reader.at(school)
    with pytest.raises(ProgrammingError, match="row-level security"), tenancy.work(actor):
        tenancy.add(
            CaseLink(case_id=first, other_id=second, kind="other", made_by=reader.user_id, made_at=actor.at)
        )


def test_a_closed_case_gets_no_new_link_and_lets_one_go(app, school, counsellor, pair):
    link_id = link(counsellor, school, pair[0][0], pair[1][1])
    actor = counsellor.at(school)
    with tenancy.work(actor):
        cases.change_status(actor, pair[0][0], to="closed", reason="Tuntas.")
    with tenancy.work(actor):
        case_links.unlink(actor, pair[0][0], link_id)
    with pytest.raises(Conflict):
        link(counsellor, school, pair[0][0], pair[1][1])
    link(counsellor, school, pair[1][0], pair[0][1])


@pytest.mark.parametrize(("values", "field"), [({"kind": "cousins"}, "kind"), ({"note": "x" * 2001}, "note")])
def test_a_wrong_link_is_refused_by_its_field(app, school, counsellor, pair, values, field):
    with pytest.raises(Invalid) as refusal:
        link(counsellor, school, pair[0][0], pair[1][1], **values)
    assert refusal.value.field == field


def test_only_ones_own_cases_are_suggested(app, world, school, counsellor, pair):
    colleague = world.person(school, "counsellor")
    opened(colleague, school, world.student(school))
    with tenancy.work(counsellor.at(school)):
        suggested = case_links.candidates(counsellor.at(school), pair[0][0])
    assert [one.number for one in suggested] == [pair[1][1]]
