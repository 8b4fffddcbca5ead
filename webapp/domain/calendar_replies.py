"""When a calendar's answer counts (iTIP REPLY, RFC 5546): every reason why not has a name.

Nothing in a mail is believed by itself: whoever sends it must know the participant's secret address, and
say the very meeting, person and version that we last told them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

COUNTED = "counted"
REPLAYED = "replayed"
FASTEST_CLOCK = timedelta(days=1)
"""So far ahead of ours another computer's clock may be; beyond, its order of answers says nothing."""

_ANSWERS = {"ACCEPTED": "yes", "DECLINED": "no"}


@dataclass(frozen=True)
class CalendarReply:
    """What a calendar says: for which meeting and version, who, when, and whether they come."""

    uid: str
    sequence: int
    stamped_at: datetime
    attendee: str
    partstat: str
    comment: str = ""

    @property
    def answer(self) -> str | None:
        """yes, no, or None for what is neither (tentative, delegated, …)."""
        return _ANSWERS.get(self.partstat)


@dataclass(frozen=True)
class Standing:
    """What we know of that participant and meeting now.

    answered_at: when the answer on record was given, unless a calendar gave it; last_stamped_at: when the
    newest answer of their calendar says that it was given.
    """

    uid: str
    sequence: int
    address: str
    state: str
    starts_at: datetime
    is_invited: bool
    answered_at: datetime | None
    last_stamped_at: datetime | None


def judge(reply: CalendarReply, standing: Standing, *, now: datetime) -> str:
    """COUNTED, REPLAYED (nothing to do), or the key of INCOMING_REASONS for which a person must look.

    The secret address, and that it is not revoked, are for the caller to ask first.
    """
    if not standing.is_invited:
        return "not_invited"
    if reply.uid != standing.uid or reply.sequence > standing.sequence:
        return "wrong_meeting"
    if reply.attendee.lower() != standing.address.lower():
        # A forwarded invitation: the secret went with it.
        return "other_person"
    if standing.last_stamped_at is not None and reply.stamped_at <= standing.last_stamped_at:
        return REPLAYED
    if standing.state == "cancelled":
        return "meeting_cancelled"
    if standing.state not in ("approved", "invited") or now >= standing.starts_at:
        return "meeting_started"
    if reply.sequence < standing.sequence:
        return "old_version"
    if reply.stamped_at > now + FASTEST_CLOCK:
        return "wrong_clock"
    # DTSTAMP has whole seconds only.
    if standing.answered_at is not None and reply.stamped_at < standing.answered_at.replace(microsecond=0):
        return "older_than_answer"
    if reply.answer is None:
        return "tentative" if reply.partstat == "TENTATIVE" else "unclear"
    return COUNTED
