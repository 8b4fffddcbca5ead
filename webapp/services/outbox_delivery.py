"""Delivery: take what is due, school by school in turn, and hand it to the mail server.

Any number of runs may work at once. A run that dies at any point leaves a lease behind and
`outbox_claims.return_stale` takes back what it was doing; only a mail on which it died after DATA began
can arrive twice, as the same bytes.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from datetime import datetime, timedelta

from webapp import calls
from webapp.mail.smtp import MAX_ATTEMPTS, Bounced, Deferred, Outcome, Sent, Transport, Undecided, backoff
from webapp.services import outbox_claims as claims
from webapp.services.faults import DATABASE_AWAY
from webapp.services.outbox_claims import Claim, LeaseLost, Ready

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

BATCH = 20
"""So many mails of one school are taken and built in one transaction."""
FRESH_FOR = timedelta(seconds=1)
"""What was taken longer ago is given back: others wait for their turn, and a mail leaves by facts of now."""

SILENT_SERVER_AFTER = 2
"""So many mails in a row without an answer, and the run ends: it would only use up everybody's tries."""

_ASK_AGAIN_AFTER_SECONDS = 0.5
_rng = random.Random()


def lease_of(transport: Transport) -> timedelta:
    """Longer than any conversation of one mail can last."""
    return timedelta(seconds=transport.longest * 1.5)


def deliver(clock: Clock, transport: Transport, *, worker: str, stop_at: datetime) -> Counter[str]:
    """Send what is due until nothing is left or `stop_at`; counts by what became of each mail.

    Schools take turns of a second at most, so that one with thousands of mails delays no other. `more` in
    the counts says that time ran out before the work did.
    """
    with calls.one_line():
        return _deliver(clock, transport, worker, stop_at)


def _deliver(clock: Clock, transport: Transport, worker: str, stop_at: datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    silent = 0
    while True:
        turn = claims.due_schools(clock())
        touched = 0
        while turn:
            for school_id in tuple(turn):
                if clock() >= stop_at:
                    counts["more"] = 1
                    return counts
                none = True
                with closing(_send_batch(school_id, clock, transport, worker, stop_at)) as batch:
                    for became in batch:
                        none = False
                        touched += 1
                        counts[became] += 1
                        silent = silent + 1 if became == "unanswered" else 0
                        if silent >= SILENT_SERVER_AFTER:
                            return counts
                if none:
                    turn.remove(school_id)
        if not touched:
            return counts


def _send_batch(
    school_id: int, clock: Clock, transport: Transport, worker: str, stop_at: datetime
) -> Generator[str]:
    """Send some mails of a school, yielding what became of each; the rest is given back."""
    taken_at = clock()
    lease = lease_of(transport)
    waiting = claims.take(school_id, taken_at, worker=worker, lease=lease, most=BATCH)
    try:
        while waiting:
            became = _send(waiting[0], clock, transport, lease)
            del waiting[0]  # only now: one that could not even be marked is given back with the rest
            yield became
            if clock() >= min(stop_at, taken_at + FRESH_FOR):
                return
    finally:
        with suppress(*DATABASE_AWAY):  # then their lease ends
            claims.give_back(waiting, clock())


def _send(claim: Claim, clock: Clock, transport: Transport, lease: timedelta) -> str:
    if claim.stopped_as is not None:
        claims.stop(claim, clock())
        return claim.stopped_as
    if claim.ready is None:
        claims.finish(claim, clock(), "failed", response="unbuildable")
        return "failed"
    try:
        outcome = _talk(claim, claim.ready, clock, transport, lease)
    except LeaseLost:
        return "lost"
    return _record_at_last(claim, outcome, clock(), lease)


def _talk(claim: Claim, ready: Ready, clock: Clock, transport: Transport, lease: timedelta) -> Outcome:
    def before_data() -> None:
        claims.mark_transmitting(claim, clock(), lease)

    return transport.deliver(ready.sender, ready.recipient, ready.data, before_data)


def _record_at_last(claim: Claim, outcome: Outcome, at: datetime, lease: timedelta) -> str:
    """Tell the rows what the mail server said, also when the database comes back only after a while: what
    was taken and then forgotten would be sent a second time. Once the lease has passed it is too late."""
    until = time.monotonic() + lease.total_seconds()
    while True:
        try:
            return _record(claim, outcome, at)
        except DATABASE_AWAY:
            if time.monotonic() >= until:
                raise
            time.sleep(_ASK_AGAIN_AFTER_SECONDS)


def _record(claim: Claim, outcome: Outcome, at: datetime) -> str:
    match outcome:
        case Sent(response):
            claims.finish(claim, at, "sent", response=response)
            return "sent"
        case Bounced(_, response):
            claims.finish(claim, at, "bounced", response=response)
            return "bounced"
        case Undecided(response):
            claims.leave_undecided(claim, at, response)
            return "undecided"
        case Deferred(code, response):
            if claim.attempt >= MAX_ATTEMPTS:
                claims.finish(claim, at, "failed", response=response)
                return "failed"
            due_at = at + backoff(claim.attempt, _rng)
            claims.finish(claim, at, "deferred", response=response, due_at=due_at)
            return "unanswered" if code is None else "deferred"
