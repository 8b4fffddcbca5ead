"""Mails of a school's outbox, and runs that deliver them by a clock that only the test moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from tests.factories import MONDAY
from tests.mail.servers import ScriptedServer
from tests.services.stage import Stage
from tests.services.test_outbox import code
from webapp import tenancy
from webapp.mail.smtp import Transport
from webapp.models.background import OutboxMail
from webapp.models.students import Guardian
from webapp.services import outbox, outbox_claims, outbox_delivery

LEASE = timedelta(seconds=90)


@dataclass
class Clock:
    """A clock that only the test moves."""

    at: datetime = MONDAY + timedelta(minutes=1)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


def run(server: ScriptedServer | str, clock: Clock, worker: str = "w1"):
    url = server if isinstance(server, str) else server.url
    with Transport(url, 3.0) as transport:
        return outbox_delivery.deliver(
            clock, transport, worker=worker, stop_at=clock.at + timedelta(minutes=1)
        )


def put(school, key: str, kind: str = "one_time_code", facts=None, **more) -> None:
    """Queue one mail for a school, as its worker would."""
    actor = tenancy.system(school.id, MONDAY)
    more = {"to_address": "wali@contoh.example", "to_name": "Wali Rekaan", "locale": "id", **more}
    with tenancy.work(actor):
        outbox.queue(actor, kind, facts or code(), dedupe_key=key, **more)


def take(school_id: int, at: datetime, worker: str, most: int = 1) -> list[outbox_claims.Claim]:
    return outbox_claims.take(school_id, at, worker=worker, lease=LEASE, most=most)


def row(school, key: str) -> OutboxMail:
    with tenancy.work(tenancy.system(school.id, MONDAY)) as session:
        return session.scalars(
            select(OutboxMail).where(OutboxMail.school_id == school.id, OutboxMail.dedupe_key == key)
        ).one()


def content(school, key: str) -> bytes | None:
    with tenancy.work(tenancy.system(school.id, MONDAY)) as session:
        return session.scalars(select(OutboxMail).where(OutboxMail.dedupe_key == key)).one().content


def mark_do_not_contact(stage: Stage) -> None:
    with tenancy.work(tenancy.system(stage.school.id, MONDAY)) as session:
        session.scalars(select(Guardian).where(Guardian.id == stage.guardian_id)).one().do_not_contact = True


def bodies(server: ScriptedServer) -> list[bytes]:
    return [taken.removesuffix(b".\r\n") for taken in server.seen.texts]
