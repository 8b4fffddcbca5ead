"""Each kind of digest is switched off and on under one's own name."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.factories import csrf_token


def switched_off(connection, person) -> list[str]:
    connection.rollback()
    return connection.scalar(text("SELECT digests_off FROM users WHERE id = :id"), {"id": person.user_id})


def test_one_switches_a_kind_of_ones_own_digests_off_and_on_and_nobody_elses(world, as_superuser):
    school, elsewhere = world.school(), world.school()
    own, other = world.person(school, "counsellor", "principal"), world.person(elsewhere, "counsellor")
    client = own.client()
    for answer, off in (("no", ["daily_digest"]), ("no", ["daily_digest"]), ("yes", [])):
        token = csrf_token(client.get("/me/").text)
        form = {"wants": answer, "csrf_token": token}
        assert client.post("/me/digests/daily_digest", data=form).status_code == 303
        assert switched_off(as_superuser, own) == off
        assert switched_off(as_superuser, other) == []
    trail = as_superuser.execute(
        text("SELECT action, detail FROM audit_entries WHERE person_id = :who AND action LIKE 'digest.%'"),
        {"who": own.user_id},
    ).all()
    assert sorted(tuple(row) for row in trail) == [
        ("digest.switched_off", {"kind": "daily_digest", "by": "settings"}),
        ("digest.switched_on", {"kind": "daily_digest", "by": "settings"}),
    ]


def test_each_is_asked_about_the_kinds_of_their_roles_and_no_other(world):
    school, office = world.school(), world.district()
    officer = world.person()
    world.join_district(officer, office, "district_officer")
    for person, kinds in (
        (world.person(school, "counsellor"), {"daily_digest"}),
        (world.person(school, "counsellor", "principal"), {"daily_digest", "weekly_digest"}),
        (officer, {"monthly_digest"}),
        (world.person(school, "teacher"), set()),
    ):
        page = person.client().get("/me/").text
        assert {
            kind for kind in ("daily_digest", "weekly_digest", "monthly_digest") if f'id="{kind}"' in page
        } == kinds
        assert ('id="digests"' in page) is bool(kinds)


@pytest.mark.parametrize(("kind", "status"), [("invitation", 403), ("commitment_reminder", 403), ("x", 404)])
def test_a_duty_cannot_be_switched_off(world, as_superuser, kind, status):
    counsellor = world.person(world.school(), "counsellor")
    client = counsellor.client()
    token = csrf_token(client.get("/me/").text)
    refused = client.post(f"/me/digests/{kind}", data={"wants": "no", "csrf_token": token})
    assert refused.status_code == status
    assert ("These mails cannot be switched off" in refused.text) is (status == 403)
    assert switched_off(as_superuser, counsellor) == []


def test_the_unknown_sign_in_first(world):
    client = world.app.test_client()
    token = csrf_token(client.get("/login").text)
    answer = client.post("/me/digests/daily_digest", data={"wants": "no", "csrf_token": token})
    assert answer.status_code == 302
    assert "/login" in answer.location
