"""Delivery against real mail servers, good and rude: by the states of the rows and the bytes that arrived."""

from __future__ import annotations

import re
import socket
from contextlib import closing
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from tests.mail.servers import CUT, scripted
from tests.services.outbox.delivery import LEASE, bodies, content, put, row, run, take
from tests.services.stage import Stage
from tests.services.test_outbox import meeting
from webapp.mail.smtp import Transport
from webapp.services import outbox_claims, outbox_delivery


def test_invitations_of_two_schools_go_out_once_each(world, good, clock):
    one, two = Stage.build(world).invited(), Stage.build(world).invited()
    assert run(good, clock)["sent"] == len(one.mails()) + len(two.mails())
    assert run(good, clock).total() == 0
    assert {mail.state for stage in (one, two) for mail in stage.mails()} == {"sent"}
    to = [message_from_bytes(body, policy=default)["To"] for body in bodies(good)]
    assert len(to) == len(one.mails()) + len(two.mails())
    assert len(good.seen.connections) == 1  # one conversation for the whole run


def test_a_mail_says_the_schools_name_and_answers_go_to_the_school(world, good, clock):
    school = world.school(email="sekolah@contoh.example")
    put(school, "k")
    run(good, clock)
    mail = message_from_bytes(bodies(good)[0], policy=default)
    assert mail["From"] == "SMA Rekaan <pamong@localhost>"
    assert "sekolah@contoh.example" in mail["Reply-To"]
    assert mail["Message-ID"] == row(school, "k").message_id


def test_a_schools_mistyped_address_stops_no_mail(world, good, clock):
    school = world.school(email="bukan alamat")
    put(school, "k")
    run(good, clock)
    assert row(school, "k").state == "sent"


def test_before_data_nothing_is_undecided_and_during_it_the_row_says_transmitting(world, clock):
    school = world.school()
    put(school, "k")
    states = []

    class Spy(Transport):
        def deliver(self, sender, recipient, data, before_data):
            states.append(row(school, "k").state)

            def marked():
                before_data()
                states.append(row(school, "k").state)

            return super().deliver(sender, recipient, data, marked)

    with scripted({}) as server, Spy(server.url, 3.0) as transport:
        outbox_delivery.deliver(clock, transport, worker="w", stop_at=clock.at + timedelta(minutes=1))
    assert [*states, row(school, "k").state] == ["claimed", "transmitting", "sent"]


def test_what_is_stored_is_what_was_sent(world, good, clock):
    school = world.school()
    put(school, "k")
    run(good, clock)
    assert content(school, "k") == bodies(good)[0]


def test_a_mail_cut_after_data_is_resent_byte_for_byte_once_its_lease_has_passed(world, clock):
    school = world.school()
    put(school, "k", "invitation", meeting())
    with scripted({"text": CUT}, {}) as server:
        assert run(server, clock)["undecided"] == 1
        assert row(school, "k").state == "transmitting"
        clock.move(seconds=5)
        assert outbox_claims.return_stale(clock()) == 0
        assert run(server, clock).total() == 0
        clock.move(seconds=90)
        assert outbox_claims.return_stale(clock()) == 1
        assert row(school, "k").state == "deferred"
        assert run(server, clock)["sent"] == 1
        first, second = bodies(server)
        assert first == second


def test_a_mail_claimed_by_a_run_that_died_is_queued_again(world, good, clock):
    school = world.school()
    put(school, "k")
    assert take(school.id, clock(), "dead")
    assert run(good, clock).total() == 0
    clock.move(seconds=91)
    assert outbox_claims.return_stale(clock()) == 1
    assert outbox_claims.return_stale(clock()) == 0
    assert run(good, clock)["sent"] == 1


def test_a_run_that_was_too_slow_cannot_touch_a_mail_that_another_has_taken(world, clock):
    school = world.school()
    put(school, "k")
    (slow,) = take(school.id, clock(), "slow")
    clock.move(seconds=91)
    outbox_claims.return_stale(clock())
    assert take(school.id, clock(), "quick")
    with pytest.raises(outbox_claims.LeaseLost):
        outbox_claims.mark_transmitting(slow, clock(), LEASE)
    assert outbox_claims.finish(slow, clock(), "sent") is False
    assert row(school, "k").claimed_by == "quick"


def test_two_runs_never_take_the_same_mail(world, clock):
    school = world.school()
    for number in range(4):
        put(school, str(number))
    taken = [take(school.id, clock(), name, most) for name, most in (("a", 1), ("b", 2), ("c", 3), ("d", 1))]
    ids = [claim.mail_id for claims in taken for claim in claims]
    assert len(ids) == len(set(ids)) == 4
    assert taken[3] == []


def test_a_claim_in_one_school_never_takes_another_schools_mail(world, clock):
    one, two = world.school(), world.school()
    put(two, "k")
    assert take(one.id, clock(), "w") == []
    assert take(two.id, clock(), "w") != []


