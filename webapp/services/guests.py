"""Guests: invited people without an account. A link names them, a one-time code proves them.

A link opens the invitation; content opens only in the browser that also entered a code sent to the
participant's own address (or given to them by phone). Tokens, codes and grants are stored as hashes.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, exists, func, select, text, update

from webapp import tenancy
from webapp.domain import conferences as rules
from webapp.domain.errors import N_, Conflict, NotFound
from webapp.models.conferences import Conference, GuestCode, GuestLink, Participant
from webapp.models.schools import School
from webapp.services import access, audit, dues, participants, reply_addresses
from webapp.services.identity import hash_secret
from webapp.tenancy import Actor

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
CODES_PER_HOUR = 5
LINKS_PER_HOUR = 5
GRANT_LIFE = timedelta(hours=12)
LINK_LIFE = timedelta(days=60)
"""How long a link works after the meeting: tasks are reported through it."""


@dataclass(frozen=True)
class Arrival:
    """Who came by a link: the guest as an actor, their language, and whether the link still works."""

    actor: Actor
    locale: str
    is_live: bool


@dataclass(frozen=True)
class Grant:
    """What the right code earned: the secret of the cookie, and until when it holds."""

    secret: str
    until: datetime


# --- links ----------------------------------------------------------------------------------------


def mint_link(actor: Actor, participant: Participant, *, expires_at: datetime) -> str:
    """A new link's token, shown nowhere else again; Conflict before approval, and for who is no guest."""
    key = {"school_id": participant.school_id, "id": participant.conference_id}
    conference = tenancy.session.get(Conference, key)
    if conference is None or conference.approved_at is None:
        raise Conflict(N_("Nothing is sent to participants before the principal has approved the request."))
    if participant.kind == "staff" or participant.removed_at is not None:
        raise Conflict(N_("Only invited guests get a link."))
    token = secrets.token_urlsafe(32)
    tenancy.add(
        GuestLink(
            participant_id=participant.id,
            token_hash=hash_secret(token),
            created_at=actor.at,
            expires_at=expires_at,
        )
    )
    return token


def links_of_last_hour(actor: Actor, participant_id: int) -> int:
    """How many links a participant was sent within the hour: for the throttle."""
    return _count(GuestLink, actor, participant_id)


def revoke_links(actor: Actor, participant: Participant) -> None:
    """All of a participant's links, codes, open browsers and the reply address stop working at once."""
    tenancy.session.execute(
        update(GuestLink)
        .where(
            GuestLink.school_id == actor.school_id,
            GuestLink.participant_id == participant.id,
            GuestLink.revoked_at.is_(None),
        )
        .values(revoked_at=actor.at)
    )
    tenancy.session.execute(
        update(GuestCode)
        .where(GuestCode.school_id == actor.school_id, GuestCode.participant_id == participant.id)
        .values(expires_at=func.least(GuestCode.expires_at, actor.at), grant_until=None)
    )
    reply_addresses.revoke(actor, participant)
    audit.record(actor, "guest_links.revoked", participant, conference_id=participant.conference_id)


def identify(token: str, cookies: dict[str, str], *, now: datetime) -> Arrival:
    """Who comes by this link; runs before any scope is open. NotFound for a token that opens nothing.

    cookies: the request's; the participant's grant cookie makes the guest verified.
    """
    found = (
        tenancy.identity()
        .execute(
            text("SELECT school_id, participant_id, expires_at, revoked_at FROM app_guest_by_token(:hash)"),
            {"hash": hash_secret(token)},
        )
        .first()
    )
    if found is None:
        raise NotFound()
    guest = Actor("guest", now, school_id=found.school_id, participant_id=found.participant_id)
    secret = cookies.get(cookie_name(found.participant_id), "")
    with tenancy.work(guest) as session:
        row = session.execute(
            select(
                Participant.id,
                Participant.locale,
                School.time_zone,
                func.app_do_not_contact_ids(Participant.conference_id).label("barred"),
                _holds_grant(guest, secret).label("has_grant"),
            )
            .join(School, School.id == Participant.school_id)
            .where(Participant.school_id == guest.school_id, Participant.id == guest.participant_id)
        ).first()
    if row is None or row.id in (row.barred or ()):
        raise NotFound()
    actor = Actor(
        "guest",
        now,
        school_id=guest.school_id,
        participant_id=guest.participant_id,
        verified=bool(secret) and row.has_grant,
        time_zone=row.time_zone,
        locale=row.locale,
    )
    return Arrival(actor, row.locale, is_live=found.revoked_at is None and found.expires_at > now)


def cookie_name(participant_id: int) -> str:
    """One cookie per participant: two invitations on one phone do not disturb each other."""
    return f"guest_{participant_id}"


