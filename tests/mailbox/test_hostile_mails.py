"""Mails made to hurt: bounded in memory and time, and those behind them are read all the same."""

from __future__ import annotations

import logging
import resource
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import MONDAY
from tests.mail.hostile import QUICK, texts
from tests.mailbox import letters
from tests.mailbox.conftest import REPLY_ADDRESS, Post, invited, reasons
from tests.mailbox.letters import Invited, Said
from webapp.mail.incoming import LONGEST_READ, LONGEST_TEXT, Incoming, read
from webapp.services import incoming_review

SOON = MONDAY + timedelta(minutes=30)
MEETING = Invited(
    uid="1-2@pamong",
    sequence=0,
    organiser="jawaban+" + "b" * 32 + "@pamong.example",
    attendee="wali@contoh.example",
    starts_at=MONDAY + timedelta(days=3),
    message_id="<m@pamong.example>",
)


def understand(data: bytes) -> Incoming:
    return read(data, reply_address=REPLY_ADDRESS)


def nested(levels: int) -> bytes:
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (level, level)
        for level in range(levels)
    )
    return b"From: a@b.example\r\nTo: " + MEETING.organiser.encode() + b"\r\n" + head + b"\r\n\r\nx"


def many_parts(number: int) -> bytes:
    part = b"--x\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\n\r\n"
    return (
        b"From: a@b.example\r\nTo: " + MEETING.organiser.encode()
        + b'\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n' + part * number + b"--x--\r\n"
    )  # fmt: skip


GOOD = letters.gmail(MEETING, Said("ACCEPTED", SOON))
CALENDAR = letters.outlook(MEETING, Said("ACCEPTED", SOON))
CALENDAR_IN_CLEAR = GOOD.partition(b"Content-Type: application/ics")[0] + b"\r\n--000000000000aa01--\r\n"
BAD = {
    "nothing": b"",
    "nulls": b"\0" * 5000,
    "no headers": b"\r\n\r\nBEGIN:VCALENDAR",
    "nested 3,000 deep": nested(3000),
    "4,000 parts": many_parts(4000)[:LONGEST_READ],
    "a header of 200 kB": b"To: " + b"jawaban+" * 25_000 + b"\r\n\r\n",
    "60,000 headers": b"X: y\r\n" * 40_000 + b"\r\n",
    "a charset that does not exist": letters.written(
        to=MEETING.organiser, sender="a@b.example", text="x"
    ).replace(b"utf-8", b"x-\xff-tidak-ada"),
    "base64 that is none": CALENDAR.replace(b"QkVHSU46", b"!!!!!"),
    "half a calendar": GOOD.replace(b"END:VEVENT", b""),
    "two events": GOOD.replace(b"END:VEVENT", b"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT"),
    "a sequence of 5,000 digits": GOOD.replace(b"SEQUENCE:0", b"SEQUENCE:" + b"9" * 5000),
    "a time that does not exist": GOOD.replace(b"DTSTAMP:2026", b"DTSTAMP:0000"),
    "the year 1 far east": GOOD.replace(
        b"DTSTAMP:20261123T023000Z", b"DTSTAMP;TZID=Asia/Jakarta:00010101T000000"
    ),
    "no stamp": GOOD.replace(b"DTSTAMP:", b"X-DTSTAMP:"),
    "twenty attendees": GOOD.replace(b"CREATED:", b"ATTENDEE:mailto:x@y.example\r\nCREATED:"),
    "12,000 parameters": CALENDAR_IN_CLEAR.replace(b"ATTENDEE;", b"X-ATTENDEE;" + b"X=1;" * 12_000),
    "5,000 events inside each other": GOOD.replace(b"BEGIN:VEVENT", b"BEGIN:VEVENT\r\n" * 4000),
    "one of a series": GOOD.replace(b"CREATED:", b"RECURRENCE-ID:20261123T023000Z\r\nCREATED:"),
}


def test_an_answer_with_an_endless_line_in_it_is_read_in_time():
    started = time.monotonic()
    long = CALENDAR_IN_CLEAR.replace(b"STATUS:CONFIRMED", b"STATUS:" + b"a;b=c:" * 9000)
    assert understand(long).reply.answer == "yes"
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("name", BAD)
def test_what_is_broken_is_unclear_or_plain_and_never_an_answer(name):
    started = time.monotonic()
    mail = understand(BAD[name])
    assert mail.reply is None
    assert mail.kind in ("unclear", "written", "automatic", "too_large")
    assert time.monotonic() - started < 10


