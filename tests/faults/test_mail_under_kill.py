"""300 invitations while worker children, worker, clock and broker are killed, and the broker is emptied."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis
from aiosmtpd.controller import Controller
from sqlalchemy import text

from tasks import nudge
from tests.conftest import KEYS
from tests.engines.running import kill_all
from tests.factories import MONDAY
from tests.services.test_outbox import meeting
from webapp import tenancy
from webapp.cli import programs
from webapp.config import Settings, load_settings
from webapp.embedded import Engines
from webapp.services import outbox

MAILS, BATCHES = 300, 6
# About a minute alone; a machine that runs other tests beside it needs the leases of every kill.
LONGEST_RUN_SECONDS = 200


@dataclass
class SlowKeeper:
    """Takes a moment for each text, so that kills find some in DATA; keeps what it answered with 250."""

    arrived: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    async def handle_DATA(self, server, session, envelope) -> str:
        await asyncio.sleep(0.06)
        message_id = re.search(rb"(?im)^Message-ID: (<.+>)\r$", envelope.content)
        self.arrived[message_id.group(1).decode()].append(envelope.content)
        return "250 kept"


class AnyPort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass
class Processes:
    """A real worker and a real clock, each in a process group of its own."""

    environment: dict[str, str]
    home: Path
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start(self, name: str) -> None:
        commands = {
            "worker": programs.worker("w", queues="mail,sweeps,reports", concurrency=2, level="ERROR"),
            "beat": programs.beat(self.home, level="ERROR"),
        }
        log = (self.home / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            commands[name], env=self.environment, stdout=log, stderr=log, start_new_session=True
        )

    def children(self) -> list[int]:
        pid = self.running["worker"].pid
        try:
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except FileNotFoundError:
            return []

    def kill_child(self, pid: int) -> list[int]:
        kill_all([pid])
        return [pid]

    def kill(self, name: str) -> list[int]:
        victims = self.children() if name == "worker" else []
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()
        return victims

    def kill_all(self) -> None:
        for process in self.running.values():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait()


@pytest.fixture
def keeper() -> Iterator[tuple[SlowKeeper, int]]:
    kept = SlowKeeper()
    controller = AnyPort(kept, hostname="127.0.0.1", port=0)
    controller.start()
    yield kept, controller.port
    controller.stop()


@pytest.fixture
def broker(settings: Settings, keeper, tmp_path: Path) -> Iterator[tuple[Settings, Engines]]:
    """The test's database, and a broker of its own: it is flushed under everybody's feet."""
    engines = Engines(tmp_path, postgres=False, durable=False)
    urls = engines.start()
    made = load_settings(
        **{**settings.model_dump(), "redis_url": urls.redis_url, "smtp_url": f"smtp://127.0.0.1:{keeper[1]}"}
    )
    yield made, engines
    engines.stop()


@pytest.fixture
def processes(broker, tmp_path: Path) -> Iterator[Processes]:
    own_settings, _ = broker
    own = Processes(
        os.environ
        | {
            "PAMONG_ENV": "test",
            "PAMONG_HOME": str(tmp_path),
            "DATABASE_URL": own_settings.database_url,
            "REDIS_URL": own_settings.redis_url,
            "SMTP_URL": own_settings.smtp_url,
            "PAMONG_SMTP_TIMEOUT": "2",  # a lease is then 9 seconds
            "PAMONG_SECRET_KEY": own_settings.secret_key,
            "PAMONG_KEYS": KEYS,
        },
        tmp_path,
    )
    own.start("worker")
    own.start("beat")
    yield own
    own.kill_all()


def queue_batch(world, school, batch: int) -> None:
    """As an approval does: a batch in one transaction, and the nudge after its commit."""
    actor = tenancy.system(school.id, MONDAY)
    with world.app.app_context(), tenancy.work(actor):
        for number in range(MAILS // BATCHES):
            outbox.queue(
                actor,
                "invitation",
                meeting(),
                to_address=f"tamu{batch}.{number}@contoh.example",
                to_name=f"Tamu Rekaan {number}",
                locale="id",
                dedupe_key=f"undangan:{batch}:{number}",
                stream=f"tamu:{batch}:{number}",
            )


def wait_until(condition: Callable[[], bool], until: float) -> bool:
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.faults
def test_every_invitation_arrives_and_only_those_cut_in_data_twice_as_the_same_bytes(
    world, as_superuser, broker, processes, keeper, tmp_path
):
    # The workers are real and serve the whole database: what other tests left in it is not theirs to do.
    as_superuser.execute(text("UPDATE outbox SET state = 'cancelled', due_at = NULL"))
    as_superuser.execute(text("UPDATE dues SET state = 'done'"))
    as_superuser.commit()
    kept, _ = keeper
    own_settings, engines = broker
    schools = [world.school(), world.school()]
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    until = time.monotonic() + LONGEST_RUN_SECONDS
    in_data: set[str] = set()

    def transmitting() -> list[tuple[str, int]]:
        rows = as_superuser.execute(
            text("SELECT message_id, claimed_by FROM outbox WHERE state = 'transmitting'")
        ).all()
        as_superuser.commit()
        return [(row.message_id, int(row.claimed_by.split(":")[1])) for row in rows]

    def cut_a_child() -> None:
        assert wait_until(lambda: bool(set(processes.children()) & pids_in_data()), until)
        victim = rng.choice(sorted(set(processes.children()) & pids_in_data()) or processes.children())
        note_cut(processes.kill_child(victim))

    def pids_in_data() -> set[int]:
        return {pid for _, pid in transmitting()}

    def note_cut(victims: list[int]) -> None:
        # Whoever is dead finishes nothing: what they were transmitting may have arrived.
        in_data.update(message_id for message_id, pid in transmitting() if pid in victims)

    def flush() -> None:
        with redis.Redis.from_url(own_settings.redis_client_url) as client:
            client.flushall()

    def kill_broker() -> None:
        with redis.Redis.from_url(own_settings.redis_client_url) as client:
            os.kill(client.info("server")["process_id"], signal.SIGKILL)
        assert wait_until(lambda: bool(engines.dead()), until)
        for dead in engines.dead():
            dead.start()

    def kill_and_restart(name: str) -> None:
        note_cut(processes.kill(name))
        processes.start(name)

    faults = [
        cut_a_child,
        cut_a_child,
        lambda: kill_and_restart("beat"),
        kill_broker,
        lambda: kill_and_restart("worker"),
        cut_a_child,
    ]
    rng.shuffle(faults)
    tenancy.on_commit_wake(nudge.waker(own_settings))
    try:
        for batch, fault in enumerate(faults):
            queue_batch(world, schools[batch % 2], batch)
            moment = len(kept.arrived) + rng.randrange(5, 40)
            assert wait_until(lambda moment=moment: len(kept.arrived) >= moment, until), state(
                as_superuser, tmp_path
            )
            fault()
        flush()

        def all_sent() -> bool:
            left = as_superuser.scalar(
                text("SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'cancelled')")
            )
            as_superuser.commit()
            return left == 0

        assert wait_until(all_sent, until), f"seed {seed}: {state(as_superuser, tmp_path)}"
    finally:
        tenancy.on_commit_wake(tenancy._wake_nobody)
    repeated = {message_id: copies for message_id, copies in kept.arrived.items() if len(copies) > 1}
    print(f"\nseed {seed}: {MAILS} mails, {len(in_data)} cut in DATA, {len(repeated)} arrived again")
    ours = set(as_superuser.scalars(text("SELECT message_id FROM outbox WHERE dedupe_key LIKE 'undangan:%'")))
    assert len(ours) == MAILS
    assert ours <= set(kept.arrived)
    assert all(len(set(copies)) == 1 for copies in repeated.values())
    assert set(repeated) <= in_data


def state(connection, folder: Path) -> str:
    """For the message of a failure: what stands in the outbox, and the end of the worker's log."""
    rows = connection.execute(text("SELECT state, count(*) FROM outbox GROUP BY state")).all()
    return f"{rows}\n" + (folder / "worker.log").read_text()[-3000:]
