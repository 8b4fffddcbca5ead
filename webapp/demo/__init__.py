"""Invented data for the demo: one district, three schools in three time zones, students, first conferences.

Everything comes in through the services, as people would do it. Each step looks whether it was done, so
that a broken run is completed by the next one.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

from webapp.demo import cast, conferences, students


def seed(app: Flask) -> None:
    """Fill an empty database; a second call changes nothing."""
    at = datetime.now(UTC)
    with app.app_context():
        cast.seed(at)
        for school in cast.SCHOOLS:
            students.seed(school, at)
            conferences.seed(school, at)


def sign_ins() -> list[tuple[str, str, str]]:
    """(role, e-mail, password) of one account per role."""
    return [(account.label, account.email, cast.PASSWORD) for account in cast.accounts() if account.is_shown]
