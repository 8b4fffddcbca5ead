"""Meetings as iCalendar: REQUEST, CANCEL and PUBLISH (RFC 5545, 5546), a feed of several, and a link for
Google's calendar.

Times are written in UTC: every calendar shows them in its owner's zone, no VTIMEZONE can be wrong,
and the bytes do not change with the zone data of the machine. The zone people read stands in the text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from icalendar import Calendar, Event, vCalAddress, vDuration, vText

from webapp.mail.clean import check_address, many_lines, one_line

_PRODUCT = "-//Pamong//Pamong 1//EN"
_REFRESH = timedelta(hours=1)


@dataclass(frozen=True)
class CalendarFacts:
    """One meeting as one attendee sees it. Equal facts give equal bytes.

    `uid` stays for the life of the meeting and attendee, `sequence` rises with each change and on
    cancelling, `stamped_at` is fixed when the mail is queued. Times are aware; `location` and `url` may be
    empty. `asks_for_answer`: whether the calendar sends an answer back.
    """

    uid: str
    sequence: int
    stamped_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    organiser_address: str
    organiser_name: str
    attendee_address: str
    attendee_name: str
    summary: str
    location: str
    description: str
    url: str
    asks_for_answer: bool = True


def request(facts: CalendarFacts) -> bytes:
    """The invitation, or its change when `sequence` is higher than before."""
    return _calendar(facts, "REQUEST", "CONFIRMED")


def cancel(facts: CalendarFacts) -> bytes:
    """The meeting is taken out of the attendee's calendar."""
    return _calendar(facts, "CANCEL", "CANCELLED")


def publish(facts: CalendarFacts) -> bytes:
    """For a download: no attendee stands in it, so no calendar asks for an answer."""
    return _calendar(facts, "PUBLISH", "CONFIRMED")


def google_calendar_url(facts: CalendarFacts) -> str:
    """A link that opens Google's calendar with the meeting filled in; long descriptions are cut."""
    moments = (facts.starts_at, facts.ends_at or facts.starts_at)
    span = "/".join(at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") for at in moments)
    query = {
        "action": "TEMPLATE",
        "text": one_line(facts.summary),
        "dates": span,
        "details": many_lines(facts.description)[:1000],
        "location": one_line(facts.location),
    }
    return "https://calendar.google.com/calendar/render?" + urlencode(query)


@dataclass(frozen=True)
class FeedEvent:
    """One entry of a feed; `ends_at` may be unknown. Not agreed yet: it may still move or not take place."""

    uid: str
    sequence: int
    stamped_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    summary: str
    location: str
    url: str
    is_agreed: bool


def feed(name: str, events: Iterable[FeedEvent]) -> bytes:
    """A calendar to subscribe to: what no longer stands in it is gone from the reader's calendar as well."""
    calendar = _new_calendar("PUBLISH")
    calendar.add("x-wr-calname", _Words(one_line(name)))
    # Both are asked for: the first is the standard (RFC 7986), the second what Outlook reads.
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    for facts in events:
        event = _event(facts.uid, facts.sequence, facts.stamped_at, facts.starts_at, facts.ends_at)
        event.add("summary", _Words(one_line(facts.summary)))
        if facts.location:
            event.add("location", _Words(one_line(facts.location, at_most=10_000)))
        event.add("url", one_line(facts.url, at_most=2000))
        event.add("status", "CONFIRMED" if facts.is_agreed else "TENTATIVE")
        calendar.add_component(event)
    return calendar.to_ical()


def _calendar(facts: CalendarFacts, method: str, status: str) -> bytes:
    event = _event(facts.uid, facts.sequence, facts.stamped_at, facts.starts_at, facts.ends_at)
    event.add("summary", _Words(one_line(facts.summary, at_most=10_000)))
    event.add("location", _Words(one_line(facts.location, at_most=10_000)))
    event.add("description", _Words(many_lines(facts.description)))
    if facts.url:
        event.add("url", one_line(facts.url, at_most=2000))
    event.add("status", status)
    event.add("organizer", _person(facts.organiser_address, facts.organiser_name))
    if method != "PUBLISH":
        attendee = _person(facts.attendee_address, facts.attendee_name)
        attendee.params["CUTYPE"] = vText("INDIVIDUAL")
        attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
        attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
        attendee.params["RSVP"] = vText("TRUE" if facts.asks_for_answer else "FALSE")
        event.add("attendee", attendee)
    calendar = _new_calendar(method)
    calendar.add_component(event)
    return calendar.to_ical()


def _event(
    uid: str, sequence: int, stamped_at: datetime, starts_at: datetime, ends_at: datetime | None
) -> Event:
    event = Event()
    event.add("uid", one_line(uid, at_most=255))
    event.add("sequence", sequence)
    event.add("dtstamp", stamped_at.astimezone(UTC))
    event.add("dtstart", starts_at.astimezone(UTC))
    if ends_at is not None:
        event.add("dtend", ends_at.astimezone(UTC))
    event.add("transp", "OPAQUE")
    # Whoever shares a calendar shows others that they are busy, not with what.
    event.add("class", "PRIVATE")
    return event


def _new_calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


class _Words(vText):
    """A cleaned text as it was typed: the library would make a line break of a backslash before an N."""

    def to_ical(self) -> bytes:
        text = str(self).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return text.replace("\n", "\\n").encode()


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{check_address(address)}")
    # Parsers differ on quotes and carets inside a parameter (RFC 6868), so neither is written.
    common_name = one_line(name).replace('"', "'").replace("^", " ").replace("\\", "/")
    person.params["CN"] = vText(common_name or address)
    return person
