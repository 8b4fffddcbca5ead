"""Optional mails are switched off by their own link: one click, no sign-in; duties are not."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY
from tests.http.test_me_digests import switched_off
from tests.mail.conftest import HIGH_SCHOOL, examples
from webapp import tenancy
from webapp.mail.messages import MAILS, OptionalFacts
from webapp.models.background import OutboxMail
from webapp.services import digest_choices, outbox, outbox_claims
from webapp.services.outbox_build import Builder

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def path_of(person, kind: str = "daily_digest") -> str:
    with person.world.app.app_context():
        return digest_choices.stop_link(person.user_id, kind).removeprefix("http://localhost:8000")


def test_one_click_switches_off_the_readers_own_kind_and_can_be_taken_back(world, as_superuser):
    reader, other = (world.person(world.school(), "counsellor", "principal") for _ in range(2))
    client = world.app.test_client()
    answer = client.post(path_of(reader), data=ONE_CLICK)
    assert answer.status_code == 200
    assert switched_off(as_superuser, reader) == ["daily_digest"]
    client.post(path_of(reader, "weekly_digest"), data=ONE_CLICK)
    client.post(path_of(reader, "weekly_digest"), data=ONE_CLICK)
    assert switched_off(as_superuser, reader) == ["daily_digest", "weekly_digest"]
    assert client.post(path_of(reader), data={"again": "yes"}).status_code == 200
    assert switched_off(as_superuser, reader) == ["weekly_digest"]
    assert switched_off(as_superuser, other) == []
    trail = as_superuser.scalars(
        text(
            "SELECT action || ' ' || (detail->>'by') FROM audit_entries"
            " WHERE person_id = :who AND action LIKE 'digest.%' ORDER BY id"
        ),
        {"who": reader.user_id},
    ).all()
    assert trail == ["digest.switched_off link", "digest.switched_off link", "digest.switched_on link"]


def test_opening_the_link_shows_whose_it_is_to_nobody_and_changes_nothing(world, as_superuser):
    reader = world.person(world.school(), "counsellor", name="Ratna Rekaan Sekali")
    client = world.app.test_client()
    for method in (client.get, client.head):
        page = method(path_of(reader))
        assert page.status_code == 200
        assert switched_off(as_superuser, reader) == []
    shown = client.get(path_of(reader)).text
    assert "List-Unsubscribe" in shown
    assert reader.name not in shown
    assert reader.email not in shown
    # Nor does a form that some scanner fills in.
    assert client.post(path_of(reader), data={"x": "y"}).status_code == 400
    assert switched_off(as_superuser, reader) == []


def test_the_button_of_the_page_does_what_the_mail_program_does(world, as_superuser):
    reader = world.person(world.school(), "counsellor")
    client = world.app.test_client()
    assert 'value="One-Click"' in client.get(path_of(reader)).text
    assert 'name="again"' in client.post(path_of(reader), data=ONE_CLICK).text
    assert 'name="again"' in client.get(path_of(reader)).text
    assert 'value="One-Click"' in client.post(path_of(reader), data={"again": "yes"}).text


@pytest.mark.parametrize("kind", sorted(kind for kind in MAILS if not MAILS[kind].optional))
def test_a_duty_is_refused_with_a_page_that_says_why(world, as_superuser, kind):
    reader = world.person(world.school(), "counsellor")
    client = world.app.test_client()
    english = {"Accept-Language": "en"}
    for refused in (
        client.get(path_of(reader, kind), headers=english),
        client.post(path_of(reader, kind), data=ONE_CLICK, headers=english),
    ):
        assert refused.status_code == 403
        assert "These mails cannot be switched off" in refused.text
    assert switched_off(as_superuser, reader) == []


def test_a_link_that_is_made_up_or_bent_opens_nothing(world, as_superuser):
    reader, other = (world.person(world.school(), "counsellor") for _ in range(2))
    client = world.app.test_client()
    whose, signature = path_of(reader).rsplit(".", 1)
    foreign = path_of(other).rsplit(".", 1)[0]
    for path in (f"{foreign}.{signature}", whose, "/stop/x", f"{whose}.{signature[:-2]}", f"{whose}.\u00e9"):
        assert client.get(path).status_code == 404
        assert client.post(path, data=ONE_CLICK).status_code == 404
    as_superuser.execute(text("UPDATE users SET active = false WHERE id = :id"), {"id": other.user_id})
    as_superuser.commit()
    assert client.post(path_of(other), data=ONE_CLICK).status_code == 404
    assert switched_off(as_superuser, reader) == switched_off(as_superuser, other) == []


@pytest.mark.parametrize("kind", ["daily_digest", "monthly_digest"])
def test_a_digest_that_has_not_left_yet_is_withheld_from_whoever_has_switched_it_off(app, world, alone, kind):
    school, office = world.school(), world.district()
    reader, other = (world.person(school, "counsellor") for _ in range(2))
    for person in (reader, other):
        world.join_district(person, office, "district_officer")
    place = 0 if kind == "monthly_digest" else school.id
    actor = tenancy.system(place, MONDAY)
    digest_choices.switch(reader.user_id, kind, MONDAY, on=False, by="link")
    with tenancy.work(actor):
        for person in (reader, other):
            outbox.queue(
                actor, kind, examples(HIGH_SCHOOL)[kind], to_address=person.email, to_name="", locale="id",
                dedupe_key=f"{kind}:{person.user_id}", user_id=person.user_id,
            )  # fmt: skip
    first, second = outbox_claims.take(place, MONDAY, worker="w1", lease=timedelta(minutes=1), most=2)
    assert (first.stopped_as, first.reason) == ("withheld", "switched_off")
    outbox_claims.stop(first, MONDAY)
    assert second.stopped_as is None
    outbox_claims.finish(second, MONDAY, "sent")


def test_optional_mails_carry_the_header_and_duties_carry_none(app, world):
    school = world.school()
    actor = tenancy.system(school.id, MONDAY)
    checked = 0
    for kind, facts in examples(HIGH_SCHOOL).items():
        with tenancy.work(actor) as session:
            outbox.queue(
                actor, kind, facts, to_address="a@contoh.example", to_name="", locale="id", dedupe_key=kind
            )
            queued = select(OutboxMail).where(OutboxMail.school_id == school.id, OutboxMail.kind == kind)
            built = Builder(school.id, MONDAY).build(session.scalars(queued).one())
        mail = message_from_bytes(built, policy=default)
        headers = {name: value for name, value in mail.items() if name.startswith("List-")}
        checked += isinstance(facts, OptionalFacts)
        # The examples' links begin with https; RFC 8058 knows no other.
        assert headers == (
            {
                "List-Unsubscribe": f"<{facts.stop_link}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
            if isinstance(facts, OptionalFacts)
            else {}
        )
    assert checked == 3
