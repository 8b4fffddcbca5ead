"""The secret address to which a participant's calendar answers: made once, stored as a hash, revoked with
the participant's links.

The secret is derived from the row and the installation's own key, so that every change of a meeting names
the same organiser though only the hash is kept: calendars take changes from no other.
"""

from __future__ import annotations

import hmac
from base64 import b32encode

from flask import current_app
from sqlalchemy import select, update

from webapp import tenancy
from webapp.mail.reply_address import tagged
from webapp.models.conferences import Participant, ReplyAddress
from webapp.services.identity import hash_secret
from webapp.tenancy import Actor


def for_invitation(actor: Actor, participant: Participant) -> str | None:
    """The participant's secret address, made where there is none; None where no mailbox is read."""
    if not current_app.config["PAMONG"].reply_address:
        return None
    known = current(actor, participant)
    if known is not None:
        return known
    row = ReplyAddress(participant_id=participant.id, created_at=actor.at)
    token = _token(row)
    row.token_hash = hash_secret(token)
    tenancy.add(row)
    return _address(token)


def current(actor: Actor, participant: Participant) -> str | None:
    """The address that the participant's invitation named, while it is good; makes none."""
    if not current_app.config["PAMONG"].reply_address:
        return None
    rows = tenancy.session.scalars(
        select(ReplyAddress)
        .where(
            ReplyAddress.school_id == actor.school_id,
            ReplyAddress.participant_id == participant.id,
            ReplyAddress.revoked_at.is_(None),
        )
        .order_by(ReplyAddress.id.desc())
    )
    for row in rows:
        token = _token(row)
        if hash_secret(token) == row.token_hash:  # not so after the installation's key was changed
            return _address(token)
    return None


def revoke(actor: Actor, participant: Participant) -> None:
    """What is sent to the participant's address from now on counts no more."""
    tenancy.session.execute(
        update(ReplyAddress)
        .where(
            ReplyAddress.school_id == actor.school_id,
            ReplyAddress.participant_id == participant.id,
            ReplyAddress.revoked_at.is_(None),
        )
        .values(revoked_at=actor.at)
    )


def _token(row: ReplyAddress) -> str:
    # 160 bits: a local part has room for 64 characters, and must survive a change of case.
    key = current_app.config["PAMONG"].secret_key.encode()
    bound = f"reply-address|{row.school_id}|{row.participant_id}|{row.id}"
    return b32encode(hmac.new(key, bound.encode(), "sha256").digest()[:20]).decode().lower()


def _address(token: str) -> str:
    return tagged(current_app.config["PAMONG"].reply_address, token)
