"""Reminding by hand those who have not answered; what falls due by the clock is in `dues`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from webapp.services import audit, reach
from webapp.services.invitations import Post
from webapp.tenancy import Actor

KIND = "answer_reminder"


@dataclass(frozen=True)
class Reminded:
    """What became of each of those ticked, by participant."""

    mailed: tuple[int, ...]
    had_today: tuple[int, ...]
    to_phone: tuple[int, ...]
    answered: tuple[int, ...]


def remind(actor: Actor, conference_id: int, participant_ids: Collection[int]) -> Reminded:
    """Remind these participants now, by mail where an address works; asked of the case team.

    Nobody gets two on one day of the school's calendar, a planned one counted, and nobody who has answered
    gets one. Conflict as `reach.chosen`.
    """
    conference, chosen = reach.chosen(actor, conference_id, participant_ids)
    post = Post(actor, conference)
    mailed, had_today, to_phone, answered = [], [], [], []
    for row in chosen:
        if row.answer != "pending":
            answered.append(row.id)
            continue
        if not post.reaches(row):
            to_phone.append(row.id)
            continue
        # The key of the reminder that the clock would send today.
        key = f"{KIND}:participant:{row.id}:{row.id}:{actor.today.isoformat()}"
        if post.tell(row, KIND, post.meeting_facts, dedupe_key=key, expires_at=conference.starts_at):
            mailed.append(row.id)
            audit.record(actor, "participant.reminded", row, conference_id=conference.id)
        else:
            had_today.append(row.id)
    return Reminded(tuple(mailed), tuple(had_today), tuple(to_phone), tuple(answered))
