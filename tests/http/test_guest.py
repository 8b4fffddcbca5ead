"""The guest's page: GET only shows, POST acts; a link alone shows an invitation and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import text

from tests.factories import csrf_token
from tests.queries import count_queries
from tests.services.stage import STUDENT, Stage
from webapp.services import conferences, guests, sign_in_throttle


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world, now=datetime.now(UTC)).invited()


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world, now=datetime.now(UTC)).invited()


@pytest.fixture
def phone(session_app):
    """A browser without an account."""
    return session_app.test_client()


def send(client, token: str, act: str, **data):
    page = client.get(f"/g/{token}/")
    return client.post(f"/g/{token}/{act}", data=data | {"csrf_token": csrf_token(page.text)})


def opened(client, stage: Stage, token: str):
    """Sign, ask for a code and enter it."""
    send(client, token, "sign", signature="Wali Rekaan")
    send(client, token, "code")
    return send(client, token, "enter", code=stage.mails("one_time_code")[-1].facts["code"])


def test_the_page_says_what_is_asked_and_names_no_student(stage, phone):
    page = phone.get(f"/g/{stage.token()}/")
    assert page.status_code == 200
    for words in ("Ruang BK", "Undangan" if "Undangan" in page.text else "Invitation", stage.principal.name):
        assert words in page.text
    for name in (STUDENT, *STUDENT.split(), "Z.C.", "Mencari jalan keluar", "Mendampingi di rumah"):
        assert name not in page.text
    assert "checked" not in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_a_scanner_that_opens_the_link_changes_nothing(stage, phone, as_superuser):
    token = stage.token()
    before = _state(as_superuser, stage)
    for path in ("", "calendar.ics", "?answer=yes"):
        assert phone.get(f"/g/{token}/{path}").status_code == 200
        assert phone.head(f"/g/{token}/{path}").status_code == 200
    for act in ("answer", "sign", "code", "enter", "not-me", "fresh-link", "language/en"):
        assert phone.get(f"/g/{token}/{act}").status_code == 405
        assert phone.head(f"/g/{token}/{act}").status_code == 405
    assert _state(as_superuser, stage) == before


def test_a_post_without_the_forms_token_is_refused(stage, phone):
    token = stage.token()
    assert phone.post(f"/g/{token}/answer", data={"answer": "yes"}).status_code == 400
    assert stage.participant("guardian").answer == "pending"


def test_unknown_and_mistyped_links_answer_like_any_missing_page(stage, phone):
    missing = phone.get("/gibt/es/nicht/")
    for token in ("x", stage.token()[:-1], stage.token() + "A"):
        page = phone.get(f"/g/{token}/")
        assert page.status_code == 404
        assert _without_nonce(page.text, token) == _without_nonce(missing.text, "")


def test_guessing_links_is_slowed_down_and_right_ones_work_on(stage, other, phone, monkeypatch):
    monkeypatch.setattr(sign_in_throttle, "PER_ADDRESS", 3)
    guesser, neighbour = (f"198.51.100.{place.school.id % 250}" for place in (stage, other))

    def asked(machine: str, link: str) -> int:
        return phone.get(link, environ_base={"REMOTE_ADDR": machine}).status_code

    wrong = [f"/g/{stage.token()}{letter}/" for letter in "abcde"]
    assert [asked(guesser, link) for link in wrong] == [404, 404, 404, 429, 429]
    assert asked(neighbour, wrong[0]) == 404
    for place in (stage, other):
        assert asked(guesser, f"/g/{place.token()}/") == 200


def test_an_answer_is_given_and_changed(stage, other, phone):
    token = stage.token()
    answer = send(phone, token, "answer", answer="yes", message="Saya datang")
    assert answer.status_code == 303
    send(phone, token, "answer", answer="other_time", proposed_time="Jumat pagi")
    row = stage.participant("guardian")
    assert (row.answer, row.proposed_time, row.answer_message) == ("other_time", "Jumat pagi", "Saya datang")
    assert other.participant("guardian").answer == "pending"
    assert "Saya datang" not in phone.get(f"/g/{token}/").text


def test_a_refused_answer_is_explained_and_what_was_typed_stays(stage, phone):
    page = send(phone, stage.token(), "answer", answer="other_time", message="Pesan saya")
    assert page.status_code == 422
    assert "Pesan saya" in page.text
    assert 'id="proposed_time-error"' in page.text
    assert stage.participant("guardian").answer == "pending"


def test_a_link_alone_shows_no_content_even_after_signing_elsewhere(stage, phone, session_app):
    token = stage.token()
    opened(phone, stage, token)
    assert "Mendampingi di rumah" in phone.get(f"/g/{token}/").text
    forwarded = session_app.test_client().get(f"/g/{token}/")
    assert forwarded.status_code == 200
    assert "Mendampingi di rumah" not in forwarded.text
    assert 'id="code-digits"' in forwarded.text


def test_the_grant_is_a_cookie_of_guests_pages_that_scripts_cannot_read(stage, phone):
    answer = opened(phone, stage, stage.token())
    (cookie,) = (value for value in answer.headers.getlist("Set-Cookie") if value.startswith("guest_"))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/g/" in cookie


def test_a_wrong_code_is_counted_and_refused(stage, phone, as_superuser):
    token = stage.token()
    send(phone, token, "sign", signature="Wali Rekaan")
    send(phone, token, "code")
    code = stage.mails("one_time_code")[-1].facts["code"]
    wrong = "000000" if code != "000000" else "000001"
    assert send(phone, token, "enter", code=wrong).status_code == 303
    assert 'id="code-digits"' in phone.get(f"/g/{token}/").text
    row = stage.participant("guardian")
    tried = as_superuser.execute(
        text("SELECT attempts FROM guest_codes WHERE participant_id = :id"), {"id": row.id}
    ).scalars()
    assert list(tried) == [1]


def test_a_code_read_out_on_the_phone_opens_too(stage, phone, session_app):
    with stage.as_(stage.counsellor) as actor:
        rows = conferences.participants.of(actor, stage.conference_id)
        code = guests.give_code(actor, next(row.id for row in rows if row.kind == "guardian"))
    token = stage.token()
    send(phone, token, "sign", signature="Wali Rekaan")
    send(phone, token, "enter", code=code)
    assert 'id="content"' in phone.get(f"/g/{token}/").text


def test_an_expired_link_offers_a_new_one_to_the_same_address(stage, phone, as_superuser):
    token = stage.token()
    as_superuser.execute(
        text("UPDATE guest_links SET expires_at = :at"), {"at": stage.now - timedelta(days=1)}
    )
    as_superuser.commit()
    page = phone.get(f"/g/{token}/")
    assert page.status_code == 410
    assert "Ruang BK" not in page.text
    refused = phone.post(f"/g/{token}/answer", data={"answer": "yes", "csrf_token": csrf_token(page.text)})
    assert refused.status_code == 410
    assert stage.participant("guardian").answer == "pending"
    sent = phone.post(f"/g/{token}/fresh-link", data={"csrf_token": csrf_token(page.text)})
    assert sent.status_code == 200
    (mail,) = stage.mails("fresh_link")
    assert mail.to_address == "wali.rekaan@contoh.example"
    fresh = mail.facts["link"].rstrip("/").rpartition("/")[2]
    assert phone.get(f"/g/{fresh}/").status_code == 200


def test_asking_again_and_again_looks_the_same_and_sends_no_more(stage, phone):
    token = stage.token()
    with stage.as_(stage.counsellor) as actor:
        rows = conferences.participants.of(actor, stage.conference_id)
        guests.revoke_links(actor, next(row for row in rows if row.kind == "guardian"))
    page = phone.get(f"/g/{token}/")
    bodies = {
        _without_nonce(
            phone.post(f"/g/{token}/fresh-link", data={"csrf_token": csrf_token(page.text)}).text, token
        )
        for _ in range(8)
    }
    assert len(bodies) == 1
    assert len(stage.mails("fresh_link")) == guests.LINKS_PER_HOUR - 1


def test_this_is_not_for_me(stage, phone):
    token = stage.token()
    assert send(phone, token, "not-me").status_code == 200
    assert phone.get(f"/g/{token}/").status_code == 410
    page = stage.counsellor.client().get(f"/s/{stage.school.slug}/conferences/{stage.conference_id}/")
    assert "Says it is not for them" in page.text or "bukan" in page.text


def test_a_cancelled_meeting_says_so_on_the_old_link(stage, phone):
    token = stage.token()
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Alasan rahasia rekaan")
    page = phone.get(f"/g/{token}/")
    assert page.status_code == 200
    assert "Alasan rahasia rekaan" not in page.text
    assert 'name="answer"' not in page.text


def test_after_the_start_no_answer_is_taken(stage, phone, as_superuser):
    token = stage.token()
    page = phone.get(f"/g/{token}/")
    as_superuser.execute(
        text("UPDATE conferences SET starts_at = :at WHERE id = :id"),
        {"at": stage.now - timedelta(minutes=1), "id": stage.conference_id},
    )
    as_superuser.commit()
    late = phone.post(f"/g/{token}/answer", data={"answer": "yes", "csrf_token": csrf_token(page.text)})
    assert late.status_code == 409
    assert stage.participant("guardian").answer == "pending"
    assert 'name="answer"' not in phone.get(f"/g/{token}/").text


def test_the_calendar_file_is_read_by_a_parser_and_asks_for_no_reply(stage, phone):
    token = stage.token()
    answer = phone.get(f"/g/{token}/calendar.ics")
    assert answer.mimetype == "text/calendar"
    calendar = Calendar.from_ical(answer.data)
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert event.decoded("DTSTART") == stage.starts_at.replace(microsecond=0)
    assert event["UID"] == f"{stage.conference_id}-{stage.participant('guardian').id}@pamong"
    assert "ATTENDEE" not in event


def test_the_language_changes_page_and_later_mails(stage, phone):
    token = stage.token()
    assert send(phone, token, "language/en").status_code == 303
    assert '<html lang="en">' in phone.get(f"/g/{token}/").text
    assert stage.participant("guardian").locale == "en"


def test_a_staff_session_beside_does_not_turn_the_guest_into_staff(stage, other):
    browser = other.counsellor.client()
    page = browser.get(f"/g/{stage.token()}/")
    assert page.status_code == 200
    assert other.counsellor.name not in page.text


def test_the_guests_page_asks_the_database_little(session_app, stage, phone):
    token = stage.token()
    phone.get(f"/g/{token}/")
    with session_app.app_context(), count_queries() as seen:
        phone.get(f"/g/{token}/")
    assert len(seen) <= 12, "\n".join(seen)


def _state(superuser, stage: Stage) -> list:
    rows = superuser.execute(
        text(
            "SELECT p.*, (SELECT count(*) FROM outbox), (SELECT count(*) FROM guest_codes),"
            " (SELECT count(*) FROM guest_links), (SELECT count(*) FROM audit_entries)"
            " FROM participants p WHERE p.school_id = :school ORDER BY id"
        ),
        {"school": stage.school.id},
    ).all()
    superuser.rollback()
    return [tuple(row) for row in rows]


def _without_nonce(page: str, token: str) -> str:
    page = re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"', "", page)
    page = re.sub(r'name="next" value="[^"]*"', "", page)
    return page.replace(f"/g/{token}/", "/")
