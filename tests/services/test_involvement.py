"""Involvement as figures: counted right in a school; in a district without what points at a child."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.factories import MONDAY
from tests.queries import count_queries
from webapp import tenancy
from webapp.domain.errors import Forbidden
from webapp.domain.involvement import Involvement
from webapp.models.activities import Activity
from webapp.models.commitments import Commitment
from webapp.models.conferences import Conference, Participant
from webapp.services import cases, involvement

OCTOBER = datetime(2026, 10, 14, 3, tzinfo=UTC)
LAST_YEAR = datetime(2025, 11, 14, 3, tzinfo=UTC)


def held(world, place, owner, concluded_at, *people, promises=(), state="monitoring") -> None:
    """A conference in a case of its own; people as (answer, attendance, further values)."""
    actor = owner.at(place)
    student = world.student(place)
    with world.app.app_context(), tenancy.work(actor):
        case = cases.open_case(
            actor, student_id=student, field="social", kinds=["truancy"], source="counsellor",
            severity="low", summary="Ringkasan rekaan",
        )  # fmt: skip
        activity = tenancy.add(
            Activity(case_id=case.id, procedure="conference", created_by=owner.user_id, created_at=MONDAY)
        )
        tenancy.add(
            Conference(
                id=activity.id, case_id=case.id, state=state, starts_at=concluded_at, ends_at=concluded_at,
                requester_id=owner.user_id, approved_at=concluded_at, concluded_at=concluded_at,
                created_at=MONDAY,
            )
        )  # fmt: skip
        invited = [
            tenancy.add(
                Participant(
                    conference_id=activity.id, kind="expert", why="easing", name="Orang Luar Rekaan",
                    answer=answer, attendance=attendance, created_at=MONDAY, **more,
                )
            )
            for answer, attendance, more in people
        ]  # fmt: skip
        for promised in promises:
            promise = Commitment(
                case_id=case.id, activity_id=activity.id, participant_id=invited[0].id, state=promised,
                due_on=date(2026, 12, 1), created_by=owner.user_id, created_at=MONDAY,
            )  # fmt: skip
            promise.what = "Tugas rekaan"
            tenancy.add(promise)


PEOPLE = (
    ("yes", "present", {}),
    ("other_time", "absent", {}),
    ("pending", "present", {}),
    ("no", "absent", {}),
    ("pending", "present", {"walk_in": True}),
    ("yes", "present", {"removed_at": MONDAY}),
)
PROMISES = ("proposed", "accepted", "stuck", "done", "declined", "waived")
ONE = Involvement(held=1, invited=4, answered=3, came=2, promised=5, accepted=3, kept=1)


def test_a_school_counts_its_own_conferences_by_month_and_nobody_elses(app, world):
    office = world.district()
    school, other = world.school(office), world.school(office)
    counsellor, foreign = world.person(school, "counsellor"), world.person(other, "counsellor")
    held(world, school, counsellor, OCTOBER, *PEOPLE, promises=PROMISES)
    held(world, school, counsellor, LAST_YEAR, *PEOPLE, promises=PROMISES)
    # In Jakarta it is November already.
    held(world, school, counsellor, datetime(2026, 10, 31, 18, tzinfo=UTC), ("yes", "present", {}))
    held(world, other, foreign, OCTOBER, *PEOPLE, promises=PROMISES)
    colleague, principal = world.person(school, "counsellor"), world.person(school, "principal")
    for reader in (counsellor, colleague, principal, world.person(school, "class_teacher")):
        with tenancy.work(reader.at(school)):
            figures = involvement.of_school(reader.at(school))
        months = {line.name: line.figures for line in figures.months}
        assert months[date(2026, 10, 1)] == ONE
        assert months[date(2026, 11, 1)] == Involvement(held=1, invited=1, answered=1, came=1)
        assert len(months) == 12
        assert figures.total.figures == ONE + Involvement(held=1, invited=1, answered=1, came=1)


@pytest.mark.parametrize("role", ["homeroom", "teacher", "school_admin"])
def test_others_of_the_school_read_no_figures(app, world, role):
    school = world.school()
    reader = world.person(school, role)
    with tenancy.work(reader.at(school)), pytest.raises(Forbidden):
        involvement.of_school(reader.at(school))
    assert reader.client().get(f"/s/{school.slug}/involvement/").status_code == 403


def test_the_function_itself_counts_nothing_for_whom_it_is_not(app, world):
    school, elsewhere = world.school(), world.school()
    counsellor = world.person(school, "counsellor")
    held(world, school, counsellor, OCTOBER, *PEOPLE)
    officer = world.person()
    readers = {
        "teacher": world.person(school, "teacher").at(school),
        "foreign": world.person(elsewhere, "counsellor").at(elsewhere),
        "district": world.district().actor(officer, "district_officer"),
        "system": tenancy.system(school.id, MONDAY),
        "own": counsellor.at(school),
    }
    counted = {}
    for name, actor in readers.items():
        with tenancy.work(actor):
            counted[name] = len(list(involvement._counted(actor)))
    assert counted == {"teacher": 0, "foreign": 0, "district": 0, "system": 0, "own": 1}


def test_a_district_reads_all_its_schools_and_nothing_that_speaks_of_one_child(app, world):
    office, elsewhere = world.district(), world.district()
    large, middle, small, quiet = (world.school(office) for _ in range(4))
    foreign = world.school(elsewhere)
    for place, number in ((large, 7), (middle, 6), (small, 1), (foreign, 6)):
        owner = world.person(place, "counsellor")
        for _ in range(number):
            held(world, place, owner, OCTOBER, *PEOPLE, promises=PROMISES)
    actor = office.actor(world.person(), "district_officer")
    with tenancy.work(actor), count_queries() as asked:
        figures = involvement.of_district(actor)
    assert len(asked) == 2, "one for the names and one for all figures"
    by_school = {line.name: line for line in figures.schools}
    assert set(by_school) == {large.name, middle.name, small.name, quiet.name}
    assert by_school[large.name].figures == sum([ONE] * 7, start=Involvement())
    assert by_school[quiet.name].figures == Involvement()
    assert (by_school[small.name].figures, by_school[small.name].is_small) == (None, True)
    # With the total and the larger school, one could work out the smallest.
    assert (by_school[middle.name].figures, by_school[middle.name].is_small) == (None, False)
    assert figures.total.figures == sum([ONE] * 14, start=Involvement())


def test_the_pages_say_the_rule_draw_the_charts_and_name_nobody(world):
    office = world.district()
    school, other = world.school(office), world.school(office)
    counsellor, officer = world.person(school, "counsellor"), world.person()
    world.join_district(officer, office, "district_officer")
    held(world, school, counsellor, OCTOBER, *PEOPLE, promises=PROMISES)
    own = counsellor.client().get(f"/s/{school.slug}/involvement/").text
    assert "October 2026" in own
    assert "3 (75 %)" in own.replace("\u00a0", " ")
    assert own.count("<figure") == own.count("The numbers") == 3
    page = officer.client().get(f"/d/{office.slug}/involvement").text
    assert "fewer than five conferences" in page
    assert "75\u00a0%" not in page
    assert "&lt;5" in page
    assert other.name in page
    assert other.name not in own
    for text in (own, page):
        assert "Orang Luar Rekaan" not in text
    assert officer.client().get(f"/d/{world.district().slug}/involvement").status_code == 404
