"""Mail servers for the tests: a good one, and one that follows a script of bad manners."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

CUT = "cut"
HANG = "hang"
GOOD = {"banner": "220 ready", "EHLO": "250 ready", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on",
        "text": "250 taken as 42", "RSET": "250 ok", "QUIT": "221 bye"}


@dataclass
class Seen:
    """What a server saw: commands per connection, and the texts it took in whole."""

    connections: list[list[str]] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)


class ScriptedServer:
    """Each connection follows its script (the last one from then on): verb -> reply, CUT or HANG."""

    def __init__(self, *scripts: dict[str, str]) -> None:
        self.seen = Seen()
        self._scripts = [{**GOOD, **script} for script in scripts]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._stopped = threading.Event()
        self.url = f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._stopped.is_set():
                connection.close()
                return
            self._open.append(connection)
            commands: list[str] = []
            self.seen.connections.append(commands)
            script = self._scripts[min(len(self.seen.connections), len(self._scripts)) - 1]
            with connection, connection.makefile("rwb") as lines:
                try:
                    self._talk(lines, script, commands)
                except OSError:
                    continue

    def _talk(self, lines, script: dict[str, str], commands: list[str]) -> None:
        if not self._reply(lines, script["banner"]):
            return
        while line := lines.readline():
            verb = line.split()[0].decode().upper()
            commands.append(line.decode().strip())
            # A script may answer the second MAIL of a connection in another way.
            again = f"{verb} again"
            repeated = sum(command.upper().startswith(verb) for command in commands) > 1
            reply = script[again] if repeated and again in script else script[verb]
            if not self._reply(lines, reply) or verb == "QUIT":
                return
            if verb == "DATA" and reply.startswith("354"):
                if script["text"] == "cut at once":
                    return
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    text += lines.readline()
                self.seen.texts.append(text)
                if not self._reply(lines, script["text"]):
                    return

    def _reply(self, lines, reply: str) -> bool:
        if reply == HANG:
            # Until the other side gives up.
            lines.read(1)
            return False
        if reply == CUT:
            return False
        lines.write(reply.encode() + b"\r\n")
        lines.flush()
        return True

    def close(self) -> None:
        self._stopped.set()
        # Closing a listener does not wake accept(); a last visitor does.
        with socket.create_connection(self._listener.getsockname()):
            pass
        for connection in self._open:
            connection.close()
        self._listener.close()
        self._thread.join(5)


@contextmanager
def scripted(*scripts: dict[str, str]) -> Iterator[ScriptedServer]:
    server = ScriptedServer(*scripts)
    try:
        yield server
    finally:
        server.close()


class Keeper:
    """A handler that keeps what arrives."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.hosts: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(envelope)
        self.hosts.append(str(session.host_name))
        return "250 kept"


class _AnyPort(Controller):
    """A server on a port that the system chose."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _authenticate(server, session, envelope, mechanism, data) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"pa/mong", b"se@cret"), handled=False)


@contextmanager
def good_server(*, sign_in: bool = False, tls=None, starttls=None) -> Iterator[tuple[Keeper, int]]:
    keeper = Keeper()
    options: dict[str, object] = {}
    if sign_in:
        options |= {"authenticator": _authenticate, "auth_required": True, "auth_require_tls": False}
    if starttls:
        options |= {"tls_context": starttls, "require_starttls": True}
    controller = _AnyPort(keeper, hostname="127.0.0.1", port=0, ssl_context=tls, **options)
    controller.start()
    try:
        yield keeper, controller.port
    finally:
        controller.stop()
