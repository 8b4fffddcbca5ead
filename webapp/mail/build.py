"""A mail as the bytes that go over the wire: the same input gives the same bytes, always."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from webapp.domain.errors import N_, Invalid
from webapp.mail.clean import check_address, one_line
from webapp.mail.content import MailContent

# The older classes on purpose. In the Python releases we run on, EmailMessage decodes an encoded word that
# somebody typed as a name (and writes the line break in it), loses blanks when it folds long names, and is
# twenty times slower. Here every typed text becomes an encoded word of ours, so nothing is left to decode.
# Seven-bit bodies pass every relay unchanged, so a copy kept by the server equals the stored bytes.
_POLICY = compat32.clone(linesep="\r\n", cte_type="7bit", mangle_from_=False)
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_LIST_HEADERS = ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")


@dataclass(frozen=True)
class Mailbox:
    """A checked address with a display name; making one raises Invalid for an address nobody can write to."""

    address: str
    name: str = ""

    def __post_init__(self) -> None:
        check_address(self.address)

    def header(self) -> Header:
        """For a header: the name cleaned and encoded, the address as it is."""
        name = one_line(self.name, at_most=120)
        header = _encoded(name) if name else Header()
        header.append(f"<{self.address}>" if name else self.address, "us-ascii")
        return header


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
    (RFC 3834). `list_headers` may hold List-Id and List-Unsubscribe (with its -Post). Raises Invalid for what
    cannot stand in a header.
    """
    message: Any = _parts(content, message_id)  # Any: typeshed allows no Header as a header's value
    message["From"] = sender.header()
    message["To"] = recipient.header()
    if reply_to:
        message["Reply-To"] = reply_to.header()
    message["Subject"] = _encoded(one_line(content.subject))
    message["Date"] = format_datetime(date)
    message["Message-ID"] = _checked_message_id(message_id)
    if automatic:
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    for name, value in (list_headers or {}).items():
        if name not in _LIST_HEADERS or one_line(value, at_most=900) != value or not value.isascii():
            raise Invalid(N_("This header cannot be written into a mail."))
        message[name] = value
    return message.as_bytes(policy=_POLICY)


def _encoded(text: str) -> Header:
    # Plain words stay readable in the source; all else, also what looks encoded already, is encoded.
    plain = text.isascii() and len(text) <= 60 and text.replace(" ", "").isalnum()
    return Header(text, "us-ascii" if plain else "utf-8", maxlinelen=76, header_name="Reply-To")


def _checked_message_id(message_id: str) -> str:
    check_address(message_id.removeprefix("<").removesuffix(">"))
    if not (message_id.startswith("<") and message_id.endswith(">")):
        raise Invalid(N_("This header cannot be written into a mail."))
    return message_id


def _parts(content: MailContent, message_id: str) -> MIMEMultipart:
    texts = MIMEMultipart("alternative", _boundary(message_id, "alternative"), policy=_POLICY)
    texts.attach(_text_part(content.text, "plain"))
    texts.attach(_text_part(content.html, "html"))
    if content.calendar is None:
        return texts
    method = one_line(content.calendar_method or "PUBLISH", at_most=20)
    # Mail programs read the meeting from the alternative; those that do not offer the file instead.
    texts.attach(_calendar_part(content.calendar, "text", "calendar", charset="utf-8", method=method))
    attached = _calendar_part(content.calendar, "application", "ics")
    attached.add_header("Content-Disposition", "attachment", filename="undangan.ics")
    whole = MIMEMultipart("mixed", _boundary(message_id, "mixed"), policy=_POLICY)
    del texts["MIME-Version"]
    whole.attach(texts)
    whole.attach(attached)
    return whole


def _text_part(text: str, subtype: str) -> MIMEText:
    part = MIMEText(text, subtype, _UTF8, policy=_POLICY)  # type: ignore[arg-type]  # typeshed knows names only
    del part["MIME-Version"]
    return part


def _calendar_part(calendar: bytes, kind: str, subtype: str, **params: str) -> MIMEBase:
    part = MIMEBase(kind, subtype, policy=_POLICY, **params)
    part.set_payload(calendar)
    encode_base64(part)
    del part["MIME-Version"]
    return part


def _boundary(message_id: str, level: str) -> str:
    # "=_" stands in no quoted-printable or base64 body, so a boundary cannot be met inside one.
    return "=_" + sha256(f"{level}:{message_id}".encode()).hexdigest()[:32]
