"""A mail server on one port that can change its manners at any moment, and forgets nothing it was given."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

STEPS = ("MAIL", "RCPT", "DATA", "text", "250")
"""Where a sender can be met: before each answer; at the last one a dead process is answered."""

_MESSAGE_ID = re.compile(rb"(?im)^Message-ID: (<.+>)\r$")


@dataclass(frozen=True)
class Arrival:
    """One whole text; `answered` when the sender was told that it is kept."""

    digest: bytes
    at: float
    answered: bool


@dataclass
class Manners:
    """How the server behaves from now on. Empty: it takes everything at once."""

    pause: float = 0.0
    refuse: Callable[[str], str | None] = lambda _: None
    cut_each: int = 0  # of so many texts one connection is cut, after the text and before the answer
    cuts_left: int = 0
    hang: bool = False
    meet_at: str = ""  # one of STEPS
    meet: Callable[[tuple[str, int]], None] = lambda _: None


@dataclass
class Sink:
    """The server. Everything but `manners` is written by the server's own thread."""

    port: int = 0
    arrived: dict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    manners: Manners = field(default_factory=Manners)
    _controller: Controller | None = None
    _texts: int = 0
    _released: threading.Event = field(default_factory=threading.Event)

    def open(self) -> None:
        """Listen: on a free port at first, on the same one ever after."""
        controller = _Door(self, hostname="127.0.0.1", port=self.port)
        controller.start()
        self.port = controller.port
        self._controller = controller

    def close(self) -> None:
        """Nobody listens any more, and those who talk are cut off."""
        assert self._controller is not None
        self._controller.stop()
        self._controller = None

    def behave(self, manners: Manners) -> None:
        self._released.set()  # whoever hangs from earlier
        self._released = threading.Event()
        self.manners = manners

    def unanswered(self) -> set[str]:
        """Messages of which some text was taken and the sender never told so."""
        copies = list(self.arrived.items())
        return {message_id for message_id, arrivals in copies if not all(one.answered for one in arrivals)}

    # -- the conversation, in the server's thread

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address, options) -> str:
        self._meet(session, "MAIL")
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address, options) -> str:
        self._meet(session, "RCPT")
        if self.manners.pause:
            await asyncio.sleep(self.manners.pause)
        refusal = self.manners.refuse(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        manners = self.manners
        content = envelope.content
        assert isinstance(content, bytes)
        found = _MESSAGE_ID.search(content)
        assert found is not None, "a mail without a Message-ID"
        message_id = found.group(1).decode()
        self._texts += 1
        is_cut = manners.cuts_left > 0 and self._texts % manners.cut_each == 0
        meets = manners.meet_at in ("text", "250")
        answered = not (is_cut or meets or manners.hang)
        self.arrived[message_id].append(Arrival(sha256(content).digest(), time.monotonic(), answered))
        if meets:
            self._meet(session, manners.meet_at)
        if is_cut:
            manners.cuts_left -= 1
            server.transport.abort()
        if manners.hang:
            released = self._released
            while not released.is_set() and not server.transport.is_closing():
                await asyncio.sleep(0.05)
            server.transport.abort()
        return "250 kept"

    def _meet(self, session: Session, step: str) -> None:
        if self.manners.meet_at == step:
            self.manners.meet(session.peer)


class _Conversation(SMTP):
    """DATA is met before its answer too."""

    async def smtp_DATA(self, arg: str) -> None:
        self.event_handler._meet(self.session, "DATA")
        await super().smtp_DATA(arg)


class _Door(Controller):
    def factory(self) -> SMTP:
        return _Conversation(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
