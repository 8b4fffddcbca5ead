"""What is done to the database and to the broker."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil

from tests.faults import disk

if TYPE_CHECKING:
    from tests.faults.bench import Bench

_PROGRAM = {"valkey": "valkey-server", "postgres": "postgres"}


def end(engine: str, how: signal.Signals) -> Callable[[Bench], None]:
    """End an engine, which stays away until `start`."""

    def act(bench: Bench) -> None:
        bench.system.held_down.add(engine)
        psutil.Process(bench.system.engine_pid(_PROGRAM[engine])).send_signal(how)
        bench.system.wait_until(lambda: not bench.system.runs(_PROGRAM[engine]), 60)

    return act


def start(engine: str) -> Callable[[Bench], None]:
    def act(bench: Bench) -> None:
        bench.system.held_down.discard(engine)
        bench.system.wait_until(lambda: bench.system.runs(_PROGRAM[engine]), 60)

    return act


def flush(bench: Bench) -> None:
    with bench.system.broker() as client:
        client.flushall()


def freeze(bench: Bench) -> None:
    psutil.Process(bench.system.engine_pid("valkey-server")).send_signal(signal.SIGSTOP)


def thaw(bench: Bench) -> None:
    psutil.Process(bench.system.engine_pid("valkey-server")).send_signal(signal.SIGCONT)


def fill_broker(bench: Bench) -> None:
    """Less room than it uses already: under `noeviction` it takes nothing more."""
    with bench.system.broker() as client:
        client.config_set("maxmemory", "1")


def room_in_broker(bench: Bench) -> None:
    with bench.system.broker() as client:
        client.config_set("maxmemory", "0")


def end_connections(bench: Bench) -> None:
    bench.system.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pamong_app'")


def lock(table: str) -> Callable[[Bench], None]:
    def act(bench: Bench) -> None:
        bench.holding = bench.system.superuser()
        bench.holding.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")

    return act


def unlock(bench: Bench) -> None:
    assert bench.holding is not None
    bench.holding.close()


def read_only(bench: Bench) -> None:
    bench.system.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    bench.system.sql("SELECT pg_reload_conf()")
    bench.system.wait(1.0)
    bench.note_in_data()


def writable(bench: Bench) -> None:
    bench.system.sql("ALTER SYSTEM RESET default_transaction_read_only")
    bench.system.sql("SELECT pg_reload_conf()")


def fill_disk(bench: Bench) -> None:
    disk.fill(bench.system.disk)


def empty_disk(bench: Bench) -> None:
    disk.empty(bench.system.disk)
