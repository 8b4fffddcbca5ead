"""Random texts through invitations: each is parsed back to one mail, one recipient and one event."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parseaddr

import pytest
from icalendar import Calendar

from tests.hostile.corpus import CORPUS
from tests.hostile.ledger import FULL, Tally
from tests.mail.conftest import HIGH_SCHOOL, in_app, invited, mail_app  # noqa: F401
from tests.mail.hostile import KNOWN
from tests.mail.test_build import decoded
from webapp.mail.build import Mailbox, build
from webapp.mail.clean import many_lines, one_line
from webapp.mail.messages import render
from webapp.services import faults

TEXTS = 100_000 if FULL else 1_000
PER_MAIL = 5
KINDS = ("invitation", "invitation_update", "conference_cancelled")
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
           "Auto-Submitted", "X-Auto-Response-Suppress"}  # fmt: skip
SHARP = "a \r\n\t\0:;,\"\\<>@=?^.é👪\u2028\x85\u202e'%&{}"


def texts(rng: random.Random) -> Iterator[str]:
    """Known bad ones, sharp signs in any order, and any characters at all."""
    known = [text for text in (*CORPUS, *KNOWN) if len(text) <= 300]
    while True:
        kind = rng.randrange(4)
        if kind == 0:
            yield rng.choice(known)
        elif kind == 1:
            yield "".join(rng.choices(SHARP, k=rng.randrange(80)))
        elif kind == 2:
            yield "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(40)))
        else:
            yield rng.choice(known) + "".join(rng.choices(SHARP, k=5)) + rng.choice(known)


def faults_of(data: bytes, content, message_id: str, name: str, place: str) -> Iterator[str]:
    """What is not as it must be in a mail that was built."""
    mail = message_from_bytes(data, policy=policy.default)
    if set(mail.keys()) != HEADERS or len(mail.keys()) != len(HEADERS):
        yield f"headers {sorted(mail.keys())}"
    if mail.defects:
        yield f"defects {mail.defects}"
    if [one.addr_spec for one in mail["To"].addresses] != ["dedi@keluarga.example"]:
        yield "another recipient"
    if decoded(parseaddr(message_from_bytes(data)["To"])[0]) != one_line(name, at_most=120):
        yield "another name of the recipient"
    if [one.addr_spec for one in mail["From"].addresses] != ["pamong@dinas.example"]:
        yield "another sender"
    if mail["Subject"] != one_line(content.subject) or mail["Message-ID"].strip() != message_id:
        yield "another subject or message id"
    calendars = [
        part for part in mail.walk() if part.get_content_type() in ("text/calendar", "application/ics")
    ]
    if [part.get_payload(decode=True) for part in calendars] != [content.calendar] * 2:
        yield f"{len(calendars)} calendars"
        return
    calendar = Calendar.from_ical(content.calendar)
    if len(calendar.subcomponents) != 1 or len(calendar.events) != 1:
        yield f"{len(calendar.events)} events"
        return
    event = calendar.events[0]
    if event["UID"] != "contoh-1-7@pamong.example" or event["ATTENDEE"] != "mailto:dedi@keluarga.example":
        yield "another event or attendee"
    if event.get("LOCATION", "") != one_line(place, at_most=10_000):
        yield "another place"
    body = mail.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip("\n")
    if body != many_lines(content.text).rstrip("\n"):
        yield "another text"


@pytest.mark.timeout(3600)
def test_every_text_comes_back_as_one_mail_with_one_event(in_app):  # noqa: F811
    seed = random.randrange(10**9)
    rng = random.Random(seed)
    source = texts(rng)
    tally = Tally("texts through mails and calendars")
    at = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    while tally.tried < TEXTS:
        name, school, place, asker, phone = (next(source) for _ in range(PER_MAIL))
        tally.tried += PER_MAIL
        kind = rng.choice(KINDS)
        message_id = f"<{tally.tried:016x}@dinas.example>"
        try:
            facts = replace(
                invited(replace(HIGH_SCHOOL, name=school, phone=phone)),
                to_name=name,
                invited_by=asker,
                place=place,
            )
            content = render(kind, facts, rng.choice(("id", "en")))
            data = build(
                content,
                sender=Mailbox("pamong@dinas.example", school),
                recipient=Mailbox("dedi@keluarga.example", name),
                message_id=message_id,
                date=at,
                automatic=True,
            )
            found = list(faults_of(data, content, message_id, name, place))
        except Exception as error:  # noqa: BLE001 - no text may stop a mail
            tally.error(f"{kind} (seed {seed}): {faults.place(error)}")
            continue
        for fault in found:
            tally.accept(f"{kind} (seed {seed}): {fault}")
    tally.check(at_least=TEXTS)
