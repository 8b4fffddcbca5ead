"""Cases: opening and numbering, the register, status and closing, the timeline."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from webapp import tenancy
from webapp.domain.errors import Forbidden, Invalid, NotFound
from webapp.models.activities import Activity
from webapp.models.commitments import BehaviourGoal, Commitment, CommitmentReport, Observation
from webapp.models.conferences import Conference, Participant
from webapp.services import (
    case_page,
    cases,
)

TODAY = date(2026, 11, 23)


def opened(person, school, student_id, **values):
    """A case opened by a person; returns its id."""
    given = {
        "field": "social",
        "kinds": ["bullying"],
        "source": "homeroom",
        "severity": "medium",
        "summary": "Sering menyendiri.",
    } | values
    actor = person.at(school)
    with tenancy.work(actor):
        return cases.open_case(actor, student_id=student_id, **given).id


def entries(person, school, case_id, **values):
    with tenancy.work(person.at(school)):
        return case_page.page(person.at(school), case_id, **values).timeline.entries


# --- opening --------------------------------------------------------------------------------------


def test_opening_numbers_the_case_makes_its_opener_the_owner_and_starts_the_trail(
    app, world, school, counsellor, as_superuser
):
    student_id = world.student(school, name="Putri Rekaan")
    case_id = opened(
        counsellor, school, student_id, note="Menangis di kelas.", happened_on=date(2026, 11, 20)
    )
    actor = counsellor.at(school)
    with tenancy.work(actor):
        page = case_page.page(actor, case_id)
    assert (page.head.number, page.head.status, page.head.owner_id) == (
        "K-2026-001",
        "open",
        counsellor.user_id,
    )
    assert [(entry.kind, entry.word) for entry in page.timeline.entries] == [
        ("status", "open"),
        ("note", "fact"),
    ]
    assert page.timeline.entries[1].on == date(2026, 11, 20)
    actions = as_superuser.execute(
        text("SELECT action FROM audit_entries WHERE school_id = :school"), {"school": school.id}
    )
    assert {"case.opened", "case_note.added"} <= {row.action for row in actions}


def test_numbers_follow_the_schools_pattern_and_start_again_with_the_school_year(app, world):
    school = world.school(case_number_pattern="BK/{nomor:02}/{tahun_ajaran}")
    counsellor = world.person(school, "counsellor")
    numbers = []
    for when in (MONDAY, MONDAY + timedelta(days=30), MONDAY + timedelta(days=365)):
        actor = counsellor.at(school, when=when)
        student_id = world.student(school)
        with tenancy.work(actor):
            numbers.append(
                cases.open_case(
                    actor,
                    student_id=student_id,
                    field="social",
                    source="peer",
                    severity="low",
                    summary="Rekaan.",
                ).number
            )
    assert numbers == ["BK/01/2026/2027", "BK/02/2026/2027", "BK/01/2027/2028"]


def test_numbers_of_a_pattern_without_a_year_never_start_again(app, world):
    school = world.school(case_number_pattern="K{nomor}")
    counsellor = world.person(school, "counsellor")
    numbers = []
    for when in (MONDAY, MONDAY + timedelta(days=365)):
        actor = counsellor.at(school, when=when)
        student_id = world.student(school)
        with tenancy.work(actor):
            numbers.append(
                cases.open_case(
                    actor,
                    student_id=student_id,
                    field="social",
                    source="peer",
                    severity="low",
                    summary="Rekaan.",
                ).number
            )
    assert numbers == ["K1", "K2"]


def test_cases_opened_at_once_by_many_hands_get_numbers_of_their_own(app, world, school):
    hands = [world.person(school, "counsellor") for _ in range(6)]
    students = [world.student(school) for _ in hands]
    gate, numbers, failures = threading.Barrier(len(hands)), [], []

    def open_three(person, student_id):
        try:
            gate.wait()
            for _ in range(3):
                actor = person.at(school)
                with app.app_context(), tenancy.work(actor):
                    case = cases.open_case(
                        actor,
                        student_id=student_id,
                        field="social",
                        source="peer",
                        severity="low",
                        summary="Rekaan.",
                    )
                    numbers.append(case.number)
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=open_three, args=pair) for pair in zip(hands, students, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(numbers) == [f"K-2026-{number:03}" for number in range(1, 19)]


@pytest.mark.parametrize("role", ["principal", "homeroom", "teacher", "school_admin"])
def test_only_counsellors_and_class_teachers_open_cases(app, world, school, role):
    with pytest.raises(Forbidden):
        opened(world.person(school, role), school, world.student(school))


@pytest.mark.parametrize("role", ["counsellor", "class_teacher"])
def test_counsellors_and_class_teachers_do_open_cases(app, world, school, role):
    person = world.person(school, role)
    case_id = opened(person, school, world.student(school))
    with tenancy.work(person.at(school)):
        assert case_page.page(person.at(school), case_id).head.id == case_id


def test_a_case_is_not_opened_for_another_schools_student(app, world, school, counsellor):
    with pytest.raises(NotFound):
        opened(counsellor, school, world.student(world.school()))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"field": "astral"}, "field"),
        ({"kinds": ["bullying", "x"]}, "kinds"),
        ({"source": ""}, "source"),
        ({"severity": "so"}, "severity"),
        ({"summary": "  "}, "summary"),
        ({"summary": "x" * 2001}, "summary"),
    ],
)
def test_a_wrong_value_is_named(app, world, school, counsellor, values, field):
    with pytest.raises(Invalid) as refusal:
        opened(counsellor, school, world.student(school), **values)
    assert refusal.value.field == field


def test_the_summary_is_sealed_and_an_earlier_wording_stays(app, school, counsellor, case_id, as_superuser):
    actor = counsellor.at(school)
    with tenancy.work(actor):
        cases.edit_case(
            actor,
            case_id,
            field="personal",
            kinds=[],
            source="peer",
            severity="high",
            summary="Ternyata lain.",
        )
    with tenancy.work(actor):
        page = case_page.page(actor, case_id)
    assert (page.head.field, page.head.summary) == ("personal", "Ternyata lain.")
    earlier = next(entry for entry in page.timeline.entries if entry.word == "summary")
    assert earlier.text == "Sering menyendiri."
    stored = (
        as_superuser.execute(text("SELECT * FROM cases WHERE id = :id"), {"id": case_id}).mappings().one()
    )
    assert b"Ternyata" not in bytes(stored["summary_enc"])
    assert not any("Ternyata" in str(value) for key, value in stored.items() if key != "summary_enc")


# --- status ---------------------------------------------------------------------------------------


def monitored(school, counsellor, case_id):
    """A conference with a promise, a report on it, a behaviour and an observation; returns their ids."""
    actor = counsellor.at(school)
    with tenancy.work(actor):
        activity = tenancy.add(
            Activity(case_id=case_id, procedure="conference", created_by=actor.person_id, created_at=MONDAY)
        )
        tenancy.add(
            Conference(
                id=activity.id,
                case_id=case_id,
                state="monitoring",
                requester_id=actor.person_id,
                created_at=MONDAY,
                starts_at=MONDAY + timedelta(days=2),
                concluded_at=MONDAY + timedelta(days=2, hours=1),
            )
        )
        who = tenancy.add(
            Participant(
                conference_id=activity.id,
                kind="expert",
                why="information",
                name="Bu Rekaan",
                answer="yes",
                answered_at=MONDAY,
                created_at=MONDAY,
            )
        )
        promise = tenancy.add(
            Commitment(
                case_id=case_id,
                activity_id=activity.id,
                participant_id=who.id,
                due_on=TODAY - timedelta(days=1),
                state="accepted",
                created_by=actor.person_id,
                created_at=MONDAY,
                what="Menelepon tiap Jumat.",
            )
        )
        tenancy.add(
            CommitmentReport(
                commitment_id=promise.id,
                case_id=case_id,
                state="stuck",
                at=MONDAY,
                channel="link",
                by_participant_id=who.id,
                note="Belum tersambung.",
            )
        )
        goal = tenancy.add(
            BehaviourGoal(
                case_id=case_id,
                activity_id=activity.id,
                created_by=actor.person_id,
                created_at=MONDAY,
                behaviour="Menyapa teman.",
            )
        )
        for day, score in ((2, 4), (0, 2)):
            tenancy.add(
                Observation(
                    goal_id=goal.id,
                    case_id=case_id,
                    observed_on=TODAY - timedelta(days=10 - day),
                    score=score,
                    by_user_id=actor.person_id,
                    at=MONDAY,
                    note="Terlihat di kantin.",
                )
            )
    return activity.id, promise.id, goal.id
