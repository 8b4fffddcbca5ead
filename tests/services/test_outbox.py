"""What queuing a mail promises: once per key, in order per attendee, wrong news never after right news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.factories import MONDAY
from webapp import tenancy
from webapp.domain.errors import Invalid
from webapp.mail.messages import InvitationFacts, Letterhead, OneTimeCodeFacts, PasswordResetFacts
from webapp.models.background import OutboxMail
from webapp.services import outbox
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

LETTERHEAD = Letterhead(name="SMA Rekaan", phone="0210000000")


def meeting(number: int = 0) -> InvitationFacts:
    return InvitationFacts(
        letterhead=LETTERHEAD,
        to_name="Wali Rekaan",
        invited_by="Konselor Rekaan",
        starts_at=MONDAY + timedelta(days=3),
        ends_at=MONDAY + timedelta(days=3, hours=1),
        place="Ruang BK",
        link="http://localhost/g/x/",
        uid="rapat@contoh.example",
        sequence=number,
        stamped_at=MONDAY,
        organiser_address="sekolah@contoh.example",
        attendee_address="wali@contoh.example",
    )


def code() -> OneTimeCodeFacts:
    return OneTimeCodeFacts(letterhead=LETTERHEAD, code="123456", valid_until=MONDAY + timedelta(minutes=10))


def put(actor: Actor, key: str, kind: str = "invitation", facts=None, **more) -> bool:
    more = {"to_address": "wali@contoh.example", "to_name": "Wali Rekaan", "locale": "id", **more}
    return outbox.queue(actor, kind, facts or meeting(), dedupe_key=key, **more)


def rows(school_id: int) -> dict[str, OutboxMail]:
    with tenancy.work(tenancy.system(school_id, MONDAY)) as session:
        found = session.scalars(select(OutboxMail).where(OutboxMail.school_id == school_id))
        return {row.dedupe_key: row for row in found}


def test_a_mail_is_queued_once_per_key_and_school(app, world):
    one, two = world.school(), world.school()
    for school in (one, two):
        actor = world.person(school, "counsellor").at(school)
        with tenancy.work(actor):
            assert put(actor, "k") is True
            assert put(actor, "k") is False
    assert len(rows(one.id)) == len(rows(two.id)) == 1


def test_what_is_queued_can_be_read_again_and_keeps_its_message_id(app, world):
    school = world.school()
    with tenancy.work(world.person(school, "counsellor").at(school)):
        put(tenancy.current().actor, "k", facts=meeting(4))
    with tenancy.work(tenancy.system(school.id, MONDAY)) as session:
        row = session.scalar(select(OutboxMail).where(OutboxMail.school_id == school.id))
        assert (row.to_address, row.to_name, row.facts["sequence"]) == (
            "wali@contoh.example",
            "Wali Rekaan",
            4,
        )
        assert row.message_id.startswith("<")
        assert row.content is None


def test_a_mail_of_a_later_moment_is_due_now(app, world):
    school = world.school()
    person = world.person(school, "counsellor")
    with tenancy.work(person.at(school, when=datetime(2999, 1, 1, tzinfo=UTC))):
        put(tenancy.current().actor, "k")
    assert rows(school.id)["k"].due_at < datetime(2998, 1, 1, tzinfo=UTC)


def test_only_the_head_of_a_stream_is_due(app, world):
    school = world.school()
    with tenancy.work(world.person(school, "counsellor").at(school)):
        actor = tenancy.current().actor
        put(actor, "a", stream="s")
        put(actor, "b", "invitation_update", stream="s")
        put(actor, "other", stream="t")
        put(actor, "code", "one_time_code", code())
    found = rows(school.id)
    assert {key for key, row in found.items() if row.due_at is not None} == {"a", "other", "code"}


def test_a_newer_update_supersedes_an_unsent_one(app, world):
    school = world.school()
    with tenancy.work(world.person(school, "counsellor").at(school)):
        actor = tenancy.current().actor
        for key in ("first", "second", "third"):
            put(actor, key, "invitation_update", stream="s")
        assert put(actor, "second", "invitation_update", stream="s") is False
    found = rows(school.id)
    assert [found[key].state for key in ("first", "second", "third")] == [
        "superseded",
        "superseded",
        "queued",
    ]
    assert found["third"].due_at is not None


def test_a_cancellation_supersedes_all_that_is_unsent(app, world):
    school = world.school()
    with tenancy.work(world.person(school, "counsellor").at(school)):
        actor = tenancy.current().actor
        put(actor, "a", stream="s")
        put(actor, "b", "invitation_update", stream="s")
        put(actor, "c", stream="t")
        put(actor, "d", "conference_cancelled", stream="s")
    found = rows(school.id)
    states = {key: row.state for key, row in found.items()}
    assert states == {"a": "superseded", "b": "superseded", "c": "queued", "d": "queued"}
    assert found["d"].due_at is not None


def test_an_address_that_no_server_takes_is_refused_and_nothing_is_queued(app, world):
    school = world.school()
    actor = world.person(school, "counsellor").at(school)
    with pytest.raises(Invalid), tenancy.work(actor):
        put(actor, "k", to_address="bukan alamat")
    assert rows(school.id) == {}


def test_facts_of_another_mail_are_refused(app, world):
    school = world.school()
    actor = world.person(school, "counsellor").at(school)
    with pytest.raises(TypeError), tenancy.work(actor):
        put(actor, "k", "invitation", code())


def test_accounts_and_districts_queue_into_the_platforms_row(app, world):
    facts = PasswordResetFacts(letterhead=LETTERHEAD, link="http://localhost/x", valid_until=MONDAY)
    identity = Actor("identity", MONDAY, school_id=PLATFORM_SCHOOL_ID)
    district = world.district()
    officer = Actor(
        "district", MONDAY, person_id=1, roles=frozenset({"district_admin"}), district_id=district.id
    )
    for number, actor in enumerate((identity, officer)):
        key = f"reset:{district.id}:{number}"
        with tenancy.work(actor):
            assert put(actor, key, "password_reset", facts) is True
            assert put(actor, key, "password_reset", facts) is False
        assert rows(PLATFORM_SCHOOL_ID)[key].state == "queued"


def test_a_guest_can_queue_a_code_for_themselves_and_read_no_mail(app, world):
    school = world.school()
    guest = Actor("guest", MONDAY, school_id=school.id, participant_id=5)
    with tenancy.work(guest) as session:
        assert put(guest, "code", "one_time_code", code()) is True
        assert put(guest, "code", "one_time_code", code()) is False
        assert session.scalars(select(OutboxMail)).all() == []
    assert rows(school.id)["code"].state == "queued"


def test_nothing_is_queued_when_the_act_fails(app, world):
    school = world.school()
    actor = world.person(school, "counsellor").at(school)

    def act() -> None:
        with tenancy.work(actor):
            put(actor, "k")
            raise RuntimeError("the act fails")

    with pytest.raises(RuntimeError):
        act()
    assert rows(school.id) == {}


def test_the_wake_up_comes_after_the_commit_and_only_for_what_was_queued(app, world):
    school = world.school()
    actor = world.person(school, "counsellor").at(school)
    woken = []
    tenancy.on_commit_wake(lambda queues: woken.append((set(queues), len(rows(school.id)))))
    try:
        with tenancy.work(actor):
            put(actor, "k")
        with tenancy.work(actor):
            put(actor, "k")
    finally:
        tenancy.on_commit_wake(tenancy._wake_nobody)
    assert woken == [({"mail"}, 1)]
