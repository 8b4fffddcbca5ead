"""One conversation with the mail server, kept open for many mails, each with a plain outcome.

Nothing here retries a mail: whoever calls keeps the row and decides. The line that matters is DATA:
before it nothing can have been delivered, after it a lost connection leaves the question open.
"""

from __future__ import annotations

import random
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from webapp.mail.clean import check_address, one_line

MAX_ATTEMPTS = 10
_SHORTEST, _LONGEST = 30.0, 7200.0
LONGEST_BACKOFF = timedelta(seconds=_LONGEST)
# The server wants us to sign in: our set-up is wrong, not the recipient's address.
_OUR_FAULT = (530, 534, 535, 538)


@dataclass(frozen=True)
class Sent:
    """The server took the mail."""

    response: str


@dataclass(frozen=True)
class Deferred:
    """Nothing was delivered; try again later. `code` is the server's, None when it never answered."""

    code: int | None
    response: str


@dataclass(frozen=True)
class Bounced:
    """The server refused this recipient or this mail for good."""

    code: int
    response: str


@dataclass(frozen=True)
class Undecided:
    """The connection was lost after the text began: it may have arrived. Resend the same bytes."""

    response: str


Outcome = Sent | Deferred | Bounced | Undecided


def backoff(attempt: int, rng: random.Random) -> timedelta:
    """How long to wait after the `attempt`-th try (1 is the first): 30 s doubling to 2 h, with jitter."""
    base = min(_LONGEST, _SHORTEST * 2 ** (max(1, attempt) - 1))
    return timedelta(seconds=min(_LONGEST, max(_SHORTEST, base * rng.uniform(0.75, 1.25))))


class Transport:
    """A mail server by URL; keeps one connection while the `with` block lasts. For one thread.

    `smtp://[user:password@]host[:port][?starttls=1]` or `smtps://…`. Conversing up to DATA may take
    `timeout` seconds in all, and so may DATA, and so may the text: a lease must be longer than `longest`.
    """

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("the mail server's URL must look like smtp://host:port")
        self._tls = parts.scheme == "smtps"
        self._starttls = parse_qs(parts.query).get("starttls", ["0"])[-1] in ("1", "true", "yes")
        self._host = parts.hostname
        self._port = parts.port or (465 if self._tls else 587 if self._starttls else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._timeout = timeout
        self._until = 0.0
        self._smtp: smtplib.SMTP | None = None

    @property
    def longest(self) -> float:
        """Seconds that one `deliver` can take at most, name look-up aside."""
        return self._timeout * 3

    def __repr__(self) -> str:
        return f"Transport({self._host}:{self._port})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._smtp is not None and self._smtp.sock is not None:
            try:
                self._smtp.sock.settimeout(1.0)
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                pass
        self._close()

    def deliver(self, sender: str, recipient: str, data: bytes, before_data: Callable[[], None]) -> Outcome:
        """Hand over one mail; `before_data` runs when the recipient is accepted, just before DATA.

        Whatever `before_data` raises is passed on and nothing is sent. Raises Invalid for an address
        that cannot be written to; every fault of the server or the net is an outcome, not an error.
        """
        check_address(sender), check_address(recipient)
        self._start_clock()
        try:
            refusal = self._address(sender, recipient)
        except smtplib.SMTPResponseException as error:
            self._close()
            return Deferred(error.smtp_code, clean_response(error.smtp_error))
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            return Deferred(None, clean_response(str(error) or type(error).__name__))
        if refusal is not None:
            return refusal
        handed_over = False
        try:
            before_data()
            handed_over = True
        finally:
            if not handed_over:
                self._close()
        return self._data(data)

    # -- before DATA: everything may be repeated

    def _address(self, sender: str, recipient: str) -> Outcome | None:
        kept = self._smtp is not None
        try:
            return self._mail_and_rcpt(sender, recipient)
        except (smtplib.SMTPServerDisconnected, OSError):
            # A server may close what it kept open for us; a fresh connection decides.
            if not kept:
                raise
        self._close()
        return self._mail_and_rcpt(sender, recipient)

    def _mail_and_rcpt(self, sender: str, recipient: str) -> Outcome | None:
        kept = self._smtp is not None
        smtp = self._smtp or self._connect()
        self._set_clock(smtp)
        code, response = smtp.docmd("MAIL", f"FROM:<{sender}>")
        if code == 421 and kept:
            raise smtplib.SMTPServerDisconnected("421 on a kept connection")
        if code // 100 != 2:
            # Refusing our own address says nothing about the recipient, so it is never a bounce.
            return self._refused(smtp, code, response, final=False)
        self._set_clock(smtp)
        code, response = smtp.docmd("RCPT", f"TO:<{recipient}>")
        if code // 100 != 2:
            return self._refused(smtp, code, response, final=True)
        return None

    def _connect(self) -> smtplib.SMTP:
        host_name = socket.gethostname()
        own_name = host_name if "." in host_name else "localhost.localdomain"
        if self._tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, own_name, timeout=self._left(), context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(self._host, self._port, own_name, timeout=self._left())
        # From here on _close() knows the socket, whatever goes wrong below.
        self._smtp = smtp
        self._set_clock(smtp)
        if self._starttls:
            code, response = smtp.starttls(context=ssl.create_default_context())
            if code != 220:
                raise smtplib.SMTPResponseException(code, response)
            self._set_clock(smtp)
        smtp.ehlo_or_helo_if_needed()
        if self._user:
            self._set_clock(smtp)
            smtp.login(self._user, self._password)
        return smtp

    def _start_clock(self) -> None:
        self._until = time.monotonic() + self._timeout

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def _set_clock(self, smtp: smtplib.SMTP) -> None:
        if smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        smtp.sock.settimeout(self._left())

    # -- DATA

    def _data(self, data: bytes) -> Outcome:
        smtp = self._smtp
        assert smtp is not None
        try:
            self._start_clock()
            self._set_clock(smtp)
            code, response = smtp.docmd("DATA")
        except (smtplib.SMTPException, OSError) as error:
            # The server has not seen a byte of the text.
            self._close()
            return Deferred(None, clean_response(str(error)))
        if code != 354:
            return self._refused(smtp, code, response, final=True)
        try:
            self._start_clock()
            self._set_clock(smtp)
            smtp.send(_dotted(data))
            self._set_clock(smtp)
            code, response = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            return Undecided(clean_response(str(error)))
        if code // 100 == 2:
            return Sent(clean_response(response))
        if code // 100 in (4, 5):
            return self._refused(smtp, code, response, final=True)
        self._close()
        return Undecided(clean_response(response))

    def _refused(self, smtp: smtplib.SMTP, code: int, response: bytes, *, final: bool) -> Outcome:
        words = clean_response(response)
        try:
            self._set_clock(smtp)
            if code == 421 or smtp.rset()[0] != 250:
                self._close()
        except (smtplib.SMTPException, OSError):
            self._close()
        if final and code // 100 == 5 and code not in _OUR_FAULT:
            return Bounced(code, words)
        return Deferred(code if code > 0 else None, words)

    def _close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _dotted(data: bytes) -> bytes:
    text = re.sub(rb"(?m)^\.", b"..", data)
    return text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def clean_response(response: bytes | str) -> str:
    """What the server said, on one line of at most 300 characters, fit for a page."""
    text = response.decode("utf-8", "replace") if isinstance(response, bytes) else response
    return one_line(text, at_most=300)
