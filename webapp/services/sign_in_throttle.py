"""How often somebody may try a password: per account and per address, counted in our own table.

The counts survive a restart of anything else. An account that does not exist is counted like one
that does, so that the answer tells nothing. Source of the figures: OWASP's authentication guidance
(slow down, never lock an account for good).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from webapp import tenancy
from webapp.models.identity import SignInFailure

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 8
# A whole school may share one address: many more than a person, far fewer than a guesser needs.
PER_ADDRESS = 60


def _account_hash(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()


def is_closed(email: str, address: str, at: datetime) -> bool:
    """Whether this account or this address has failed too often within the window."""
    since = at - WINDOW
    account, whole_address = (
        tenancy.identity()
        .execute(
            select(
                select(func.count())
                .where(SignInFailure.account_hash == _account_hash(email), SignInFailure.at > since)
                .scalar_subquery(),
                select(func.count())
                .where(SignInFailure.address == address, SignInFailure.at > since)
                .scalar_subquery(),
            )
        )
        .one()
    )
    return account >= PER_ACCOUNT or whole_address >= PER_ADDRESS


def is_address_closed(address: str, at: datetime) -> bool:
    """Whether this address alone has failed too often, whatever it tried."""
    failed = tenancy.identity().scalar(
        select(func.count()).where(SignInFailure.address == address, SignInFailure.at > at - WINDOW)
    )
    return (failed or 0) >= PER_ADDRESS


def record_failure(email: str, address: str, at: datetime) -> None:
    """Count one failed try."""
    tenancy.identity().add(SignInFailure(account_hash=_account_hash(email), address=address, at=at))
    tenancy.identity().commit()


def forgive(email: str) -> None:
    """A right password clears the account's count (never the address's)."""
    tenancy.identity().execute(
        delete(SignInFailure).where(SignInFailure.account_hash == _account_hash(email))
    )
    tenancy.identity().commit()
