"""Signing in, and what a person may then open."""

from __future__ import annotations


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
