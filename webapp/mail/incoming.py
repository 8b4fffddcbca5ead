"""A mail that came in, understood as far as it can be; hostile until proven otherwise.

Reading is bounded: the caller hands over at most `LONGEST_READ` bytes, few parts are looked at, and
whatever the parsers stumble over makes the mail unclear, never the run fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr
from typing import Any

from webapp.domain.calendar_replies import CalendarReply
from webapp.domain.errors import Invalid
from webapp.mail.calendar_parts import CalendarUnclear, read_calendars
from webapp.mail.clean import check_address, many_lines, one_line
from webapp.mail.delivery_reports import DeliveryReport, read_report
from webapp.mail.reply_address import tokens_in

LONGEST_READ = 256 * 1024
MOST_PARTS = 40
DEEPEST = 8
LONGEST_TEXT = 2000

# What can go wrong inside the standard parsers with bytes made to hurt them.
PARSERS_FAIL_WITH = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, AssertionError,
)  # fmt: skip

_RECIPIENT_HEADERS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_LONGEST_HEADER = 4000
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,250}>")
_MOST_REFERENCES = 20


@dataclass(frozen=True)
class Incoming:
    """What a mail says, all of it unproven.

    kind: reply (a calendar's answer), counter (another time), report (of a delivery), automatic, written,
    unclear or too_large. `tokens`: secret addresses it was sent to; `references`: Message-IDs it names.
    """

    kind: str
    sender: str = ""
    tokens: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    reply: CalendarReply | None = None
    report: DeliveryReport | None = None
    text: str = ""


def read(data: bytes, *, reply_address: str, is_whole: bool = True) -> Incoming:
    """Understand the bytes of one mail; `is_whole` is False when more of it lies in the mailbox."""
    try:
        message = BytesParser().parsebytes(data[:LONGEST_READ])
    except PARSERS_FAIL_WITH:
        return Incoming("unclear")
    sender, recipients, references = _envelope(message)
    tokens = tokens_in(recipients, reply_address)
    if not is_whole or len(data) > LONGEST_READ:
        return Incoming("too_large", sender, tokens, references)
    try:
        return _read_parts(message, sender, tokens, references, reply_address)
    except PARSERS_FAIL_WITH:
        return Incoming("unclear", sender, tokens, references)


def _read_parts(
    message: Message, sender: str, tokens: tuple[str, ...], references: tuple[str, ...], reply_address: str
) -> Incoming:
    parts = list(_parts(message))
    report = read_report(parts)
    if report is not None:
        about = (report.message_id,) if report.message_id else references
        return Incoming("report", sender, tokens, about, report=report)
    said_by_itself = header(message, "Auto-Submitted").lower()
    # Calendars write their answers by themselves too ("auto-generated"); who is away is "auto-replied".
    if not said_by_itself.startswith("auto-replied"):
        try:
            found = read_calendars(parts)
        except CalendarUnclear:
            return Incoming("unclear", sender, tokens, references)
        if found is not None:
            # The secret stands in the answer itself as well: some servers deliver to the plain address.
            tokens = tokens or tokens_in(found.organiser, reply_address)
            if found.reply is None:
                return Incoming("counter", sender, tokens, references, text=found.text)
            text = found.reply.comment
            return Incoming("reply", sender, tokens, references, reply=found.reply, text=text)
    if _is_automatic(message, said_by_itself):
        return Incoming("automatic", sender, tokens, references)
    return Incoming("written", sender, tokens, references, text=_written(parts))


def _envelope(message: Message) -> tuple[str, str, tuple[str, ...]]:
    try:
        recipients = " ".join(
            str(value)[:_LONGEST_HEADER]
            for name in _RECIPIENT_HEADERS
            for value in (message.get_all(name) or ())[:5]
        )
        named = " ".join(header(message, name) for name in ("In-Reply-To", "References"))
        references = tuple(dict.fromkeys(_MESSAGE_ID.findall(named)))[-_MOST_REFERENCES:]
        return _sender(message), recipients, references
    except PARSERS_FAIL_WITH:
        return "", "", ()


def header(message: Message, name: str) -> str:
    """One header as text, cut; empty where there is none."""
    return str(message.get(name) or "")[:_LONGEST_HEADER].strip()


def _sender(message: Message) -> str:
    address = parseaddr(header(message, "From")[:1000])[1].lower()
    try:
        return check_address(address)
    except Invalid:
        return ""


def _parts(message: Message) -> Iterator[Message]:
    """All parts but containers, depth first; what another mail encloses is not looked into."""
    waiting: list[tuple[Message, int]] = [(message, 0)]
    seen = 0
    while waiting and seen < MOST_PARTS:
        part, depth = waiting.pop()
        seen += 1
        payload: Any = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            if depth < DEEPEST:
                waiting += [(inner, depth + 1) for inner in reversed(payload[:MOST_PARTS])]
            continue
        yield part


def _is_automatic(message: Message, auto_submitted: str) -> bool:
    return (
        auto_submitted not in ("", "no")
        or header(message, "Precedence").lower() in ("auto_reply", "bulk", "junk", "list")
        or any(name in message for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response"))
        or header(message, "Return-Path") == "<>"
    )


def _written(parts: list[Message]) -> str:
    for part in parts:
        if part.get_content_type() != "text/plain" or part.get_filename():
            continue
        lines = many_lines(decoded(part)).split("\n")
        own = [line for line in lines if not line.lstrip().startswith(">")]
        return cut("\n".join(own))
    return ""


def decoded(part: Message) -> str:
    """A part's text; what its charset cannot say is replaced."""
    payload: Any = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        return data.decode(str(part.get_content_charset() or "utf-8"), "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def cut(text: str) -> str:
    """At most so much of what somebody wrote is kept."""
    lines = (one_line(line, at_most=LONGEST_TEXT) for line in many_lines(text).split("\n"))
    kept = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return kept if len(kept) <= LONGEST_TEXT else kept[: LONGEST_TEXT - 1] + "…"