def test_the_good_ones_are_understood():
    for make in letters.CALENDARS.values():
        mail = understand(make(MEETING, Said("ACCEPTED", SOON)))
        assert mail.kind == "reply"
        assert (mail.reply.uid, mail.reply.answer) == (MEETING.uid, "yes")
        assert mail.tokens == ("b" * 32,)


@pytest.mark.parametrize(
    "address",
    [
        "jawaban+" + "b" * 31 + "@pamong.example",
        "jawaban+" + "b" * 33 + "@pamong.example",
        "jawaban+" + "b" * 32 + "@pamong.example.jahat.example",
        "xjawaban+" + "b" * 32 + "@pamong.example",
        "jawaban+" + "1" * 32 + "@pamong.example",
    ],
)
def test_what_only_looks_like_a_secret_address_is_none(address):
    mail = letters.written(to=address, sender="a@b.example", text="x")
    assert understand(mail).tokens == ()


def test_line_breaks_that_were_smuggled_in_stay_text():
    said = Said("ACCEPTED", SOON, "Baik\\nBcc: pencuri@jahat.example\\r\\nEND:VEVENT\x0b\u2028")
    mail = understand(letters.outlook(MEETING, said))
    assert mail.reply.answer == "yes"
    assert "\r" not in mail.text
    assert "\x0b" not in mail.text
    split = letters.gmail(MEETING, Said("ACCEPTED", SOON)).replace(
        b"From: ", b"From: x@y.example\r\n\tBcc: z@z.example, ", 1
    )
    assert "\n" not in understand(split).sender


def test_what_is_kept_of_a_text_is_short():
    mail = understand(letters.written(to=MEETING.organiser, sender="a@b.example", text="ya " * 50_000))
    assert len(mail.text) <= LONGEST_TEXT


@QUICK
@given(texts, texts, st.binary(max_size=300))
def test_whatever_comes_something_bounded_is_understood(one, other, data):
    for bad in (
        letters.written(to=one, sender=other, text=one + other).replace(b"utf-8", data),
        GOOD.replace(b"SUMMARY:", data + b"\r\nSUMMARY:"),
        GOOD.replace(b"Wali", one.encode("utf-8", "replace")),
        CALENDAR.replace(b"boundary=", data),
        data + GOOD,
        letters.postfix(MEETING, to=REPLY_ADDRESS).replace(b"smtp;", data),
    ):
        mail = understand(bad)
        assert len(mail.text) <= LONGEST_TEXT
        assert "\0" not in mail.text + mail.sender


def test_huge_mails_are_set_aside_unread_in_little_memory_and_the_one_behind_them_counts(
    post: Post, two, as_superuser
):
    stage, other = two
    mine = invited(stage)
    huge = letters.written(to=mine.organiser, sender=mine.attendee, text="besar\r\n" * 3_000_000)
    assert len(huge) > 20_000_000
    good = letters.apple(mine, Said("ACCEPTED", SOON))
    post.put(*(b"X-Number: %d\r\n" % number + huge for number in range(3)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    assert post.read(good) == {"too_large": 3, "counted": 1}
    assert time.monotonic() - started < 20
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 16 * 1024  # kilobytes; one of the mails has 21 MB
    assert stage.participant("guardian").answer == "yes"
    assert reasons(as_superuser, stage) == [("review", "too_large")] * 3 + [("done", "counted")]
    assert reasons(as_superuser, other) == []


def test_a_heap_of_broken_mails_stops_nothing_and_leaves_no_word_in_the_logs(
    post: Post, two, as_superuser, caplog
):
    stage, _ = two
    mine = invited(stage)
    caplog.set_level(logging.DEBUG)
    own = [data for data in BAD.values() if data]
    became = post.read(*own, letters.gmail(mine, Said("DECLINED", SOON, "Rahasia keluarga")))
    assert became["counted"] == 1
    assert became.total() == len(own) + 1
    assert stage.participant("guardian").answer == "no"
    assert set(post.folders()) == {"Pamong-done", "Pamong-review"}
    written = caplog.text.lower()
    for private in ("rahasia", mine.attendee, mine.organiser, "wali", "sandi-kotak-surat"):
        assert private not in written


def test_hostile_words_reach_the_page_as_text(post: Post, two):
    stage, _ = two
    mine = invited(stage)
    post.read(
        letters.written(to=mine.organiser, sender=mine.attendee, text="<script>alert(1)</script>{{ 7*7 }}")
    )
    with stage.as_(stage.counsellor) as actor:
        assert incoming_review.page(actor).lines[0].text == "<script>alert(1)</script>{{ 7*7 }}"
    page = stage.counsellor.client().get(f"/s/{stage.school.slug}/outbox/incoming/").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page
