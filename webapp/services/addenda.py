"""Addenda: what is added to minutes after their sign-off. The signed text stays as it is.

Written and signed by a member of the team who has signed the commitment, then signed by whoever approves;
from then on it belongs to the minutes, and those who took part are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from webapp import tenancy
from webapp.domain import dates
from webapp.domain import minutes as rules
from webapp.domain.errors import Conflict, NotFound
from webapp.domain.permissions import Permission
from webapp.mail.clean import many_lines
from webapp.mail.messages import MinutesFacts
from webapp.models.conferences import Conference, Participant
from webapp.models.content import ContentField, MinutesAddendum
from webapp.models.identity import User
from webapp.services import approvals, audit, conference_facts, participants
from webapp.services.invitations import Post
from webapp.tenancy import Actor

SECTION = "addendum-"
"""Under this key and its number an addendum's text stands among the content."""


@dataclass(frozen=True)
class AddendumView:
    """One addendum; `text` is None for readers who see no content."""

    id: int
    number: int
    author: str
    written_at: datetime
    countersigned_by: str
    countersigned_at: datetime | None
    text: str | None
    is_own: bool


def write(actor: Actor, conference_id: int, *, text: str) -> MinutesAddendum:
    """Write and sign an addendum; whoever approves is asked by mail for the second signature.

    Asked of a team member who has signed the commitment. Conflict before the sign-off, Invalid for no text.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.CONTENT_WRITE)
    body = many_lines(text).strip()
    rules.check_can_add(held.conference.state, body)
    last = tenancy.session.scalar(
        select(func.max(MinutesAddendum.number)).where(
            MinutesAddendum.school_id == actor.school_id, MinutesAddendum.conference_id == conference_id
        )
    )
    row = tenancy.add(
        MinutesAddendum(
            conference_id=conference_id,
            number=(last or 0) + 1,
            written_by=actor.person_id,
            written_at=actor.at,
        )
    )
    field = ContentField(conference_id=conference_id, section=f"{SECTION}{row.number}")
    field.version, field.updated_at, field.updated_by, field.body = 1, actor.at, actor.person_id or 0, body
    tenancy.add(field)
    approvals.ask_to_sign(actor, held.conference)
    audit.record(actor, "addendum.written", row, conference_id=conference_id, number=row.number)
    return row


def countersign(actor: Actor, conference_id: int, addendum_id: int) -> MinutesAddendum:
    """Sign an addendum beside its author, as whoever approves; those who took part are told by mail.

    Like the minutes' second signature it needs no reading: it confirms that the addendum was made properly.
    NotFound for others, Conflict for its author and when it is signed already.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.SIGN_OFF)
    if "approver" not in held.parts:
        raise NotFound()
    row = tenancy.session.scalar(
        select(MinutesAddendum).where(
            MinutesAddendum.school_id == actor.school_id,
            MinutesAddendum.conference_id == conference_id,
            MinutesAddendum.id == addendum_id,
        )
    )
    if row is None:
        raise NotFound()
    if row.written_by == actor.person_id:
        raise Conflict(rules.TWO_SIGN)
    if row.countersigned_at is not None:
        raise Conflict(rules.SIGNED_ALREADY)
    row.countersigned_at, row.countersigned_by = actor.at, actor.person_id
    tenancy.session.flush()
    audit.record(actor, "addendum.signed", row, conference_id=conference_id, number=row.number)
    _tell(actor, held.conference, row)
    return row


def of_conference(actor: Actor, conference: Conference) -> list[AddendumView]:
    """The addenda by number, for a reader of the conference's report: who wrote and who signed each; the
    policies decide whether the texts come along."""
    author, signer = aliased(User), aliased(User)
    rows = tenancy.session.execute(
        select(MinutesAddendum, ContentField, author.name, signer.name)
        .outerjoin(
            ContentField,
            (ContentField.school_id == MinutesAddendum.school_id)
            & (ContentField.conference_id == MinutesAddendum.conference_id)
            & (ContentField.section == func.concat(SECTION, MinutesAddendum.number)),
        )
        .outerjoin(author, author.id == MinutesAddendum.written_by)
        .outerjoin(signer, signer.id == MinutesAddendum.countersigned_by)
        .where(MinutesAddendum.school_id == actor.school_id, MinutesAddendum.conference_id == conference.id)
        .order_by(MinutesAddendum.number)
    )
    return [
        AddendumView(
            row.id,
            row.number,
            written_by or "",
            row.written_at,
            countersigned_by or "",
            row.countersigned_at,
            None if field is None else field.body,
            row.written_by == actor.person_id,
        )
        for row, field, written_by, countersigned_by in rows
    ]


def signed_count(actor: Actor, conference_id: int) -> int:
    """How many addenda belong to the minutes by now."""
    return (
        tenancy.session.scalar(
            select(func.count()).where(
                MinutesAddendum.school_id == actor.school_id,
                MinutesAddendum.conference_id == conference_id,
                MinutesAddendum.countersigned_at.is_not(None),
            )
        )
        or 0
    )


# --- inside ---------------------------------------------------------------------------------------


def _tell(actor: Actor, conference: Conference, addendum: MinutesAddendum) -> None:
    """Everyone who may read the minutes: who took part and signed; guests while theirs are open."""
    post = Post(actor, conference)
    until = conference.minutes_open_until
    guests_read = until is not None and actor.at < until
    held_at = conference.opened_at or actor.at

    def facts(reader: Participant) -> MinutesFacts:
        return MinutesFacts(
            letterhead=post.letterhead,
            to_name=reader.name or "",
            held_on=dates.local_date(held_at, actor.time_zone),
            link=post.link(reader),
        )

    for row in participants.of(actor, conference.id):
        took_part = row.signed_at is not None and row.attendance == "present"
        knows = row.user_id is not None and row.user_id in (addendum.written_by, actor.person_id)
        if took_part and not knows and (row.kind == "staff" or guests_read):
            post.tell(row, "addendum_added", facts, dedupe_key=f"addendum_added:{row.id}:{addendum.id}")
