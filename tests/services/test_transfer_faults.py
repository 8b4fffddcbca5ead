"""A kill anywhere, a race, any order of acts: both schools always tell the same story of a transfer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from tests.services.moves import Move
from webapp import tenancy
from webapp.domain.errors import Conflict, DomainError
from webapp.extensions import db
from webapp.services import transfer_arrivals, transfers

NAME = "Bu Rekaan Penerima"
ACTS: dict[str, Callable[[Move, int], None]] = {}


def act(function: Callable[[Move, int], None]) -> Callable[[Move, int], None]:
    ACTS[function.__name__] = function
    return function


@act
def release(move: Move, transfer_id: int) -> None:
    with move.sender() as actor:
        transfers.release(actor, transfer_id)


@act
def accept(move: Move, transfer_id: int) -> None:
    with move.receives() as actor:
        transfer_arrivals.accept(actor, transfer_id, signed_name=NAME)


@act
def decline(move: Move, transfer_id: int) -> None:
    with move.receives() as actor:
        transfer_arrivals.decline(actor, transfer_id, reason="Alasan rekaan")


@act
def withdraw(move: Move, transfer_id: int) -> None:
    with move.sender() as actor:
        transfers.withdraw(actor, transfer_id)


STORY = {
    "draft": ("draft", None, 0),
    "released": ("released", "waiting", 1),
    "accepted": ("accepted", "accepted", 0),
    "declined": ("declined", "declined", 0),
    "withdrawn": ("withdrawn", "withdrawn", 0),
}
BEFORE = {"release": "draft", "accept": "released", "decline": "released", "withdraw": "released"}
AFTER = {"release": "released", "accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}


def cases_there(move: Move, as_superuser) -> int:
    as_superuser.rollback()
    asked = {"new": move.new.id}
    return as_superuser.scalar(text("SELECT count(*) FROM cases WHERE school_id = :new"), asked)


class Killed(BaseException):
    """Not an error that anybody catches."""


@contextmanager
def at_statement(number: int, do: Callable[[object], None]) -> Iterator[list[int]]:
    """Run something before the `number`-th statement; counts them all."""
    seen = [0]

    def before(connection, *_rest) -> None:
        seen[0] += 1
        if seen[0] == number:
            do(connection)

    event.listen(db.engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", before)


def die(_connection: object) -> None:
    raise Killed


@pytest.mark.parametrize("name", list(ACTS))
def test_a_kill_at_any_statement_leaves_both_schools_where_they_were(app, world, as_superuser, name):
    move = Move.build(world).noted()
    transfer_id = move.prepared() if name == "release" else move.released()
    number = 0
    while True:
        number += 1
        with at_statement(number, die) as seen:
            try:
                ACTS[name](move, transfer_id)
                break
            except Killed:
                assert move.states(as_superuser) == STORY[BEFORE[name]], f"killed at statement {number}"
                assert cases_there(move, as_superuser) == 0
    assert number == seen[0] + 1
    assert number > 5, "there was something to kill"
    assert move.states(as_superuser) == STORY[AFTER[name]]
    assert cases_there(move, as_superuser) == (1 if name == "accept" else 0)


def test_a_connection_that_the_server_ends_in_the_middle_leaves_nothing_half_accepted(
    app, world, as_superuser
):
    move = Move.build(world).noted()
    transfer_id = move.released()

    def cut(connection) -> None:
        pid = connection.connection.driver_connection.info.backend_pid
        as_superuser.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        as_superuser.commit()

    with at_statement(12, cut), pytest.raises(DBAPIError):
        accept(move, transfer_id)
    assert move.states(as_superuser) == STORY["released"]
    assert cases_there(move, as_superuser) == 0
    accept(move, transfer_id)
    assert move.states(as_superuser) == STORY["accepted"]


def raced(move: Move, transfer_id: int, *names: str) -> list[str]:
    """Which of the acts, begun together, were done; the others met a Conflict."""
    gate = threading.Barrier(len(names))

    def run(name: str) -> str | None:
        gate.wait(timeout=20)
        try:
            ACTS[name](move, transfer_id)
        except Conflict:
            return None
        return name

    with ThreadPoolExecutor(len(names)) as pool:
        return [name for name in pool.map(run, names) if name]


@pytest.mark.parametrize("names", [("accept", "accept"), ("accept", "withdraw"), ("accept", "decline")])
def test_of_two_who_act_at_once_one_is_done_and_both_schools_say_which(world, as_superuser, names):
    for _ in range(3):
        move = Move.build(world)
        won = raced(move, move.released(), *names)
        assert len(won) == 1
        assert move.states(as_superuser) == STORY[AFTER[won[0]]]
        assert cases_there(move, as_superuser) == (1 if won == ["accept"] else 0)


def test_a_release_and_a_withdrawal_at_once_end_withdrawn_or_refuse_one(world, as_superuser):
    for _ in range(3):
        move = Move.build(world)
        won = raced(move, move.prepared(), "release", "withdraw")
        assert "withdraw" in won
        assert move.states(as_superuser) == (
            STORY["withdrawn"] if "release" in won else ("withdrawn", None, 0)
        )


@given(order=st.lists(st.sampled_from(sorted(ACTS)), max_size=6))
@hypothesis_settings(max_examples=12)
def test_any_order_of_acts_leaves_one_story(session_app, engine_urls, order):
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    from tests.factories import World

    move = Move.build(World(session_app))
    transfer_id, state, was_released = move.prepared(), "draft", False
    with create_engine(engine_urls["superuser"], poolclass=NullPool).connect() as watcher:
        for name in order:
            can = state == BEFORE[name] or (name == "withdraw" and state == "draft")
            try:
                ACTS[name](move, transfer_id)
                assert can, f"{name} was done in state {state}"
                state, was_released = AFTER[name], was_released or name == "release"
            except DomainError:
                assert not can, f"{name} was refused in state {state}"
            story = STORY[state]
            if state == "withdrawn" and not was_released:
                story = ("withdrawn", None, 0)
            assert move.states(watcher) == story
            assert cases_there(move, watcher) == (1 if state == "accepted" else 0)
    assert tenancy._scope.get() is None
