from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import ics
import pytest
from hypothesis import given
from icalendar import Calendar

from tests.mail.conftest import HIGH_SCHOOL, PRIMARY_SCHOOL, invited
from tests.mail.hostile import QUICK, texts
from webapp.domain.errors import Invalid
from webapp.mail.clean import many_lines, one_line
from webapp.mail.ical import CalendarFacts, cancel, google_calendar_url, publish, request
from webapp.mail.messages import calendar_facts

MEETING = CalendarFacts(
    uid="contoh-7@pamong.example", sequence=3, stamped_at=datetime(2026, 11, 20, 1, 0, tzinfo=UTC),
    starts_at=datetime(2026, 11, 26, 2, 0, tzinfo=UTC), ends_at=datetime(2026, 11, 26, 3, 30, tzinfo=UTC),
    organiser_address="bk@sekolah.example", organiser_name="SMAN Contoh Rekaan",
    attendee_address="dedi@keluarga.example", attendee_name="Dedi Khayal", summary="School meeting",
    location="Ruang BK", description="Come.\nhttps://pamong.example/g/x", url="https://pamong.example/g/x",
)


def event_of(data: bytes):
    calendar = Calendar.from_ical(data)
    assert len(calendar.subcomponents) == 1
    return calendar, calendar.events[0]


def test_an_invitation_asks_one_attendee_to_answer_to_the_schools_mailbox():
    calendar, event = event_of(request(MEETING))
    assert calendar["METHOD"] == "REQUEST"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (MEETING.uid, 3, "CONFIRMED")
    assert (event.start, event.end) == (MEETING.starts_at, MEETING.ends_at)
    assert event["DTSTAMP"].dt == MEETING.stamped_at
    assert event["ORGANIZER"] == "mailto:bk@sekolah.example"
    assert event["ORGANIZER"].params["CN"] == "SMAN Contoh Rekaan"
    attendee = event["ATTENDEE"]
    assert attendee == "mailto:dedi@keluarga.example"
    assert (attendee.params["RSVP"], attendee.params["PARTSTAT"]) == ("TRUE", "NEEDS-ACTION")
    assert not event.walk("VALARM")


def test_cancelling_keeps_the_uid_and_takes_the_raised_sequence():
    calendar, event = event_of(cancel(replace(MEETING, sequence=4)))
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert (event["UID"], event["SEQUENCE"]) == (MEETING.uid, 4)
    assert event["ATTENDEE"] == "mailto:dedi@keluarga.example"


def test_a_downloaded_entry_names_no_attendee_and_asks_nothing():
    calendar, event = event_of(publish(MEETING))
    assert calendar["METHOD"] == "PUBLISH"
    assert "ATTENDEE" not in event
    assert event["UID"] == MEETING.uid
    assert b"dedi" not in publish(MEETING)


def test_times_given_in_a_schools_zone_are_the_same_moment():
    east = PRIMARY_SCHOOL.zone
    assert east == "Asia/Jayapura"
    local = MEETING.starts_at.astimezone(ZoneInfo(east))
    assert request(replace(MEETING, starts_at=local)) == request(MEETING)


@pytest.mark.parametrize("make", [request, cancel, publish])
def test_equal_facts_give_equal_bytes(make):
    assert make(MEETING) == make(replace(MEETING))
    assert make(MEETING) != make(replace(MEETING, sequence=9))


@pytest.mark.parametrize("field", ["organiser_address", "attendee_address"])
@pytest.mark.parametrize(
    "address", ["a@b.example\r\nATTENDEE:mailto:x@y.example", "kosong", "é@x.example", "a b@c.example"]
)
def test_an_odd_address_is_refused(field, address):
    with pytest.raises(Invalid):
        request(replace(MEETING, **{field: address}))


@QUICK
@given(summary=texts, location=texts, description=texts, name=texts, school=texts)
def test_whatever_people_type_two_parsers_read_exactly_one_event_with_the_same_words(
    summary, location, description, name, school
):
    facts = replace(MEETING, summary=summary, location=location, description=description,
                    attendee_name=name, organiser_name=school)
    for make in (request, cancel, publish):
        data = make(facts)
        assert data.count(b"BEGIN:VEVENT\r\n") == 1
        for line in data.decode().split("\r\n"):
            assert len(line.encode()) <= 75
            assert len(line.splitlines()) <= 1, "a line break hides inside a line"
        _, event = event_of(data)
        assert event["SUMMARY"] == one_line(summary, at_most=10_000)
        assert event["LOCATION"] == one_line(location, at_most=10_000)
        assert event["DESCRIPTION"] == many_lines(description)
        assert event["UID"] == MEETING.uid
        assert event["ORGANIZER"] == "mailto:bk@sekolah.example"
        others = [key for key in event if key in ("ATTENDEE", "URL", "STATUS")]
        assert len(others) == (2 if make is publish else 3)

        second = ics.Calendar(data.decode())
        assert len(second.events) == 1
        other = next(iter(second.events))
        assert other.uid == MEETING.uid
        assert other.begin.datetime == MEETING.starts_at
        if "\\" not in summary:  # this parser reads an escaped backslash before an n as a line break
            assert other.name == one_line(summary, at_most=10_000)


def test_a_backslash_before_any_letter_stays_one():
    typed = r"Gedung B\Nusantara, lantai\n2; C:\\New\N\\n\\N"
    both = f"{typed}\n{typed}"
    _, event = event_of(request(replace(MEETING, summary=typed, location=typed, description=both)))
    assert (event["SUMMARY"], event["LOCATION"]) == (typed, typed)
    assert event["DESCRIPTION"] == both


def test_texts_of_ten_thousand_characters_come_back_whole():
    long = replace(MEETING, description="é, " * 3_333 + "z", location="x" * 10_000)
    _, event = event_of(request(long))
    assert event["DESCRIPTION"] == long.description
    assert event["LOCATION"] == long.location


def test_the_link_to_googles_calendar_holds_the_meeting_and_stays_short():
    url = google_calendar_url(replace(MEETING, description="x & y\n" * 1000))
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    assert (parts.scheme, parts.netloc) == ("https", "calendar.google.com")
    assert query["dates"] == ["20261126T020000Z/20261126T033000Z"]
    assert query["location"] == ["Ruang BK"]
    assert len(query["details"][0]) == 1000
    assert len(url) < 3000


def test_the_entry_of_an_invitation_carries_its_link_and_the_time_with_its_zone(in_app):
    for school, zone in ((HIGH_SCHOOL, "09.00–10.30 WIB"), (PRIMARY_SCHOOL, "11.00–12.30 WIT")):
        facts = calendar_facts(invited(school, sequence=2), "id")
        assert facts.sequence == 2
        assert zone in facts.description
        assert facts.url in facts.description
        assert school.name in facts.summary
        assert facts.ends_at - facts.starts_at == timedelta(minutes=90)
