"""Mail from the outbox to a server, by two workers, beside a bare loop over one kept connection."""

from __future__ import annotations

import smtplib
import statistics
import time

import psycopg

from tests.benchmarks.database import plain
from tests.benchmarks.invitations import INVITED, Post, approve, mail_workers, sink, waiting, wake
from tests.benchmarks.measure import Line, throughput
from tests.benchmarks.stand import EMPTY, Stand
from webapp import tenancy
from webapp.models.background import OutboxMail

CONFERENCES = 50
ROUNDS = 3


def measure(stand: Stand) -> list[Line]:
    with sink() as post, stand.copy_of(EMPTY) as database:
        app = stand.app(database, post.url)
        stages = waiting(app, 3 if stand.is_small else CONFERENCES)
        mails = len(stages) * INVITED
        for stage in stages:
            approve(stage)
        with psycopg.connect(plain(stand.url("superuser", database)), autocommit=True) as connection:
            # The mails that ask the principals to decide are not what is measured.
            connection.execute(
                "UPDATE outbox SET state = 'cancelled', due_at = NULL WHERE kind <> 'invitation'"
            )
            with mail_workers(stand, database, post):
                _send(app, connection, post, mails, build=True)  # everything is warm after this
                built, stored, bare = [], [], []
                prebuilt = _bytes(app, stages)
                for _ in range(ROUNDS):
                    bare.append(_bare_loop(post, prebuilt))
                    built.append(_send(app, connection, post, mails, build=True))
                    stored.append(_send(app, connection, post, mails, build=False))
    reference = statistics.median(bare)
    common = {"rows": mails, "unit": "mails/s"}
    return [
        throughput(
            "outbox to sink, building each mail", statistics.median(built), reference, at_least=0.5, **common
        ),
        throughput(
            "outbox to sink, resending stored bytes",
            statistics.median(stored),
            reference,
            at_least=0.75,
            **common,
        ),
    ]


def _send(app, connection: psycopg.Connection, post: Post, mails: int, *, build: bool) -> float:
    """Mails per second of one run over all of them, made due again; without their bytes when `build`."""
    forget = ", content_enc = NULL" if build else ""
    connection.execute(
        f"UPDATE outbox SET state = 'queued', due_at = now(), attempts = 0, sent_at = NULL{forget}"
        " WHERE kind = 'invitation'"
    )
    connection.execute("VACUUM ANALYZE outbox")
    post.forget()
    wake(app)
    first, last = post.wait_for(mails)
    _marked(connection)
    assert post.seen()[0] == mails, f"{post.seen()[0]} mails instead of {mails}"
    return (mails - 1) / (last - first)


def _marked(connection: psycopg.Connection) -> None:
    """Until the last one is marked as sent, too: that happens after the server has it."""
    unsent = "SELECT count(*) FROM outbox WHERE kind = 'invitation' AND state <> 'sent'"
    end = time.monotonic() + 60
    while connection.execute(unsent).fetchone() != (0,):
        assert time.monotonic() < end, "some mails are never marked as sent"
        time.sleep(0.05)


def _bytes(app, stages) -> list[tuple[str, bytes]]:
    found = []
    for stage in stages:
        with app.app_context(), tenancy.work(tenancy.system(stage.school.id, stage.now)) as session:
            rows = session.query(OutboxMail).filter(OutboxMail.kind == "invitation")
            found += [(row.to_address, row.content) for row in rows]
    return found


def _bare_loop(post: Post, prebuilt: list[tuple[str, bytes]]) -> float:
    post.forget()
    with smtplib.SMTP("127.0.0.1", post.port) as connection:
        connection.ehlo()
        for address, content in prebuilt:
            connection.sendmail("pamong@localhost", [address], content)
    first, last = post.wait_for(len(prebuilt))
    return (len(prebuilt) - 1) / (last - first)
