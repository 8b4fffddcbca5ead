"""A mail as the bytes that go over the wire: the same input gives the same bytes, always."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from webapp.domain.errors import N_, Invalid
from webapp.mail.clean import check_address, one_line
from webapp.mail.content import MailContent

# Seven-bit bodies pass every relay unchanged, so a copy kept by the server equals the stored bytes.
_POLICY = SMTP.clone(cte_type="7bit")
_LIST_HEADERS = ("List-Id", "List-Unsubscribe")


@dataclass(frozen=True)
class Mailbox:
    """A checked address with a display name; making one raises Invalid for an address nobody can write to."""

    address: str
    name: str = ""

    def __post_init__(self) -> None:
        check_address(self.address)

    def header(self) -> Address:
        """For a header: the name cleaned, the address as it is."""
        return Address(display_name=one_line(self.name, at_most=120), addr_spec=self.address)


def new_message_id(domain: str) -> str:
    """A Message-ID that no other mail has, with its angle brackets; mint it once per outbox row."""
    check_address(f"id@{domain}")
    return f"<{secrets.token_hex(16)}@{domain}>"


def build(
    content: MailContent,
    *,
    sender: Mailbox,
    recipient: Mailbox,
    message_id: str,
    date: datetime,
    reply_to: Mailbox | None = None,
    automatic: bool = False,
    list_headers: Mapping[str, str] | None = None,
) -> bytes:
    """The finished mail with CRLF line ends, 7-bit, to exactly one recipient; equal input, equal bytes.

    `date` is an aware datetime, kept with the row. `automatic` asks that no answering machine reply
    (RFC 3834). `list_headers` may hold List-Id and List-Unsubscribe. Raises Invalid for what cannot
    stand in a header.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender.header()
    message["To"] = recipient.header()
    if reply_to:
        message["Reply-To"] = reply_to.header()
    message["Subject"] = one_line(content.subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = _checked_message_id(message_id)
    if automatic:
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    for name, value in (list_headers or {}).items():
        if name not in _LIST_HEADERS or one_line(value, at_most=900) != value or not value.isascii():
            raise Invalid(N_("This header cannot be written into a mail."))
        message[name] = value
    _fill(message, content, message_id)
    return message.as_bytes()


def _checked_message_id(message_id: str) -> str:
    check_address(message_id.removeprefix("<").removesuffix(">"))
    if not (message_id.startswith("<") and message_id.endswith(">")):
        raise Invalid(N_("This header cannot be written into a mail."))
    return message_id


def _fill(message: Any, content: MailContent, message_id: str) -> None:
    # Any: parts are MIMEPart, which adds no second MIME-Version; typeshed wants the class of the whole.
    texts = message
    if content.calendar is not None:
        message.make_mixed()
        texts = MIMEPart(policy=_POLICY)
        message.attach(texts)
    texts.make_alternative()
    texts.attach(_text_part(content.text, "plain"))
    texts.attach(_text_part(content.html, "html"))
    if content.calendar is not None:
        method = one_line(content.calendar_method or "PUBLISH", at_most=20)
        # Mail programs read the meeting from the alternative; those that do not offer the file instead.
        texts.attach(_calendar_part(content.calendar, method))
        message.attach(_calendar_file(content.calendar))
        message.set_boundary(_boundary(message_id, "mixed"))
    texts.set_boundary(_boundary(message_id, "alternative"))


def _text_part(text: str, subtype: str) -> MIMEPart:
    part = MIMEPart(policy=_POLICY)
    part.set_content(text, subtype=subtype, charset="utf-8", cte="quoted-printable")
    return part


def _calendar_part(calendar: bytes, method: str) -> MIMEPart:
    part = MIMEPart(policy=_POLICY)
    params = {"charset": "utf-8", "method": method}
    part.set_content(calendar, "text", "calendar", cte="base64", params=params)
    return part


def _calendar_file(calendar: bytes) -> MIMEPart:
    part = MIMEPart(policy=_POLICY)
    part.set_content(calendar, "application", "ics", cte="base64", filename="undangan.ics")
    return part


def _boundary(message_id: str, level: str) -> str:
    # "=_" stands in no quoted-printable or base64 body, so a boundary cannot be met inside one.
    return "=_" + sha256(f"{level}:{message_id}".encode()).hexdigest()[:32]
