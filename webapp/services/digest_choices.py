"""Which kinds of digest a person wants: chosen under one's own name, or by the link in the mail itself.

The link works without a sign-in and is bound to one person and one kind. It is signed and not stored: the
same person gets the same link each time, and it lasts as long as the secret key. Mails that are a duty
(invitations, changes, cancellations, codes, reminders) carry none, and refuse one that is made up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from webapp import tenancy
from webapp.domain.errors import N_, Forbidden, NotFound
from webapp.mail.messages import MAILS
from webapp.models.identity import User
from webapp.services import audit, links
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor


@dataclass(frozen=True)
class Choice:
    """Whether one person gets one kind of digest."""

    user_id: int
    kind: str
    is_on: bool


def stop_link(user_id: int | None, kind: str) -> str:
    """The address at which that person switches that kind off."""
    return links.stop_url(_signer().dumps([user_id, kind]))


def find(token: str, at: datetime) -> Choice:
    """What a link is about, without changing it. NotFound when it is none of ours or its person has left;
    Forbidden for a kind of mail that cannot be switched off."""
    try:
        user_id, kind = _signer().loads(token)
    except (BadSignature, TypeError, ValueError) as wrong:
        raise NotFound() from wrong
    _check_optional(kind)
    with tenancy.work(_nobody(user_id, at)) as session:
        user = session.get(User, user_id)
        if user is None or not user.active:
            raise NotFound()
        return Choice(user.id, kind, kind not in user.digests_off)


def switch(user_id: int, kind: str, at: datetime, *, on: bool, by: str) -> None:
    """Switch one kind of digest on or off for a person, in every school and district; doing it again changes
    nothing. by: `settings` or `link`, for the trail. Forbidden for a mail that is no digest.

    Opens its own scope. What is planned follows by itself: a digest switched off is passed over when its
    moment comes, one switched on is planned by the nightly look at the latest.
    """
    _check_optional(kind)
    actor = _nobody(user_id, at)
    with tenancy.work(actor) as session:
        user = session.get(User, user_id, with_for_update=True)
        if user is None or on is (kind not in user.digests_off):
            return
        others = [other for other in user.digests_off if other != kind]
        user.digests_off = others if on else sorted([*others, kind])
        audit.record(actor, "digest.switched_on" if on else "digest.switched_off", user, kind=kind, by=by)


def _check_optional(kind: str) -> None:
    if kind not in MAILS:
        raise NotFound()
    if not MAILS[kind].optional:
        raise Forbidden(
            N_(
                "These mails cannot be switched off: they ask for an answer, tell of a change, or remind of "
                "what was promised. Speak with the school if they should not come to you."
            )
        )


def _nobody(user_id: int, at: datetime) -> Actor:
    # Accounts belong to no school; the trail names the person whose choice it is.
    return Actor("identity", at, school_id=PLATFORM_SCHOOL_ID, person_id=user_id)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.config["PAMONG"].secret_key,
        salt="pamong.digest.stop",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