# --- codes ----------------------------------------------------------------------------------------


def new_code(actor: Actor, participant: Participant, *, given_by: int | None = None) -> str:
    """A one-time code in clear, for its mail or to be read out; Conflict when too many were asked for."""
    if given_by is None and _count(GuestCode, actor, participant.id) >= CODES_PER_HOUR:
        raise Conflict(N_("Too many codes were asked for. Wait an hour, or phone the school."))
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    tenancy.add(
        GuestCode(
            participant_id=participant.id,
            code_hash=_code_hash(participant.id, code),
            created_at=actor.at,
            expires_at=actor.at + CODE_LIFE,
            given_by=given_by,
        )
    )
    return code


def give_code(actor: Actor, participant_id: int) -> str:
    """A code that a member of the case team reads out to a guest whom they have on the phone; shown once."""
    conference, participant = participants.get_for_team(actor, participant_id)
    if not rules.may_mail(conference.state):
        raise Conflict(N_("Nothing is sent to participants before the principal has approved the request."))
    if participant.kind == "staff" or participant.disowned_at is not None:
        raise Conflict(N_("Only invited guests get a link."))
    participants.require_contact(actor, participant)
    code = new_code(actor, participant, given_by=actor.person_id)
    audit.record(actor, "guest_code.given", participant, conference_id=conference.id)
    return code


def enter_code(actor: Actor, code: str) -> Grant | None:
    """What the guest's code earns; None for a wrong, used, old or too often tried one: each try counts."""
    if actor.participant_id is None:
        raise NotFound()
    live = list(
        tenancy.session.scalars(
            select(GuestCode)
            .where(
                GuestCode.school_id == actor.school_id,
                GuestCode.participant_id == actor.participant_id,
                GuestCode.expires_at > actor.at,
                GuestCode.used_at.is_(None),
                GuestCode.attempts < CODE_TRIES,
            )
            .with_for_update()
        )
    )
    wanted = _code_hash(actor.participant_id, "".join(filter(str.isdigit, code)))
    right = next((row for row in live if hmac.compare_digest(row.code_hash, wanted)), None)
    if right is None:
        for row in live:
            row.attempts += 1
        audit.record(actor, "guest_code.refused", detail_codes=len(live))
        return None
    grant = Grant(secrets.token_urlsafe(32), actor.at + GRANT_LIFE)
    right.used_at, right.grant_hash, right.grant_until = actor.at, hash_secret(grant.secret), grant.until
    audit.record(actor, "guest_code.used", right, by_phone=int(right.given_by is not None))
    return grant


# --- the guest's own word -------------------------------------------------------------------------


def disown(actor: Actor) -> None:
    """ "This is not for me": the links stop, nothing is mailed any more, the case team sees it."""
    own = own_row(actor)
    own.disowned_at = actor.at
    conference = access.get(actor, Conference, own.conference_id)
    dues.cancel(actor, own.id)
    dues.plan_notice(actor, "invitation_disowned", f"user:{conference.requester_id}", own.id)
    audit.record(actor, "invitation.disowned", own, conference_id=own.conference_id)
    revoke_links(actor, own)


def choose_locale(actor: Actor, locale: str) -> None:
    """Pages and mails in this language from now on."""
    own_row(actor).locale = "en" if locale == "en" else "id"


def own_row(actor: Actor) -> Participant:
    """The guest's own participant row."""
    row = tenancy.session.scalar(
        select(Participant).where(
            Participant.school_id == actor.school_id,
            Participant.id == actor.participant_id,
            Participant.removed_at.is_(None),
        )
    )
    if actor.kind != "guest" or row is None:
        raise NotFound()
    return row


# --- inside ---------------------------------------------------------------------------------------


def _count(table: type[GuestLink] | type[GuestCode], actor: Actor, participant_id: int) -> int:
    mine: ColumnElement[bool] = (table.school_id == actor.school_id) & (
        table.participant_id == participant_id
    )
    recent = table.created_at > actor.at - timedelta(hours=1)
    return tenancy.session.scalar(select(func.count()).select_from(table).where(mine, recent)) or 0


def _holds_grant(guest: Actor, secret: str) -> ColumnElement[bool]:
    return exists().where(
        GuestCode.school_id == guest.school_id,
        GuestCode.participant_id == guest.participant_id,
        GuestCode.grant_hash == hash_secret(secret),
        GuestCode.grant_until > guest.at,
    )


def _code_hash(participant_id: int, code: str) -> str:
    # Six digits are guessed from a plain hash at once: the application's own secret is mixed in.
    key = current_app.config["PAMONG"].secret_key.encode()
    return hmac.new(key, f"guest-code|{participant_id}|{code}".encode(), "sha256").hexdigest()
