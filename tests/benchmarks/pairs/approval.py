"""From the principal's approval to the mail server: the first and the last of 2,000 invitations."""

from __future__ import annotations

import time

from tasks import nudge
from tests.benchmarks.invitations import INVITED, approve, mail_workers, sink, waiting
from tests.benchmarks.measure import Line, within
from tests.benchmarks.stand import EMPTY, Stand
from webapp import tenancy

CONFERENCES = 100


def measure(stand: Stand) -> list[Line]:
    with sink() as post, stand.copy_of(EMPTY) as database:
        app = stand.app(database, post.url)
        number = 3 if stand.is_small else CONFERENCES
        stages = waiting(app, number)
        mails = number * INVITED
        with mail_workers(stand, database, post):
            # The requests' own mails to the principals leave first, and are none of the invitations.
            nudge.waker(app.config["PAMONG"])(frozenset({"mail"}))
            post.wait_for(number)
            post.forget()
            tenancy.on_commit_wake(nudge.waker(app.config["PAMONG"]))
            began = time.time()
            for stage in stages:
                approve(stage)
            approved = time.time()
            # The counsellors are told of the approval besides.
            first, last = post.wait_for(mails + number)
    note = f"{number} approvals one after another took {approved - began:.1f} s of it"
    common = {"rows": mails, "unit": "s"}
    return [
        within("approval to the first invitation handed over", first - began, limit=2, **common),
        within(f"approval to the last of {mails:,} invitations", last - began, limit=60, note=note, **common),
    ]
