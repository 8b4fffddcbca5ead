"""Reports on a delivery (DSN, RFC 3464): that a mail did not arrive, or that it still waits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import Any

from webapp.mail.clean import one_line

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,250}>")
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_LONGEST = 64 * 1024


@dataclass(frozen=True)
class DeliveryReport:
    """What became of one mail: `failed` is final, otherwise it is only late (or arrived after all).

    `message_id` is of the mail that came back, None where the report does not return it.
    """

    failed: bool
    response: str
    message_id: str | None


def read_report(parts: Iterable[Message]) -> DeliveryReport | None:
    """The report among a mail's parts; None where there is none."""
    status: Message | None = None
    message_id: str | None = None
    for part in parts:
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            status = status or part
        elif kind in _RETURNED:
            message_id = message_id or _returned_id(part)
    if status is None:
        return None
    worst = _worst(_blocks(status))
    if worst is None:
        return None
    failed, response = worst
    return DeliveryReport(failed, response, message_id)


def _worst(blocks: list[Message]) -> tuple[bool, str] | None:
    """Each of our mails has one recipient: one block of a recipient that failed is enough."""
    seen: tuple[bool, str] | None = None
    for block in blocks:
        action, status = _field(block, "Action").lower(), _field(block, "Status")
        if not action and not status:
            continue  # the block about the report itself
        # A server that has given up says "failed", whatever made it wait before: its status may be 4.x.x.
        failed = action.split(" ")[0] == "failed" or (not action and status.startswith("5"))
        _, separator, words = _field(block, "Diagnostic-Code").partition(";")
        said = words if separator else ""
        response = one_line(f"{status} {said}".strip(), at_most=300)
        if failed:
            return True, response
        seen = seen or (False, response)
    return seen


def _field(block: Message, name: str) -> str:
    return one_line(str(block.get(name) or "")[:1000], at_most=400)


def _blocks(part: Message) -> list[Message]:
    payload: Any = part.get_payload()
    if isinstance(payload, list):
        return payload[:20]
    text = _text(part)
    return [HeaderParser().parsestr(block) for block in re.split(r"\r?\n\r?\n", text)[:20]]


def _returned_id(part: Message) -> str | None:
    payload: Any = part.get_payload()
    if isinstance(payload, list) and payload:
        returned = payload[0]
    else:
        returned = HeaderParser().parsestr(_text(part))
    match = _MESSAGE_ID.search(str(returned.get("Message-ID") or "")[:1000])
    return match.group() if match else None


def _text(part: Message) -> str:
    payload: Any = part.get_payload(decode=True)
    return payload[:_LONGEST].decode("utf-8", "replace") if isinstance(payload, bytes) else ""
