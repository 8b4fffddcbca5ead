"""Signing in, what a person may then open, and how sign-ins end."""

from __future__ import annotations

import re

from sqlalchemy import text

from tests.factories import PASSWORD, csrf_token
from webapp.services import sign_in_throttle


def _try(client, email: str, password: str):
    token = csrf_token(client.get("/login").text)
    return client.post("/login", data={"email": email, "password": password, "csrf_token": token})


def test_a_counsellor_opens_the_own_school_and_no_other(world):
    school, other = world.school(), world.school()
    counsellor = world.person(school, "counsellor")
    client = counsellor.client()
    assert client.get(f"/s/{school.slug}/").status_code == 200
    foreign = client.get(f"/s/{other.slug}/")
    missing = client.get("/s/no-such-school/")
    assert foreign.status_code == missing.status_code == 404


def test_an_anonymous_caller_is_sent_to_the_sign_in(world):
    school = world.school()
    answer = world.app.test_client().get(f"/s/{school.slug}/")
    assert answer.status_code == 302
    assert "/login" in answer.location


def test_a_script_of_somebody_signed_out_is_refused_and_never_led_to_a_page_that_answers_ok(world):
    school = world.school()
    person = world.person(school, "counsellor")
    address = f"/s/{school.slug}/conferences/1/content/purpose"
    sent = {"field": "text", "value": "Satu jam menulis.", "version": "0"}
    for client, status in ((world.app.test_client(), 401), (person.client(), 404)):
        token = csrf_token(client.get("/login" if status == 401 else "/me/").text)
        headers = {"Accept": "application/json", "X-CSRFToken": token}
        answer = client.post(address, json=sent, headers=headers, follow_redirects=True)
        assert answer.status_code == status
        assert answer.is_json


def test_a_wrong_password_and_an_unknown_account_answer_alike(world):
    person = world.person(world.school(), "counsellor")
    client = world.app.test_client()
    wrong = _try(client, person.email, "salah-sekali-123")
    unknown = _try(client, person.email.replace("orang", "nobody"), "salah-sekali-123")

    def shape(page):
        page = re.sub(r'value="[^"]*"', "", page.text)
        return re.sub(r'nonce="[^"]*"', "", page)

    assert wrong.status_code == unknown.status_code == 200
    assert shape(wrong) == shape(unknown)


def test_too_many_wrong_passwords_close_the_account_for_a_while_and_only_that_account(world):
    school = world.school()
    victim, other = world.person(school, "counsellor"), world.person(school, "principal")
    client = world.app.test_client()
    for _ in range(sign_in_throttle.PER_ACCOUNT):
        assert _try(client, victim.email, "salah-sekali-123").status_code == 200
    assert _try(client, victim.email, PASSWORD).status_code == 429
    assert _try(client, other.email, PASSWORD).status_code == 302


def test_a_right_password_clears_the_count(world):
    person = world.person(world.school(), "counsellor")
    for _ in range(2):
        client = world.app.test_client()
        for _ in range(sign_in_throttle.PER_ACCOUNT - 1):
            assert _try(client, person.email, "salah-sekali-123").status_code == 200
        assert _try(client, person.email, PASSWORD).status_code == 302


def test_a_revoked_sign_in_is_over_at_once_and_others_go_on(world, as_superuser):
    school = world.school()
    person = world.person(school, "counsellor")
    phone, laptop = person.client(), person.client()
    page = laptop.get("/me/").text
    ids = re.findall(r"/me/sessions/(\d+)/end", page)
    assert len(ids) == 1
    laptop.post(f"/me/sessions/{ids[0]}/end", data={"csrf_token": csrf_token(page)})
    assert phone.get(f"/s/{school.slug}/").status_code == 302
    assert laptop.get(f"/s/{school.slug}/").status_code == 200


def test_nobody_ends_the_sign_in_of_another_person(world, as_superuser):
    school = world.school()
    person, intruder = world.person(school, "counsellor"), world.person(school, "counsellor")
    client, other = person.client(), intruder.client()
    row_id = as_superuser.scalar(
        text("SELECT id FROM sign_in_sessions WHERE user_id = :id"), {"id": person.user_id}
    )
    other.post(f"/me/sessions/{row_id}/end", data={"csrf_token": csrf_token(other.get("/me/").text)})
    assert client.get(f"/s/{school.slug}/").status_code == 200


def test_signing_out_ends_the_session_on_the_server(world, as_superuser):
    person = world.person(world.school(), "counsellor")
    client = person.client()
    client.post("/logout", data={"csrf_token": csrf_token(client.get("/me/").text)})
    assert (
        as_superuser.scalar(
            text("SELECT count(*) FROM sign_in_sessions WHERE user_id = :id AND revoked_at IS NULL"),
            {"id": person.user_id},
        )
        == 0
    )


def test_a_forgotten_password_is_reset_by_mail_and_ends_every_session(world, as_superuser, monkeypatch):
    school = world.school()
    person = world.person(school, "counsellor")
    old = person.client()
    links = []
    from webapp.services import accounts

    real = accounts.PasswordResetFacts

    def remember(**values):
        links.append(values["link"])
        return real(**values)

    monkeypatch.setattr(accounts, "PasswordResetFacts", remember)
    visitor = world.app.test_client()
    answer = visitor.post(
        "/reset", data={"email": person.email, "csrf_token": csrf_token(visitor.get("/reset").text)}
    )
    assert answer.status_code in (200, 302)
    assert len(links) == 1
    queued = as_superuser.execute(
        text("SELECT kind, school_id, state FROM outbox WHERE user_id = :id"), {"id": person.user_id}
    ).one()
    assert tuple(queued) == ("password_reset", 0, "queued")
    path = links[0].partition("/reset/")[2]
    page = visitor.get(f"/reset/{path}", follow_redirects=True)
    new = "sandi-yang-baru-456"
    visitor.post(
        f"/reset/{path}",
        data={"password": new, "password_confirm": new, "csrf_token": csrf_token(page.text)},
    )
    assert old.get(f"/s/{school.slug}/").status_code == 302
    assert _try(world.app.test_client(), person.email, new).status_code == 302


def test_a_reset_for_an_unknown_address_answers_alike_and_mails_nobody(world, as_superuser):
    before = as_superuser.scalar(text("SELECT count(*) FROM outbox"))
    visitor = world.app.test_client()
    answer = visitor.post(
        "/reset",
        data={"email": "nobody@contoh.example", "csrf_token": csrf_token(visitor.get("/reset").text)},
    )
    assert answer.status_code in (200, 302)
    assert as_superuser.scalar(text("SELECT count(*) FROM outbox")) == before


def test_json_that_is_no_form_is_refused(world, session_app, monkeypatch):
    monkeypatch.setitem(session_app.config, "WTF_CSRF_ENABLED", False)
    for client in (world.person(world.school(), "counsellor").client(), world.visitor()):
        for path in ("/login", "/change", "/verify", "/reset", "/reset/x"):
            for body in ("0", "-1", "NaN", '"text"', "[1, 2]", "[1", "null", ""):
                answer = client.post(path, data=body, content_type="application/json")
                assert answer.status_code == 400, (path, body)
            assert client.get(path).status_code < 500
            assert client.post(path, json={"email": "?"}).status_code != 500
