"""Conferences that wait for their approval, with many people to invite, and workers that send."""

from __future__ import annotations

import smtplib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask

from tasks import nudge
from tests.benchmarks.mail_sink import seen
from tests.benchmarks.stand import Stand, free_port, running, wait_for_port
from tests.factories import World
from tests.services.stage import Stage
from webapp.cli import programs
from webapp.services import conferences
from webapp.services.participants import Proposed

GUESTS = 18
INVITED = GUESTS + 2
"""The guests, a teacher, and the counsellor who asked for the meeting."""
_PATIENCE_SECONDS = 240


def waiting(app: Flask, number: int) -> list[Stage]:
    """That many conferences in schools of their own, requested and not yet approved."""
    world = World(app)
    return [_requested(world) for _ in range(number)]


def _requested(world: World) -> Stage:
    stage = Stage.build(world, now=datetime.now(UTC))
    guests = tuple(
        Proposed(
            "expert",
            "easing",
            "Memberi pandangan",
            name=f"Tamu Rekaan {guest}",
            position="Psikolog",
            email=f"tamu{guest}@contoh.example",
            phone="081200000000",
        )
        for guest in range(GUESTS)
    )
    teacher = Proposed("staff", "information", "Menceritakan", user_id=stage.teacher.user_id)
    stage.requested(proposed=(teacher, *guests))
    return stage


def approve(stage: Stage) -> None:
    """As the principal does; the invitations are queued in the same transaction."""
    with stage.as_(stage.principal, when=datetime.now(UTC)) as actor:
        conferences.approve(actor, stage.conference_id)


@dataclass
class Post:
    """A sink and what it says of itself."""

    port: int
    line: smtplib.SMTP

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def forget(self) -> None:
        self.line.docmd("XFORGET")

    def seen(self) -> tuple[int, float, float]:
        return seen(self.line)

    def wait_for(self, mails: int) -> tuple[float, float]:
        """Moments of the first and the last of so many mails; RuntimeError when they do not come."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            count, first, last = self.seen()
            if count >= mails:
                return first, last
            time.sleep(0.05)
        raise RuntimeError(f"{self.seen()[0]} of {mails} mails came")


@contextmanager
def sink() -> Iterator[Post]:
    """A running mail server that takes everything."""
    import os

    port = free_port()
    with running([sys.executable, "-m", "tests.benchmarks.mail_sink", str(port)], os.environ) as process:
        wait_for_port(port, process)
        yield Post(port, smtplib.SMTP("127.0.0.1", port))


@contextmanager
def mail_workers(stand: Stand, database: str, post: Post, *, processes: int = 2) -> Iterator[None]:
    """Real workers on the mail queue; up when the block begins."""
    environment = stand.environment(database, SMTP_URL=post.url)
    command = programs.worker("bench", queues="mail", concurrency=processes, level="ERROR")
    with running(command, environment):
        time.sleep(6)  # Celery tells nobody when its children are there
        yield


def wake(app: Flask, times: int = 2) -> None:
    """What a commit does: one nudge for each worker."""
    tell = nudge.waker(app.config["PAMONG"])
    for _ in range(times):
        tell(frozenset({"mail"}))
