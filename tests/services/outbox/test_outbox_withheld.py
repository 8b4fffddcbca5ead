"""Mails that may not leave any more, runs that end, clocks that are set back."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import timedelta

from sqlalchemy import select

from tests.factories import MONDAY
from tests.http.test_database_away import read_only
from tests.mail.servers import scripted
from tests.services.outbox.delivery import mark_do_not_contact, put, row, run, take
from tests.services.stage import Stage
from tests.services.test_outbox import code, meeting
from webapp import tenancy
from webapp.mail.smtp import Transport
from webapp.models.background import OutboxMail
from webapp.models.conferences import Participant
from webapp.services import outbox, outbox_claims, outbox_clock, outbox_delivery, status


def test_an_expired_mail_is_never_sent(world, good, clock):
    school = world.school()
    put(school, "late", expires_at=clock.at)
    put(school, "in time", expires_at=clock.at + timedelta(minutes=1))
    run(good, clock)
    assert (row(school, "late").state, row(school, "in time").state) == ("expired", "sent")
    assert len(good.seen.texts) == 1


def test_a_mail_that_cannot_be_built_fails_and_holds_up_no_other(world, good, clock):
    school = world.school()
    put(school, "broken")
    put(school, "sound")
    with tenancy.work(tenancy.system(school.id, MONDAY)) as session:
        broken = session.scalars(select(OutboxMail).where(OutboxMail.dedupe_key == "broken")).one()
        broken.facts = {"letterhead": {"name": "SMA Rekaan"}}
    run(good, clock)
    assert (row(school, "broken").state, row(school, "broken").last_response) == ("failed", "unbuildable")
    assert row(school, "sound").state == "sent"


def test_a_guardian_marked_do_not_contact_after_queuing_is_never_mailed(world, good, clock):
    stage, other = Stage.build(world).invited(), Stage.build(world).invited()
    mark_do_not_contact(stage)
    run(good, clock)
    guardian = stage.participant("guardian")
    assert {mail.state for mail in stage.mails() if mail.participant_id == guardian.id} == {"withheld"}
    assert {mail.state for mail in stage.mails() if mail.participant_id != guardian.id} == {"sent"}
    assert {mail.state for mail in other.mails()} == {"sent"}


def test_a_guardian_marked_while_a_slow_server_takes_the_mail_of_another_is_not_mailed(world, good, clock):
    stage = Stage.build(world).invited()
    guardian = stage.participant("guardian")

    class Slow(Transport):
        """Takes a second for each mail; before the first of them is through, the guardian is marked."""

        def deliver(self, sender, recipient, data, before_data):
            if recipient != guardian.email:
                mark_do_not_contact(stage)
            clock.move(seconds=1)
            return super().deliver(sender, recipient, data, before_data)

    with tenancy.work(tenancy.system(stage.school.id, MONDAY)) as session:  # the guardian's is the last one
        last = session.scalars(select(OutboxMail).where(OutboxMail.participant_id == guardian.id)).one()
        last.due_at = last.due_at + timedelta(seconds=1)
    with Slow(good.url, 3.0) as transport:
        stop_at = clock.at + timedelta(minutes=1)
        counts = outbox_delivery.deliver(clock, transport, worker="w", stop_at=stop_at)
    assert counts["withheld"] == 1
    assert counts["sent"] >= 1
    assert {mail.state for mail in stage.mails("invitation") if mail.participant_id == guardian.id} == {
        "withheld"
    }


def test_somebody_taken_off_the_list_is_not_invited_any_more(world, good, clock):
    stage = Stage.build(world).invited()
    gone = stage.participant("expert")
    with tenancy.work(stage.counsellor.at(stage.school)) as session:
        session.scalars(select(Participant).where(Participant.id == gone.id)).one().removed_at = MONDAY
    run(good, clock)
    assert {mail.state for mail in stage.mails("invitation") if mail.participant_id == gone.id} == {
        "withheld"
    }


def test_an_invitation_to_a_conference_that_is_not_approved_stays_here(world, good, clock):
    stage = Stage.build(world).requested()
    participant = stage.participant("expert")
    put(
        stage.school, "too early", "invitation", meeting(),
        participant_id=participant.id, conference_id=stage.conference_id,
    )  # fmt: skip
    run(good, clock)
    assert (row(stage.school, "too early").state, row(stage.school, "too early").last_response) == (
        "withheld",
        "not_approved",
    )


def test_the_platforms_own_mails_leave_too(app, good, clock):
    actor = tenancy.Actor("identity", MONDAY, school_id=0)
    with tenancy.work(actor):
        outbox.queue(
            actor, "one_time_code", code(), to_address="a@contoh.example", to_name="", locale="en",
            dedupe_key=f"platform:{clock.at}:{id(good)}",
        )  # fmt: skip
    assert run(good, clock)["sent"] == 1


def test_a_run_stops_when_its_time_is_over_and_says_that_there_is_more(world, good, clock):
    school = world.school()
    for number in range(3):
        put(school, str(number))
    ticking = iter(MONDAY + timedelta(minutes=1, seconds=number) for number in range(100))
    with Transport(good.url, 3.0) as transport:
        counts = outbox_delivery.deliver(
            lambda: next(ticking), transport, worker="w", stop_at=MONDAY + timedelta(minutes=1, seconds=8)
        )
    assert counts["more"] == 1
    assert 1 <= counts["sent"] < 3


def test_what_the_server_took_is_noted_once_the_database_takes_changes_again(app, world, clock, as_superuser):
    school, other = world.school(), world.school()
    put(school, "k")
    put(other, "k")

    class TurnsReadOnly(Transport):
        def deliver(self, sender, recipient, data, before_data):
            outcome = super().deliver(sender, recipient, data, before_data)
            away.enter_context(read_only(app, as_superuser))
            threading.Timer(1.2, away.close).start()
            return outcome

    with scripted({}) as server, ExitStack() as away, TurnsReadOnly(server.url, 3.0) as transport:
        outbox_delivery.deliver(clock, transport, worker="w", stop_at=clock.at + timedelta(minutes=1))
        assert len(server.seen.texts) == 2
    assert {row(place, "k").state for place in (school, other)} == {"sent"}


def test_a_clock_that_is_set_back_by_a_day_holds_no_mail_up(world, good, clock):
    school, other = world.school(), world.school()
    put(school, "new")
    put(other, "tried")
    with scripted({"RCPT": "451 busy"}) as busy:
        run(busy, clock)
    for key, place in (("later", school), ("later", other)):
        put(place, key)
    status.record_sweep("outbox", clock(), touched=0)
    assert not outbox_clock.is_set_back(clock())
    clock.move(days=-1)
    assert run(good, clock).total() == 0
    assert outbox_clock.is_set_back(clock())
    assert outbox_clock.bring_forward(clock()) == 4
    assert run(good, clock)["sent"] == 4


def test_a_lease_of_the_earlier_clock_holds_a_mail_for_minutes_and_not_for_a_day(world, good, clock):
    school = world.school()
    put(school, "k")
    assert take(school.id, clock(), "died")
    clock.move(days=-1)
    outbox_clock.bring_forward(clock())
    assert outbox_claims.return_stale(clock()) == 0, "its run may be alive"
    clock.move(minutes=6)
    assert outbox_claims.return_stale(clock()) == 1
    outbox_clock.bring_forward(clock())
    assert run(good, clock)["sent"] == 1


def test_what_was_put_off_a_moment_ago_waits_its_time(world, good, clock):
    school = world.school()
    put(school, "k")
    with scripted({"RCPT": "451 busy"}) as busy:
        run(busy, clock)
    assert run(good, clock).total() == 0
    clock.move(seconds=60)
    assert run(good, clock)["sent"] == 1
