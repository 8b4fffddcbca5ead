"""Content, tasks, opinion and minutes on a guest's page: behind signature and code, while they are open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.conference_world import STUDENT, TEXTS, Meeting
from tests.factories import csrf_token
from tests.queries import MOST_PER_PAGE, count_queries
from webapp.services import minutes


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world, now=datetime.now(UTC))


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world, now=datetime.now(UTC))


@pytest.fixture
def phone(session_app):
    return session_app.test_client()


def send(client, token: str, act: str, **data):
    page = client.get(f"/g/{token}/")
    return client.post(f"/g/{token}/{act}", data=data | {"csrf_token": csrf_token(page.text)})


def enter(client, stage: Meeting, token: str) -> None:
    """Ask for a code and enter it."""
    send(client, token, "code")
    code = stage.mails("one_time_code")[-1].facts["code"]
    assert send(client, token, "enter", code=code).status_code == 303


def test_a_link_without_a_code_shows_neither_content_nor_tasks(stage, phone):
    stage.with_tasks()
    page = phone.get(f"/g/{stage.token()}/").text
    for secret in (STUDENT, *STUDENT.split(), TEXTS["symptoms"], "Tugas rekaan"):
        assert secret not in page


def test_with_signature_and_code_the_guest_reads_along(stage, phone):
    stage.with_tasks()
    token = stage.token()
    enter(phone, stage, token)
    page = phone.get(f"/g/{token}/").text
    assert STUDENT in page
    assert page.index("Rajin menggambar") < page.index(TEXTS["symptoms"])
    assert "Tugas rekaan guardian" in page


def test_a_guest_who_has_not_signed_sees_nothing_even_with_a_code(stage, phone):
    stage.with_tasks()
    token = stage.token("expert")
    send(phone, token, "code")
    page = phone.get(f"/g/{token}/").text
    assert STUDENT not in page
    assert TEXTS["symptoms"] not in page


def test_a_guest_accepts_reports_and_gives_their_word(stage, phone):
    stage.with_tasks()
    token, task = stage.token(), stage.extra["task_guardian"]
    enter(phone, stage, token)
    refused = send(phone, token, f"tasks/{task}/answer", accepts="no", reason="")
    assert refused.status_code == 422
    assert send(phone, token, f"tasks/{task}/answer", accepts="yes").status_code == 303
    early = send(phone, token, "opinion", opinion="agreed")
    assert early.status_code == 409
    with stage.as_(stage.counsellor) as actor:
        from webapp.services import meeting

        meeting.conclude(actor, stage.conference_id)
    assert send(phone, token, "opinion", opinion="reservation", reservation=" ").status_code == 422
    assert send(phone, token, "opinion", opinion="reservation", reservation="Ketat").status_code == 303
    assert stage.participant("guardian").opinion == "reservation"
    assert send(phone, token, f"tasks/{task}/report", state="stuck", note="Belum sempat").status_code == 303
    assert "Belum sempat" in phone.get(f"/g/{token}/").text
    assert stage.task("guardian").state == "stuck"


def test_after_the_sign_off_content_closes_and_tasks_stay(stage, phone):
    stage.signed_off()
    token = stage.token()
    enter(phone, stage, token)
    page = phone.get(f"/g/{token}/").text
    assert STUDENT not in page
    assert TEXTS["symptoms"] not in page
    assert "Tugas rekaan guardian" in page


def test_delivered_minutes_are_opened_by_their_guest_alone(stage, other, phone, session_app):
    stage.documented()
    other.documented()
    token = stage.token()
    enter(phone, stage, token)
    path = f"/g/{token}/documents/{stage.extra['minutes']}"
    assert phone.get(path).status_code == 404
    with stage.as_(stage.counsellor) as actor:
        guardian = next(
            row.id for row in minutes.participants.of(actor, stage.conference_id) if row.guardian_id
        )
        minutes.deliver(actor, stage.conference_id, [guardian])
    assert "/documents/" in phone.get(f"/g/{token}/").text
    answer = phone.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    stranger = session_app.test_client()
    assert stranger.get(path).status_code == 404
    enter(stranger, other, other.token())
    assert stranger.get(f"/g/{other.token()}/documents/{stage.extra['minutes']}").status_code == 404
    assert stranger.get(path).status_code == 404


def test_nobody_acts_through_another_guests_link(stage, other, session_app):
    stage.with_tasks()
    other.with_tasks()
    task = stage.extra["task_guardian"]
    stranger = session_app.test_client()
    enter(stranger, other, other.token())
    for token in (other.token(), stage.token()):
        assert send(stranger, token, f"tasks/{task}/answer", accepts="yes").status_code == 404
        assert send(stranger, token, f"tasks/{task}/report", state="done").status_code == 404
    assert stage.task("guardian").state == "proposed"


@pytest.mark.parametrize("far", ["invited", "with_tasks", "agreed", "documented"])
def test_the_guests_page_asks_the_database_little_however_far_the_conference_is(stage, phone, far):
    getattr(stage, far)()
    token = stage.token()
    if far == "invited":
        send(phone, token, "sign", signature="Wali Rekaan")
    if far == "documented":
        guardian_id = stage.participant("guardian").id
        with stage.as_(stage.counsellor) as actor:
            minutes.deliver(actor, stage.conference_id, [guardian_id])
    enter(phone, stage, token)
    phone.get(f"/g/{token}/")  # the school's key is read once per process
    with count_queries() as asked:
        page = phone.get(f"/g/{token}/").text
    assert ("Tugas rekaan guardian" in page) == (far != "invited")
    assert len(asked) <= MOST_PER_PAGE, "\n".join(asked)
