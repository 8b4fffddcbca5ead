"""The student card of a student with 10 entries, with one page of them, and with 1,000: the cost follows
what is shown, not what is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
from flask import Flask

from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, interleaved, no_slower
from tests.benchmarks.pairs.pages import Page, cookie_of
from tests.benchmarks.stand import EMPTY, Stand
from tests.factories import Person, Place, World
from tests.queries import MOST_PER_PAGE, count_queries
from webapp import tenancy
from webapp.models.activities import Activity
from webapp.models.cases import CaseNote
from webapp.models.commitments import BehaviourGoal, Observation
from webapp.models.conferences import Conference
from webapp.services import case_timeline, cases

FEW, MANY = 10, 1_000
CASES = 4
"""Cases of each student, each with the same services, so that only the number of entries differs."""


def measure(stand: Stand) -> list[Line]:
    rounds = 5 if stand.is_small else 40
    with stand.copy_of(EMPTY) as database:
        app = stand.app(database)
        world = World(app)
        school = world.school()
        counsellor = world.person(school, "counsellor")
        students = {number: world.student(school) for number in (FEW, case_timeline.PAGE, MANY)}
        for number, student_id in students.items():
            _fill(app, counsellor, school, student_id, number)
        with psycopg.connect(plain(stand.url("superuser", database)), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        cookie = cookie_of(app, counsellor)
        pages = {
            number: Page(app, f"/s/{school.slug}/students/{student_id}/", cookie, {})
            for number, student_id in students.items()
        }
        with count_queries() as asked:
            assert pages[MANY].get()[0] == 200
        taken = interleaved({str(number): page.get for number, page in pages.items()}, rounds=rounds)
    many, note = taken[str(MANY)], f"{len(asked)} queries, at most {MOST_PER_PAGE}"
    assert len(asked) <= MOST_PER_PAGE, note
    return [
        no_slower(
            f"student card, {MANY:,} entries beside {FEW}",
            many,
            taken[str(FEW)],
            at_most=2,
            rows=MANY,
            note=note,
        ),
        no_slower(
            f"student card, {MANY:,} entries beside one page of them",
            many,
            taken[str(case_timeline.PAGE)],
            at_most=1.2,
            rows=MANY,
            note=note,
        ),
    ]


def _fill(app: Flask, person: Person, school: Place, student_id: int, entries: int) -> None:
    """Cases of a student with that many entries in all: their openings and meetings, notes, observations."""
    now = datetime.now(UTC)
    actor = person.at(school, when=now)
    with app.app_context(), tenancy.work(actor):
        goals = []
        for _ in range(CASES):
            case = cases.open_case(
                actor,
                student_id=student_id,
                field="social",
                source="counsellor",
                severity="low",
                summary="Ringkasan rekaan",
            )
            meeting = tenancy.add(
                Activity(case_id=case.id, procedure="conference", created_by=person.user_id, created_at=now)
            )
            tenancy.add(
                Conference(id=meeting.id, case_id=case.id, requester_id=person.user_id, created_at=now)
            )
            goals.append(
                tenancy.add(
                    BehaviourGoal(
                        case_id=case.id,
                        activity_id=meeting.id,
                        created_by=person.user_id,
                        created_at=now,
                        behaviour="Perilaku rekaan",
                    )
                )
            )
        for number in range(entries - 2 * CASES):
            goal = goals[number % CASES]
            on = (now - timedelta(days=number // 3)).date()
            tenancy.session.add(
                Observation(
                    goal_id=goal.id,
                    case_id=goal.case_id,
                    observed_on=on,
                    score=number % 5 + 1,
                    by_user_id=person.user_id,
                    at=now,
                    note=f"Catatan rekaan {number}",
                )
                if number % 8 == 0
                else CaseNote(
                    case_id=goal.case_id,
                    kind="fact",
                    author_id=person.user_id,
                    created_at=now,
                    happened_on=on,
                    body=f"Catatan rekaan {number}. " * 8,
                )
            )
