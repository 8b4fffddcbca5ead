"""The mails that the demo's mail server has kept, read as a person's mail program would."""

from __future__ import annotations

import email.policy
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from tests.engines.running import eventually

_LONGEST_WAIT_SECONDS = 40.0


@dataclass(frozen=True)
class Mail:
    """One mail that arrived."""

    name: str
    message: EmailMessage

    @property
    def to(self) -> str:
        return parseaddr(str(self.message["To"]))[1]

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain text, which holds all that the mail says."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def link(self) -> str:
        """The one address that the mail asks its reader to open."""
        found = re.findall(r"https?://\S+", self.text)
        assert found, self.text
        return str(found[-1])

    def everything(self) -> Iterator[str]:
        """All texts of the mail: the bytes as they came, each header and each part as people read them."""
        yield self.message.as_string()
        for part in self.message.walk():
            yield from (f"{name}: {value}" for name, value in part.items())
            if not part.is_multipart():
                content = part.get_content()
                text = content if isinstance(content, str) else content.decode()
                yield text
                yield html.unescape(text)
                # A calendar breaks long lines by a line end and a blank.
                yield text.replace("\r\n ", "").replace("\n ", "")


class Mailbox:
    """All mails under the data folder, whoever they went to."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "mail"
        self._read: set[str] = set()

    def all(self) -> list[Mail]:
        return [
            Mail(path.name, email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
            for path in sorted(self._folder.glob("*.eml"))
        ]

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.all() if mail.to == address]

    def unread(self, address: str, subject: re.Pattern[str]) -> list[Mail]:
        return [
            mail
            for mail in self.to(address)
            if mail.name not in self._read and subject.fullmatch(mail.subject)
        ]

    def open(self, address: str, subject: re.Pattern[str]) -> Mail:
        """Wait for a mail with that subject to that address, and take it as read."""
        arrived = eventually(lambda: bool(self.unread(address, subject)), within=_LONGEST_WAIT_SECONDS)
        assert arrived, (address, subject, [(mail.to, mail.subject) for mail in self.all()])
        mail = self.unread(address, subject)[0]
        self._read.add(mail.name)
        return mail
