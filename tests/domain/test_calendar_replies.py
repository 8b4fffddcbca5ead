"""When a calendar's answer counts: one thing wrong at a time, and the order in which answers were given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.calendar_replies import COUNTED, REPLAYED, CalendarReply, Standing, judge
from webapp.domain.words import INCOMING_REASONS

NOW = datetime(2026, 11, 23, 3, 0, 0, 500_000, tzinfo=UTC)
SAID_AT = NOW.replace(microsecond=0) - timedelta(minutes=10)
REPLY = CalendarReply("7-8@pamong", 2, SAID_AT, "Wali@Contoh.example", "ACCEPTED")
STANDING = Standing(
    uid="7-8@pamong",
    sequence=2,
    address="wali@contoh.example",
    state="invited",
    starts_at=NOW + timedelta(days=1),
    is_invited=True,
    answered_at=None,
    last_stamped_at=None,
)


def test_what_is_right_in_everything_counts():
    assert judge(REPLY, STANDING, now=NOW) == COUNTED
    assert judge(replace(REPLY, partstat="DECLINED"), STANDING, now=NOW) == COUNTED
    assert (REPLY.answer, replace(REPLY, partstat="DECLINED").answer) == ("yes", "no")


@pytest.mark.parametrize(
    ("reply", "standing", "reason"),
    [
        ({"uid": "7-9@pamong"}, {}, "wrong_meeting"),
        ({"sequence": 3}, {}, "wrong_meeting"),
        ({"sequence": 1}, {}, "old_version"),
        ({"attendee": "lain@contoh.example"}, {}, "other_person"),
        ({"attendee": ""}, {}, "other_person"),
        ({"partstat": "TENTATIVE"}, {}, "tentative"),
        ({"partstat": "DELEGATED"}, {}, "unclear"),
        ({"stamped_at": NOW + timedelta(days=2)}, {}, "wrong_clock"),
        ({}, {"is_invited": False}, "not_invited"),
        ({}, {"state": "cancelled"}, "meeting_cancelled"),
        ({}, {"state": "open"}, "meeting_started"),
        ({}, {"starts_at": NOW}, "meeting_started"),
        ({}, {"answered_at": NOW}, "older_than_answer"),
        ({}, {"last_stamped_at": SAID_AT}, REPLAYED),
        ({}, {"last_stamped_at": SAID_AT + timedelta(seconds=1)}, REPLAYED),
    ],
)
def test_one_thing_wrong_and_it_does_not_count(reply, standing, reason):
    assert judge(replace(REPLY, **reply), replace(STANDING, **standing), now=NOW) == reason
    assert reason == REPLAYED or reason in INCOMING_REASONS


def test_a_second_in_which_both_were_said_goes_to_the_calendar():
    answered_at = SAID_AT.replace(microsecond=900_000)
    assert judge(REPLY, replace(STANDING, answered_at=answered_at), now=NOW) == COUNTED


def test_a_clock_that_is_an_hour_ahead_is_borne():
    assert judge(replace(REPLY, stamped_at=NOW + timedelta(hours=1)), STANDING, now=NOW) == COUNTED
