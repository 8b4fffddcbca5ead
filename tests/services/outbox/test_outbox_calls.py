"""The steps of a mail on its way as calls of the database: fenced by school, and on a line that may break."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.mail.servers import scripted
from tests.services.outbox.delivery import LEASE, put, row, run, take
from webapp import calls, tenancy
from webapp.services import outbox_claims

MARK = outbox_claims._MARK
FINISH = (
    "app_finish_mail(int, bigint, text, text, boolean, text, text, timestamptz, timestamptz, timestamptz)"
)


def test_a_call_touches_only_rows_of_the_school_in_whose_name_it_comes(world, clock):
    school, neighbour = world.school(), world.school()
    put(school, "k")
    (claim,) = take(school.id, clock(), "w1")
    mark = (school.id, claim.mail_id, "w1", clock() + LEASE)
    finish = (*mark[:3], None, True, "sent", "250", None, clock(), clock())
    stranger, own = (tenancy.system(one.id, clock()) for one in (neighbour, school))
    assert calls.call(stranger, MARK, *mark) is False
    assert calls.call(stranger, FINISH, *finish) is False
    assert row(school, "k").state == "claimed"
    assert calls.call(own, MARK, *mark) is True
    assert row(school, "k").state == "transmitting"
    assert calls.call(own, FINISH, *finish) is True
    assert row(school, "k").state == "sent"


def test_the_scope_of_one_call_is_gone_with_it(world, clock):
    school, neighbour = world.school(), world.school()
    put(school, "k")
    put(neighbour, "k")
    with calls.one_line():
        for one in (school, neighbour):
            (claim,) = take(one.id, clock(), "w1")
            outbox_claims.mark_transmitting(claim, clock(), LEASE)
            assert row(one, "k").state == "transmitting"


def test_a_call_inside_a_scope_is_refused(world, clock):
    actor = tenancy.system(world.school().id, clock())
    with tenancy.work(actor), pytest.raises(tenancy.NoScope):
        calls.call(actor, MARK, 1, 1, "w1", clock())


def test_a_line_that_broke_is_replaced_by_the_next_call(world, clock, as_superuser):
    school = world.school()
    put(school, "k")
    cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pamong_app'")
    with scripted({}) as server, calls.one_line():
        (claim,) = take(school.id, clock(), "w1")
        outbox_claims.mark_transmitting(claim, clock(), LEASE)
        as_superuser.execute(cut)
        with pytest.raises(OperationalError):
            calls.call(tenancy.system(school.id, clock()), MARK, school.id, claim.mail_id, "w1", clock())
        assert outbox_claims.finish(claim, clock(), "deferred", due_at=clock())
        assert run(server, clock)["sent"] == 1
