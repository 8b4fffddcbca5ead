"""The mail servers that the settings name, taken apart; and the judgement of the mailbox for answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_LOCAL_PART = 31
"""`+` and 32 characters of a secret go behind it, and a local part has at most 64."""

_REPLY_ADDRESS = re.compile(r"(?P<local>[A-Za-z0-9][A-Za-z0-9._-]*)@(?P<domain>[A-Za-z0-9][A-Za-z0-9.-]*)")
_URL_EXAMPLE = "imaps://user:password@host/INBOX or imap://user:password@host:143/INBOX?starttls=1"


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over; `is_sink` marks the demo's own server, which delivers to nobody."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: Literal["none", "starttls", "tls"]
    is_sink: bool


@dataclass(frozen=True)
class ImapServer:
    """Which folder of which mailbox is read, and how it is reached."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: Literal["none", "starttls", "tls"]
    folder: str


def smtp_server(url: str) -> SmtpServer:
    """SMTP_URL taken apart."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    implicit = parts.scheme == "smtps"
    starttls = options.get("starttls") == ["1"]
    return SmtpServer(
        host=parts.hostname or "",
        port=parts.port or (465 if implicit else 587 if starttls else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        security="tls" if implicit else "starttls" if starttls else "none",
        is_sink=options.get("sink") == ["1"],
    )


def imap_server(url: str) -> ImapServer | None:
    """IMAP_URL taken apart; None when it is unset."""
    if not url:
        return None
    parts = urlsplit(url)
    implicit = parts.scheme == "imaps"
    starttls = parse_qs(parts.query).get("starttls") == ["1"]
    return ImapServer(
        host=parts.hostname or "",
        port=parts.port or (993 if implicit else 143),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        security="tls" if implicit else "starttls" if starttls else "none",
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )


def mailbox_problems(url: str, reply_address: str, *, is_production: bool) -> Iterator[str]:
    """A sentence per fault of the two settings, without their values."""
    if not url and not reply_address:
        return
    if not url or not reply_address:
        yield "IMAP_URL and PAMONG_REPLY_ADDRESS belong together: set both or none."
        return
    server = _readable(url)
    if server is None:
        yield f"IMAP_URL must look like {_URL_EXAMPLE}."
    elif is_production and server.security == "none" and server.host not in LOCAL_HOSTS:
        yield "IMAP_URL would send its password in clear: add ?starttls=1 or use imaps://."
    match = _REPLY_ADDRESS.fullmatch(reply_address)
    if match is None or len(match["local"]) > LONGEST_LOCAL_PART or len(reply_address) > 200:
        yield (
            "PAMONG_REPLY_ADDRESS must be a plain mail address without +, with at most"
            f" {LONGEST_LOCAL_PART} characters before the @."
        )
    elif is_production and match["domain"] in LOCAL_HOSTS:
        yield "PAMONG_REPLY_ADDRESS must be an address at your own domain."


def _readable(url: str) -> ImapServer | None:
    try:
        server = imap_server(url)
    except ValueError:  # a port that is no number
        return None
    if server is None or urlsplit(url).scheme not in ("imap", "imaps"):
        return None
    whole = server.host and server.user and server.password
    plain_folder = not any(ord(character) < 32 or character in '"\\' for character in server.folder)
    return server if whole and plain_folder else None
