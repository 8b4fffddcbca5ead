"""The calendar inside an answer (RFC 5546), in the shapes that Gmail, Outlook and Apple send it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import Message
from typing import Any

from icalendar import Calendar

from webapp.domain.calendar_replies import CalendarReply
from webapp.mail.clean import many_lines, one_line

LONGEST_CALENDAR = 64 * 1024
LONGEST_COMMENT = 2000
_TYPES = ("text/calendar", "application/ics", "application/calendar")


class CalendarUnclear(ValueError):
    """It claims to be an answer and is not exactly one."""


@dataclass(frozen=True)
class CalendarFound:
    """An answer, or a counter-proposal: then without `reply`, and `text` says the time proposed."""

    organiser: str
    reply: CalendarReply | None
    text: str = ""


def read_calendars(parts: Iterable[Message]) -> CalendarFound | None:
    """The answer among a mail's parts; None where there is none. CalendarUnclear when it is no single one.

    The same answer may stand in it twice, as an alternative and as a file.
    """
    found: dict[tuple[Any, ...], CalendarFound] = {}
    for part in parts:
        if not _is_calendar(part):
            continue
        one = _read(part)
        if one is not None:
            same = None if one.reply is None else replace(one.reply, comment="")
            found.setdefault((one.organiser.lower(), same), one)
    if len(found) > 1:
        raise CalendarUnclear()
    return next(iter(found.values()), None)


def _is_calendar(part: Message) -> bool:
    name = str(part.get_filename() or "").lower()
    return part.get_content_type() in _TYPES or name.endswith(".ics")


def _read(part: Message) -> CalendarFound | None:
    data: Any = part.get_payload(decode=True)
    if not isinstance(data, bytes) or len(data) > LONGEST_CALENDAR:
        raise CalendarUnclear()
    calendar = Calendar.from_ical(data)
    method = _one(calendar.get("method") or part.get_param("method") or "").upper()
    if method not in ("REPLY", "COUNTER"):
        return None
    events = list(calendar.walk("VEVENT"))
    if len(events) != 1:
        raise CalendarUnclear()
    event: Any = events[0]
    organiser = _address(event.get("organizer"))
    comment = _comment(event)
    if method == "COUNTER":
        return CalendarFound(organiser, None, f"{_span(event)}\n{comment}".strip())
    attendees = _list(event.get("attendee"))
    if len(attendees) != 1 or event.get("recurrence-id") is not None:
        raise CalendarUnclear()
    attendee = attendees[0]
    return CalendarFound(
        organiser,
        CalendarReply(
            uid=_one(event["uid"]),
            sequence=int(event.get("sequence", 0)),
            stamped_at=_moment(event["dtstamp"].dt),
            attendee=_address(attendee),
            partstat=_one(attendee.params.get("PARTSTAT", "")).upper(),
            comment=comment or _said(attendee.params.get("X-RESPONSE-COMMENT", "")),
        ),
    )


def _comment(event: Any) -> str:
    return _said("\n".join(str(value) for value in _list(event.get("comment"))))


def _said(value: Any) -> str:
    text = many_lines(str(value)).strip()
    return text if len(text) <= LONGEST_COMMENT else text[: LONGEST_COMMENT - 1] + "…"


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _one(value: Any) -> str:
    return one_line(str(value), at_most=300)


def _address(value: Any) -> str:
    text = "" if isinstance(value, list) or value is None else _one(value)
    return text[7:] if text.lower().startswith("mailto:") else text


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise CalendarUnclear()
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _span(event: Any) -> str:
    starts_at, ends_at = (event.get(name) for name in ("dtstart", "dtend"))
    if starts_at is None:
        return ""
    times = [_moment(value.dt) for value in (starts_at, ends_at) if value is not None]
    return " – ".join(f"{at:%Y-%m-%d %H:%M} UTC" for at in times)
