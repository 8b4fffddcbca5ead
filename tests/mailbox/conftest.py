"""A mailbox on a real server for each test, and two schools whose invitations name secret addresses in it."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.factories import MONDAY
from tests.mailbox import dovecot
from tests.mailbox.letters import Invited
from tests.services.stage import Stage
from webapp import tenancy
from webapp.config import Settings, load_settings
from webapp.mail.imap import Box
from webapp.models.background import OutboxMail
from webapp.services import mailbox

REPLY_ADDRESS = "jawaban@pamong.example"


@pytest.fixture(scope="session")
def imap() -> Iterator[dovecot.Dovecot]:
    if dovecot.DOVECOT is None:
        pytest.skip("no Dovecot here: Debian has it as dovecot-imapd")
    home = Path(tempfile.mkdtemp(prefix="pamong-imap-"))
    server = dovecot.start(home)
    yield server
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


@dataclass
class Post:
    """One mailbox: the test puts mails in, Pamong reads it at a moment that the test says."""

    server: dovecot.Dovecot
    name: str
    settings: Settings
    now: datetime = MONDAY + timedelta(hours=1)

    def put(self, *mails: bytes) -> None:
        self.server.put(self.name, *mails)

    def read(self, *mails: bytes) -> Counter[str]:
        """Put these in and empty the mailbox; counts by what became of each."""
        self.put(*mails)
        assert self.settings.imap is not None
        with Box(self.settings.imap) as box:
            return mailbox.empty(
                lambda: self.now,
                box,
                reply_address=self.settings.reply_address,
                stop_at=self.now + timedelta(minutes=1),
            )

    def folders(self) -> dict[str, int]:
        return self.server.folders(self.name)


@pytest.fixture
def post(app: Flask, imap: dovecot.Dovecot, monkeypatch: pytest.MonkeyPatch) -> Post:
    name = imap.new_name()
    settings = app.config["PAMONG"].model_copy(
        update={"imap_url": imap.url(name), "reply_address": REPLY_ADDRESS}
    )
    load_settings(**settings.model_dump())  # the test's own are as good as any
    monkeypatch.setitem(app.config, "PAMONG", settings)
    return Post(imap, name, settings)


@pytest.fixture
def two(post: Post, world) -> tuple[Stage, Stage]:
    """Two schools with their invitations out."""
    stages = Stage.build(world).invited(), Stage.build(world).invited()
    for stage in stages:
        mark_sent(stage)
    return stages


def mark_sent(stage: Stage) -> None:
    """All that waits has left."""
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, MONDAY)) as session:
        for row in session.scalars(select(OutboxMail).where(OutboxMail.school_id == stage.school.id)):
            row.state, row.due_at, row.sent_at = "sent", None, MONDAY


def invited(stage: Stage, kind: str = "guardian", mail: str = "invitation") -> Invited:
    """What stands in the newest such mail to that participant."""
    participant = stage.participant(kind)
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, MONDAY)) as session:
        row = session.scalars(
            select(OutboxMail)
            .where(OutboxMail.participant_id == participant.id, OutboxMail.kind == mail)
            .order_by(OutboxMail.id.desc())
        ).first()
        assert row is not None
        return Invited(
            uid=row.facts["uid"],
            sequence=row.facts["sequence"],
            organiser=row.facts["organiser_address"],
            attendee=row.facts["attendee_address"],
            starts_at=datetime.fromisoformat(row.facts["starts_at"]),
            message_id=row.message_id,
        )


def reasons(connection, stage: Stage) -> list[tuple[str, str]]:
    """State and reason of all that came in for that school, oldest first."""
    rows = connection.execute(
        text("SELECT state, reason FROM incoming_mails WHERE school_id = :school ORDER BY id"),
        {"school": stage.school.id},
    ).all()
    connection.commit()
    return [tuple(row) for row in rows]
