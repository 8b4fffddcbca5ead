"""Read the mailbox: fetch a bite, take up each mail in a transaction of its own, then put it aside.

No transaction is open while the mailbox talks. A run that dies between the two leaves the mail where it
lay; the next run finds it known and only puts it aside.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from webapp.domain.errors import DomainError
from webapp.extensions import db
from webapp.mail.imap import DONE, REVIEW, Box, Waiting
from webapp.mail.incoming import read
from webapp.services import incoming

log = logging.getLogger(__name__)


@contextmanager
def only_reader() -> Iterator[bool]:
    """Whether nobody else reads the mailbox; if so, nobody does until the block ends.

    Two readers would leave all as it should be, but put each mail aside twice. The lock is the
    connection's, without any transaction: it goes with a process that is killed.
    """
    lock = {"name": "pamong:mailbox"}
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taken = connection.scalar(text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"), lock)
        try:
            yield bool(taken)
        finally:
            if taken:
                connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), lock)


def empty(clock: Callable[[], datetime], box: Box, *, reply_address: str, stop_at: datetime) -> Counter[str]:
    """Take up what lies in the mailbox until nothing is left or `stop_at`; counts by what became of each.

    `more` in the counts says that time ran out before the work did.
    """
    counts: Counter[str] = Counter()
    while waiting := box.fetch():
        for mail in waiting:
            if clock() >= stop_at:
                counts["more"] = 1
                return counts
            outcome = take_up(mail, clock(), reply_address=reply_address)
            counts[outcome.became] += 1
            box.put_aside(mail.uid, DONE if outcome.is_settled else REVIEW)
    return counts


def take_up(mail: Waiting, at: datetime, *, reply_address: str) -> incoming.Outcome:
    """Understand one mail and do what it asks; see `incoming.take_up`.

    One that cannot be stored is noted without its content: it must not stop those behind it.
    """
    content = read(mail.data, reply_address=reply_address, is_whole=mail.is_whole)
    try:
        return incoming.take_up(content, mail.digest, at)
    except (DomainError, DataError, IntegrityError) as error:
        # The error's text may hold what the mail said: its class is enough to look for the fault.
        log.error("a mail that came in cannot be taken up: %s", type(error).__name__)
        return incoming.note_unclear(mail.digest, at)
