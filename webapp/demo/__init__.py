"""The invented district of the demo, put in through the same services as anybody's work."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

from webapp.demo import cases, cast, referrals, runs, schools, students, transfers
from webapp.demo.stage import Stage

__all__ = ["seed", "sign_ins"]


def seed(app: Flask) -> None:
    """Fill the database: one district, three schools, their people, students, cases and conferences.

    Every step is a transaction of its own that looks first whether it was done: a second call, also after
    a broken one, completes the data or does nothing.
    """
    stage = Stage(app, datetime.now(UTC))
    with app.app_context():
        schools.build(stage)
        students.build(stage)
        referrals.build(stage)
        cases.build(stage)
        runs.build(stage)
        transfers.build(stage)


def sign_ins() -> list[tuple[str, str, str]]:
    """(role as people say it, e-mail address, password): one sign-in per role, district first."""
    return [(label, cast.email(who), cast.PASSWORD) for label, who in cast.SIGN_INS]
