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
from collections.abc import Callable
from datetime import datetime, timedelta

from jinja2 import TemplateError
from pydantic import ValidationError

from webapp.domain.errors import DomainError
from webapp.mail.smtp import MAX_ATTEMPTS, Bounced, Deferred, Outcome, Sent, Transport, Undecided, backoff
from webapp.services import outbox_claims as claims
from webapp.services.faults import DATABASE_AWAY
from webapp.services.outbox_claims import Claim, LeaseLost, Ready

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

SILENT_SERVER_AFTER = 2
"""So many mails in a row without an answer, and the run ends: it would only use up everybody's tries."""

_ASK_AGAIN_AFTER_SECONDS = 0.5
_rng = random.Random()


def lease_of(transport: Transport) -> timedelta:
    """Longer than any conversation of one mail can last."""
    return timedelta(seconds=transport.longest * 1.5)


def deliver(clock: Clock, transport: Transport, *, worker: str, stop_at: datetime) -> Counter[str]:
    """Send what is due until nothing is left or `stop_at`; counts by what became of each mail.

    Schools take turns, so that one with thousands of mails delays no other. `more` in the counts says
    that time ran out before the work did.
    """
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
                became = _send_next(school_id, clock, transport, worker)
                if became is None:
                    turn.remove(school_id)
                    continue
                touched += 1
                counts[became] += 1
                silent = silent + 1 if became == "unanswered" else 0
                if silent >= SILENT_SERVER_AFTER:
                    return counts
        if not touched:
            return counts


def _send_next(school_id: int, clock: Clock, transport: Transport, worker: str) -> str | None:
    lease = lease_of(transport)
    claim = claims.claim_next(school_id, clock(), worker=worker, lease=lease)
    if claim is None:
        return None
    if claim.stopped_as is not None:
        claims.stop(claim, clock())
        return claim.stopped_as
    try:
        ready = claims.bytes_to_send(claim, clock())
    except (DomainError, ValidationError, TemplateError, LookupError) as error:
        # The error's text may hold a name: its class is enough to look for the fault.
        log.error("mail %s of school %s cannot be built: %s", claim.mail_id, school_id, type(error).__name__)
        claims.finish(claim, clock(), "failed", last_response="unbuildable", due_at=None)
        return "failed"
    try:
        outcome = _talk(claim, ready, clock, transport, lease)
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
            claims.finish(claim, at, "sent", last_response=response, sent_at=at, due_at=None)
            return "sent"
        case Bounced(_, response):
            claims.finish(claim, at, "bounced", last_response=response, due_at=None)
            return "bounced"
        case Undecided(response):
            claims.leave_undecided(claim, at, response)
            return "undecided"
        case Deferred(code, response):
            if claim.attempt >= MAX_ATTEMPTS:
                claims.finish(claim, at, "failed", last_response=response, due_at=None)
                return "failed"
            due_at = at + backoff(claim.attempt, _rng)
            claims.finish(claim, at, "deferred", last_response=response, due_at=due_at)
            return "unanswered" if code is None else "deferred"