def test_a_school_with_many_mails_delays_no_other_by_more_than_a_second(world, good, clock):
    busy, calm = world.school(), world.school()
    for number in range(12):
        put(busy, str(number), to_address="ramai@contoh.example")
    put(calm, "k", to_address="tenang@contoh.example")
    started = {}

    class Slow(Transport):
        def deliver(self, sender, recipient, data, before_data):
            started.setdefault(recipient, clock())
            clock.move(seconds=0.4)
            return super().deliver(sender, recipient, data, before_data)

    with Slow(good.url, 3.0) as transport:
        stop_at = clock.at + timedelta(minutes=1)
        counts = outbox_delivery.deliver(clock, transport, worker="w", stop_at=stop_at)
    assert counts["sent"] == 13
    waited = started["tenang@contoh.example"] - started["ramai@contoh.example"]
    assert waited <= outbox_delivery.FRESH_FOR + timedelta(seconds=0.4)


def test_what_a_run_takes_and_does_not_come_to_is_as_if_it_had_not_been_taken(world, clock):
    school = world.school()
    for number in range(3):
        put(school, str(number))
    rest = take(school.id, clock(), "w", 3)[1:]
    assert row(school, "2").state == "claimed"
    outbox_claims.give_back(rest, clock())
    found = [row(school, str(number)) for number in range(3)]
    assert [(mail.state, mail.attempts, mail.claimed_by) for mail in found] == [
        ("claimed", 1, "w"), ("queued", 0, None), ("queued", 0, None),
    ]  # fmt: skip
    assert [claim.mail_id for claim in take(school.id, clock(), "another", 3)] == [
        claim.mail_id for claim in rest
    ]


def test_giving_back_touches_nothing_that_another_run_has_by_now(world, clock):
    school = world.school()
    put(school, "k")
    slow = take(school.id, clock(), "slow")
    clock.move(seconds=91)
    outbox_claims.return_stale(clock())
    take(school.id, clock(), "quick")
    outbox_claims.give_back(slow, clock())
    assert (row(school, "k").state, row(school, "k").claimed_by) == ("claimed", "quick")


@pytest.mark.parametrize(
    ("script", "state", "wait"),
    [
        ({"RCPT": "450 busy"}, "deferred", True),
        ({"text": "451 later"}, "deferred", True),
        ({"RCPT": "421 closing"}, "deferred", True),
        ({"RCPT": "550 no such mailbox"}, "bounced", False),
        ({"text": "554 not wanted"}, "bounced", False),
        ({"MAIL": "530 sign in first"}, "deferred", True),
    ],
)
def test_what_the_server_says_decides_the_state(world, clock, script, state, wait):
    school = world.school()
    put(school, "k")
    with scripted(script) as server:
        run(server, clock)
    found = row(school, "k")
    assert found.state == state
    assert re.search("busy|later|closing|no such|not wanted|sign in", found.last_response)
    assert (found.due_at is not None and found.due_at >= clock.at + timedelta(seconds=30)) is wait


def test_ten_tries_in_vain_and_the_mail_has_failed(world, clock):
    school = world.school()
    put(school, "k")
    waits = []
    with scripted({"RCPT": "450 busy"}) as server:
        for _ in range(9):
            run(server, clock)
            waits.append((row(school, "k").due_at - clock.at).total_seconds())
            clock.at = row(school, "k").due_at
        run(server, clock)
    found = row(school, "k")
    assert (found.state, found.attempts, found.due_at) == ("failed", 10, None)
    assert 30 <= waits[0] <= 40
    assert max(waits) <= 7200
    assert run("smtp://127.0.0.1:9", clock).total() == 0


def test_a_server_that_is_away_costs_two_mails_one_try_and_the_rest_none(world, clock):
    school = world.school()
    for number in range(5):
        put(school, str(number))
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"smtp://127.0.0.1:{unused.getsockname()[1]}"
        assert run(nobody, clock) == {"unanswered": 2}
    states = [row(school, str(number)).state for number in range(5)]
    assert (states.count("deferred"), states.count("queued")) == (2, 3)


def test_mails_of_one_stream_arrive_in_the_order_in_which_they_were_queued(world, good, clock):
    school = world.school()
    for number in range(4):
        put(school, f"k{number}", "invitation", meeting(number), stream="s", to_name=f"Nomor {number}")
    assert run(good, clock)["sent"] == 4
    names = [
        message_from_bytes(body, policy=default)["To"].addresses[0].display_name for body in bodies(good)
    ]
    assert names == [f"Nomor {number}" for number in range(4)]


def test_a_later_mail_waits_while_the_head_of_its_stream_is_deferred(world, clock):
    school = world.school()
    put(school, "first", "invitation", meeting(), stream="s")
    put(school, "second", "conference_cancelled", meeting(1), stream="t")
    put(school, "behind", "invitation", meeting(2), stream="s")
    with scripted({"RCPT": "450 busy"}) as server:
        assert run(server, clock)["deferred"] == 2
    assert row(school, "behind").due_at is None
    with scripted({"RCPT": "550 gone"}) as server:
        clock.move(minutes=2)
        run(server, clock)
    assert row(school, "first").state == row(school, "behind").state == "bounced"
