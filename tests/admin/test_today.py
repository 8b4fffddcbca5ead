"""Today: what waits for one person, by role; asked in few queries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.activity_world import Run
from tests.factories import MONDAY
from tests.monitoring_world import Watched
from tests.queries import count_queries
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.procedures import HOME_VISIT
from webapp.models.background import OutboxMail, Report
from webapp.models.conferences import Participant
from webapp.models.content import SignOff
from webapp.models.incoming import IncomingMail
from webapp.models.students import StudentImport, StudentReferral
from webapp.services import access, today


@pytest.fixture
def watched(world):
    return Watched.build(world)


def shown(watched: Watched, person=None) -> today.Today:
    actor = (person or watched.counsellor).at(watched.place, when=watched.now)
    with watched.world.app.app_context(), tenancy.work(actor):
        return today.show(actor)


def kinds(watched: Watched, person=None) -> list[str]:
    return [need.kind for need in shown(watched, person).needs]


def home(person, watched: Watched):
    return person.client().get(f"/s/{watched.place.slug}/")


def test_what_is_late_or_due_today_in_my_cases_needs_me_and_what_lies_ahead_does_not(world, watched):
    late = watched.promise(-2)
    watched.check_in(-1, commitment_id=late)
    watched.promise(0), watched.promise(9)
    watched.check_in(0, goal_id=watched.goal())
    found = shown(watched).needs
    assert [need.kind for need in found] == ["promise_overdue", "promise_today", "behaviour_today"]
    assert {need.case_number for need in found} == {watched.number}
    assert found[0].path == f"monitoring/?case={watched.case_id}#commitment-{late}"


def test_a_promise_made_outside_a_conference_says_who_made_it(world):
    run = Run(Stage.build(world), HOME_VISIT).started().filled(until="execution.commitment_developed")
    stage = run.stage
    with stage.as_(stage.counsellor, when=stage.now + timedelta(days=11)) as actor:
        (need,) = [need for need in today.show(actor).needs if need.kind == "promise_overdue"]
        assert need.who == "Keluarga Rekaan"
    with stage.as_(stage.principal, when=stage.now + timedelta(days=11)) as actor:
        assert all(need.who is None for need in today.show(actor).needs)


def test_another_schools_and_another_teams_matters_do_not_need_me(world, watched):
    other_school, other_case = Watched.build(world), Watched.build(world, watched.place)
    other_school.promise(-1), other_case.promise(-1)
    assert kinds(watched) == []
    assert kinds(other_school) == kinds(other_case) == ["promise_overdue"]


def test_a_mail_that_bounced_says_whom_to_phone(world):
    watched = Watched.build(world, state="invited", starts_in=timedelta(days=4))
    other = Watched.build(world, state="invited", starts_in=timedelta(days=4))
    with watched.work() as actor:
        access.get(actor, Participant, watched.participant_id).mail_bounced_at = watched.now
    assert "bounced" not in kinds(other)
    (need,) = (need for need in shown(watched).needs if need.kind == "bounced")
    assert (need.who, need.phone) == ("Psikolog Rekaan", "081200000000")
    assert 'href="tel:081200000000"' in home(watched.counsellor, watched).text


def test_a_request_waits_for_the_principal_of_the_school_only(world):
    watched = Watched.build(world, state="requested", starts_in=timedelta(days=4))
    other = Watched.build(world)
    principal, stranger = world.person(watched.place, "principal"), world.person(other.place, "principal")
    assert kinds(watched, principal) == ["approve"]
    assert kinds(other, stranger) == []
    assert kinds(watched) == []


def test_a_teacher_who_is_invited_answers_then_signs_then_takes_on_a_task(world, as_superuser):
    watched = Watched.build(world, state="invited", starts_in=timedelta(hours=30))
    teacher, bystander = world.person(watched.place, "teacher"), world.person(watched.place, "teacher")
    row = watched.participant(teacher)
    assert kinds(watched, teacher) == ["answer"]
    assert kinds(watched, bystander) == []
    as_superuser.execute(text("UPDATE participants SET answer = 'yes' WHERE id = :id"), {"id": row})
    as_superuser.commit()
    assert kinds(watched, teacher) == ["pledge"]
    watched.promise(3, "proposed", participant_id=row)
    assert kinds(watched, teacher) == ["pledge", "own_task_proposed"]
    page = home(teacher, watched).text
    assert watched.number not in page
    assert 'id="needs"' in page
    assert "chart" not in re.sub(r"<svg.*?</svg>", "", page)


def test_a_task_that_is_late_is_the_teachers_own_to_see(world, watched):
    teacher = world.person(watched.place, "teacher")
    watched.promise(-1, participant_id=watched.participant(teacher))
    assert kinds(watched, teacher) == ["own_task_overdue"]


def test_minutes_go_from_the_counsellor_to_the_principal(world):
    watched = Watched.build(world, state="concluded")
    principal = world.person(watched.place, "principal")
    assert kinds(watched) == ["minutes_overdue"]
    assert kinds(watched, principal) == []
    with watched.work() as actor:
        tenancy.add(
            SignOff(
                conference_id=watched.conference_id,
                part="counsellor",
                user_id=actor.person_id,
                signed_at=watched.now,
            )
        )
    assert kinds(watched) == []
    assert kinds(watched, principal) == ["sign_off"]


def test_a_conference_that_was_never_opened_is_late_for_its_team(world):
    watched = Watched.build(world, state="invited", starts_in=timedelta(days=-2))
    assert "meeting_overdue" in kinds(watched)
    assert kinds(watched, world.person(watched.place, "principal")) == []


def test_new_referrals_and_what_failed_need_whoever_can_act(world, watched):
    teacher = world.person(watched.place, "homeroom")
    colleague = world.person(watched.place, "counsellor")
    student = world.student(watched.place)
    with world.app.app_context(), tenancy.work(teacher.at(watched.place, when=watched.now)) as session:
        session.add(
            StudentReferral(
                student_id=student, author_id=teacher.user_id, created_at=watched.now, body="Rekaan"
            )
        )
    with watched.work() as actor:
        common = {"requested_by": actor.person_id}
        tenancy.add(StudentImport(file_name="a.xlsx", state="failed", created_at=watched.now, **common))
        tenancy.add(
            Report(
                kind="minutes",
                dedupe_key="x",
                state="failed",
                requested_at=watched.now,
                due_at=watched.now,
                **common,
            )
        )
    assert kinds(watched) == ["import_failed", "document_failed", "referral"]
    assert kinds(watched, colleague) == ["referral"]
    assert kinds(watched, teacher) == []


def test_a_school_admin_is_told_what_the_school_still_lacks(world):
    place = world.school()
    admin = world.person(place, "school_admin")
    watched = Watched(world, place, admin, Watched.build(world).now)
    assert kinds(watched, admin) == ["no_principal", "no_counsellor", "no_students", "no_letterhead"]
    page = home(admin, watched).text
    assert f'href="/s/{place.slug}/imports/"' in page
    world.person(place, "principal"), world.person(place, "counsellor"), world.student(place)
    assert kinds(watched, admin) == ["no_homeroom", "no_letterhead"]


def test_this_week_shows_who_comes_until_sunday(world):
    watched = Watched.build(world, state="invited", starts_in=timedelta(days=2), now=MONDAY)
    watched.participant(answer="yes")
    (meeting,) = shown(watched).this_week
    assert (meeting.coming, meeting.asked, meeting.case_number) == (1, 2, watched.number)
    later = Watched.build(world, state="invited", starts_in=timedelta(days=8), now=MONDAY)
    assert shown(later).this_week == ()
    assert [line.id for line in shown(watched, world.person(watched.place, "principal")).this_week] == [
        watched.conference_id
    ]


def test_case_figures_count_the_own_school(world, watched):
    Watched.build(world, watched.place), Watched.build(world)
    figures = shown(watched).cases
    assert figures.open == 2
    assert figures.by_field["social"] == 2
    assert figures.by_month[-1] == (watched.today.replace(day=1), 2)
    assert len(figures.by_month) == 6
    assert shown(watched, world.person(watched.place, "teacher")).cases is None


@pytest.mark.parametrize(
    "roles", [("counsellor",), ("counsellor", "principal"), ("school_admin", "class_teacher")]
)
def test_the_page_takes_at_most_twelve_queries_however_much_waits(world, roles):
    place = world.school()
    person = world.person(place, *roles)
    client = person.client()
    for _ in range(3):
        watched = Watched.build(
            world, place, counsellor=person, state="invited", starts_in=timedelta(hours=1)
        )
        watched.promise(-1, participant_id=watched.participant(person))
        watched.check_in(0, goal_id=watched.goal())
        with watched.work():
            tenancy.add(
                OutboxMail(
                    kind="invitation", dedupe_key=f"x:{watched.participant_id}", state="failed",
                    participant_id=watched.participant_id, conference_id=watched.conference_id,
                    message_id="<rekaan@contoh.example>", created_at=watched.now,
                )
            )  # fmt: skip
    with count_queries() as seen:
        page = client.get(f"/s/{place.slug}/")
    assert page.status_code == 200
    assert len(seen) <= 12, "\n\n".join(seen)


def test_replies_that_wait_are_one_line_with_their_number_for_whoever_reviews_them(world):
    watched = Watched.build(world, state="invited", starts_in=timedelta(days=4))
    other = Watched.build(world, state="invited", starts_in=timedelta(days=4))
    person = watched.participant()
    colleague = world.person(watched.place, "counsellor")
    assert kinds(watched) == []
    with world.app.app_context(), tenancy.work(tenancy.system(watched.place.id, watched.now)):
        for number in range(3):
            tenancy.add(
                IncomingMail(
                    digest=f"uji:{number}",
                    state="review" if number else "dismissed",
                    reason="written",
                    conference_id=watched.conference_id,
                    participant_id=person,
                    received_at=watched.now - timedelta(days=2),
                )
            )
    (need,) = shown(watched).needs
    assert (need.kind, need.number, need.path) == ("incoming", 2, "outbox/incoming/")
    assert need.on == watched.day(-2)
    page = home(watched.counsellor, watched).text
    assert "Replies wait for your review" in page
    assert kinds(watched, colleague) == kinds(other) == []
    assert kinds(watched, world.person(watched.place, "principal")) == []
