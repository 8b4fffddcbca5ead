"""Digests are switched off and on under one's own name."""

from __future__ import annotations

from sqlalchemy import text

from tests.factories import csrf_token


def wants(connection, person) -> bool:
    connection.rollback()
    return connection.scalar(text("SELECT wants_digests FROM users WHERE id = :id"), {"id": person.user_id})


def test_one_switches_ones_own_digests_off_and_on_and_nobody_elses(world, as_superuser):
    school, elsewhere = world.school(), world.school()
    own, other = world.person(school, "counsellor"), world.person(elsewhere, "counsellor")
    client = own.client()
    for answer, state in (("no", False), ("yes", True)):
        token = csrf_token(client.get("/me/").text)
        assert client.post("/me/digests", data={"wants": answer, "csrf_token": token}).status_code == 303
        assert wants(as_superuser, own) is state
        assert wants(as_superuser, other) is True
    assert 'id="digests"' in client.get("/me/").text


def test_those_who_get_no_digest_are_not_asked_and_the_unknown_sign_in_first(world):
    teacher = world.person(world.school(), "teacher")
    assert 'id="digests"' not in teacher.client().get("/me/").text
    client = world.app.test_client()
    token = csrf_token(client.get("/login").text)
    answer = client.post("/me/digests", data={"wants": "no", "csrf_token": token})
    assert answer.status_code == 302
    assert "/login" in answer.location
