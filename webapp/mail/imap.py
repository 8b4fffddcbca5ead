"""The mailbox over IMAP, read in small bites: nothing is marked or moved before the caller says so.

What was taken up is moved out of the folder that is read, so that what lies there is what is left to do,
and a mailbox of any size costs the same. Nothing is ever deleted.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from hashlib import sha256
from imaplib import IMAP4
from types import TracebackType
from typing import Any, Self

from imap_tools.errors import ImapToolsError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

from webapp.mail.incoming import LONGEST_READ
from webapp.mail_servers import ImapServer

DONE, REVIEW = "Pamong-done", "Pamong-review"
"""Where mails go that were taken up, and those at which somebody should look."""

BATCH = 20
TIMEOUT = 15.0
IMAP_FAILS_WITH = (ImapToolsError, IMAP4.error, OSError)
_NUMBERS = re.compile(rb"UID (\d+)|RFC822\.SIZE (\d+)")


@dataclass(frozen=True)
class Waiting:
    """One mail in the folder: its size in the mailbox, and what has been fetched of it."""

    uid: str
    size: int
    data: bytes

    @property
    def is_whole(self) -> bool:
        """Whether all of it was fetched."""
        return self.size <= LONGEST_READ

    @property
    def digest(self) -> str:
        """The same for the same mail, wherever it lies and however often it is read."""
        return sha256(b"%d:" % self.size + self.data).hexdigest()


class Box:
    """One open connection to the folder that is read; use it in `with`."""

    def __init__(self, server: ImapServer, timeout: float = TIMEOUT) -> None:
        self._server = server
        self._timeout = timeout
        self._box: BaseMailBox
        self._folders: dict[str, str] = {}

    def __enter__(self) -> Self:
        box = self._connect()
        try:
            box.login(self._server.user, self._server.password, initial_folder=None)
            self._box = box
            self._learn_what_it_can()
            self._folders = {name: self._folder(name) for name in (DONE, REVIEW)}
        except BaseException:
            box.client.shutdown()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._box.logout()
        except IMAP_FAILS_WITH:
            self._box.client.shutdown()

    def fetch(self) -> list[Waiting]:
        """The oldest mails of the folder, a bite of them; empty when there are none."""
        # Selecting anew counts anew: the moved ones are gone, and others may have come.
        (count,) = self._box.folder.set(self._server.folder)[1]
        last = min(int(count), BATCH)
        return [self._fetch(uid, size) for uid, size in self._sizes(last)] if last else []

    def put_aside(self, uid: str, folder: str) -> None:
        """Move one mail into DONE or REVIEW; a mail that is not there any more is no fault."""
        self._box.move([uid], self._folders[folder])

    def _connect(self) -> BaseMailBox:
        server, timeout = self._server, self._timeout
        if server.security == "tls":
            context = ssl.create_default_context()
            return MailBox(server.host, server.port, timeout=timeout, ssl_context=context)
        if server.security == "starttls":
            context = ssl.create_default_context()
            return MailBoxStartTls(server.host, server.port, timeout=timeout, ssl_context=context)
        return MailBoxUnencrypted(server.host, server.port, timeout=timeout)

    def _learn_what_it_can(self) -> None:
        # Servers say MOVE only after the sign-in, and the client had asked before; without it a mail would
        # be copied and expunged in three steps, and be there twice when this process dies between them.
        (said,) = self._ask(self._box.client.capability())[-1:] or (b"",)
        self._box.client.capabilities = tuple(said.decode("ascii", "replace").upper().split())

    def _folder(self, name: str) -> str:
        """The folder's full name, made where it is missing; some servers keep all under INBOX."""
        (inbox,) = self._box.folder.list("", "INBOX")[:1] or (None,)
        below = f"INBOX{inbox.delim if inbox else '/'}{name}"
        for full in (name, below):
            if self._box.folder.exists(full):
                return full
        try:
            self._box.folder.create(name)
        except ImapToolsError:
            self._box.folder.create(below)
            return below
        return name

    def _sizes(self, last: int) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        for line in self._ask(self._box.client.fetch(f"1:{last}", "(UID RFC822.SIZE)")):
            numbers = _NUMBERS.findall(line if isinstance(line, bytes) else line[0])
            uid = next((uid for uid, _ in numbers if uid), None)
            size = next((size for _, size in numbers if size), None)
            if uid is not None and size is not None:
                found.append((uid.decode(), int(size)))
        return found

    def _fetch(self, uid: str, size: int) -> Waiting:
        # PEEK leaves it unread; the part asked for keeps a mail of any size out of our memory.
        answer = self._ask(self._box.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LONGEST_READ}>)"))
        data = next((part[1] for part in answer if isinstance(part, tuple)), b"")
        return Waiting(uid, size, data)

    @staticmethod
    def _ask(answer: tuple[str, list[Any]]) -> list[Any]:
        kind, data = answer
        if kind != "OK":
            raise IMAP4.error(kind)
        return [part for part in data if part is not None]
