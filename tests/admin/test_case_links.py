"""Team, referrals and links on the pages of a case, and what they cost."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests.admin.case_pages import NEW_CASE, address, monitored, opened, send, student_of, work
from tests.queries import count_queries
from webapp.models.cases import CaseMember
from webapp.services import case_team, student_referrals


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


@pytest.fixture
def case_id(world, school, counsellor):
    return opened(counsellor, school, world.student(school, name="Ani Putri Rekaan"))


def test_the_team_page_adds_hands_over_shuts_out_and_lifts(world, school, counsellor, case_id):
    client, url = counsellor.client(), address(school, f"{case_id}/team/")
    colleague, teacher = world.person(school, "counsellor"), world.person(school, "teacher")
    assert send(client, url, url + "add", user_id=teacher.user_id).status_code == 303
    assert teacher.client().get(address(school, f"{case_id}/")).status_code == 200
    shut_out = send(client, url, url + "shut-out", user_id=teacher.user_id, reason="Pihak dalam kasus.")
    assert shut_out.status_code == 303
    assert "Pihak dalam kasus." in client.get(url).text
    assert teacher.client().get(address(school, f"{case_id}/")).status_code == 404
    assert send(client, url, url + "add", user_id=teacher.user_id).status_code == 409
    assert send(client, url, url + "lift", user_id=teacher.user_id).status_code == 303
    assert send(client, url, url + "owner", user_id=colleague.user_id).status_code == 303
    assert send(client, url, url + "owner", user_id=counsellor.user_id).status_code == 403
    assert send(client, url, url + "remove", user_id=colleague.user_id).status_code == 409
    left = send(client, url, url + "remove", user_id=counsellor.user_id)
    assert left.headers["Location"].endswith("/cases/")
    assert client.get(url).status_code == 404


def test_a_refused_shutting_out_keeps_what_was_typed(world, school, counsellor, case_id):
    url = address(school, f"{case_id}/team/")
    answer = send(counsellor.client(), url, url + "shut-out", user_id=0, reason="Alasan yang diketik")
    assert answer.status_code == 422
    assert "Alasan yang diketik" in answer.text


def test_a_teacher_refers_and_the_counsellor_takes_it_into_a_new_case(world, school, counsellor):
    student_id = world.student(school, name="Eka Rekaan")
    teacher = world.person(school, "teacher")
    client, url = teacher.client(), address(school, "referrals/")
    found = client.get(url + "new?q=eka").text
    assert "Eka Rekaan" in found
    sent = send(
        client, f"{url}new?student={student_id}", url + "new", student=student_id, body="Tidak mau bicara."
    )
    assert sent.status_code == 303
    own = client.get(url).text
    assert "Tidak mau bicara." in own
    with work(counsellor, school):
        (waiting,) = student_referrals.list_incoming(counsellor.at(school))
    desk = counsellor.client()
    assert "Tidak mau bicara." in desk.get(url).text
    form = address(school, f"new?referral={waiting.id}")
    assert "Eka Rekaan" in desk.get(form).text
    answer = send(desk, form, address(school, "new"), referral=waiting.id, student=student_id, **NEW_CASE)
    assert answer.status_code == 303
    assert counsellor.name in client.get(url).text
    assert "/cases/new" not in client.get(url).text


def test_a_counsellor_answers_a_referral(world, school, counsellor):
    student_id = world.student(school)
    teacher = world.person(school, "teacher")
    with work(teacher, school):
        referral_id = student_referrals.refer(teacher.at(school), student_id=student_id, body="Cemas.").id
    url = address(school, f"referrals/{referral_id}/")
    client = counsellor.client()
    assert send(client, url, act="decline", answer="").status_code == 422
    assert send(client, url, act="decline", answer="Sudah ditangani.").status_code == 303
    assert "Sudah ditangani." in teacher.client().get(address(school, "referrals/")).text


def test_a_counsellor_adds_a_referral_to_a_case_of_the_student(world, school, counsellor, case_id):
    teacher = world.person(school, "teacher")
    student_id = student_of(school, counsellor, case_id)
    with work(teacher, school):
        referral_id = student_referrals.refer(
            teacher.at(school), student_id=student_id, body="Cemas sekali."
        ).id
    client, url = counsellor.client(), address(school, f"referrals/{referral_id}/")
    assert "K-2026-001" in client.get(url).text
    assert send(client, url, act="take", case_id=case_id).status_code == 303
    assert "Cemas sekali." in client.get(address(school, f"{case_id}/")).text


def test_referrals_by_role_and_school(world, school, counsellor):
    teacher = world.person(school, "teacher")
    student_id = world.student(school)
    with work(teacher, school):
        referral_id = student_referrals.refer(teacher.at(school), student_id=student_id, body="Rahasia.").id
    url = address(school, "referrals/")
    assert world.person(school, "school_admin").client().get(url).status_code == 403
    for role in ("principal", "homeroom", "teacher"):
        client = world.person(school, role).client()
        assert "Rahasia." not in client.get(url).text
        assert client.get(f"{url}{referral_id}/").status_code == 403
    elsewhere = world.school()
    stranger = world.person(elsewhere, "counsellor").client()
    assert stranger.get(address(elsewhere, f"referrals/{referral_id}/")).status_code == 404
    assert stranger.get(address(elsewhere, f"new?referral={referral_id}")).status_code == 404


def test_two_cases_are_linked_by_a_number_and_unlinked_again(world, school, counsellor, case_id):
    client = counsellor.client()
    other_id = opened(counsellor, school, world.student(school, name="Beni Rekaan"))
    page = address(school, f"{case_id}/links/")
    assert "Beni Rekaan" in client.get(page).text
    refused = send(client, page, number="K-2026-999", kind="siblings", note="Adik rekaan")
    assert refused.status_code == 422
    assert "Adik rekaan" in refused.text
    assert send(client, page, number="K-2026-002", kind="siblings").status_code == 303
    shown = client.get(address(school, f"{case_id}/")).text
    assert f'href="{address(school, f"{other_id}/")}"' in shown
    assert "Beni Rekaan" in shown
    colleague = world.person(school, "counsellor")
    with work(counsellor, school):
        case_team.add_member(counsellor.at(school), case_id, user_id=colleague.user_id)
    theirs = colleague.client().get(address(school, f"{case_id}/")).text
    assert "K-2026-002" not in theirs
    assert "Beni" not in theirs
    remove = re.search(r'action="([^"]+/links/\d+/remove)"', shown)
    assert remove is not None
    assert send(colleague.client(), address(school, f"{case_id}/"), remove.group(1)).status_code == 404
    assert send(client, address(school, f"{case_id}/"), remove.group(1)).status_code == 303
    assert "Beni Rekaan" not in client.get(address(school, f"{case_id}/")).text


def test_no_page_of_cases_asks_much_of_the_database(world, school, counsellor, case_id):
    client = counsellor.client()
    person = world.person(school, "teacher")
    with work(counsellor, school):
        case_team.add_member(counsellor.at(school), case_id, user_id=person.user_id)
    monitored(school, counsellor, case_id)
    student_id = world.student(school)
    with work(person, school):
        student_referrals.refer(person.at(school), student_id=student_id, body="Cemas.")
    paths = ["", "?q=ani", "new?q=ani", f"new?student={student_id}", "referrals/", f"{case_id}/"]
    paths += [f"{case_id}/{part}" for part in ("edit", "status", "team/")]
    costs = {}
    for path in paths:
        with count_queries() as seen:
            assert client.get(address(school, path)).status_code == 200
        costs[path] = len(seen)
    assert max(costs.values()) <= 12, costs


def test_more_cases_cost_no_more_queries(world, school, counsellor, case_id):
    client = counsellor.client()
    client.get(address(school))

    def cost():
        with count_queries() as seen:
            client.get(address(school))
        return len(seen)

    few = cost()
    for _ in range(6):
        opened(counsellor, school, world.student(school))
    assert cost() == few
    with work(counsellor, school) as session:
        assert len(session.scalars(select(CaseMember.id)).all()) == 7
