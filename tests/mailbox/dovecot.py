"""A real IMAP server for the tests: Dovecot in a folder of its own, on a port of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from imaplib import IMAP4
from pathlib import Path

from imap_tools.mailbox import MailBoxUnencrypted

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PASSWORD = "sandi-kotak-surat"
MAILBOXES = 500

_COMMON = """
protocols = imap
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
ssl = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
_VERSION_2_3 = """
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
"""
_VERSION_2_4 = """
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {home}/mail/%{{user}}
passdb passwd-file {{
  default_password_scheme = PLAIN
  passwd_file_path = {home}/users
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {home}/mail/%{{user}}
  }}
}}
"""


@dataclass
class Dovecot:
    """The running server, with a mailbox for every test."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    names: Iterator[str]

    def new_name(self) -> str:
        """The user name of a mailbox that nobody has used."""
        return next(self.names)

    def url(self, name: str) -> str:
        """The mailbox as IMAP_URL names it."""
        return f"imap://{name}:{PASSWORD}@127.0.0.1:{self.port}/INBOX"

    def open(self, name: str) -> MailBoxUnencrypted:
        """A connection of the test's own, to put mails in and to look."""
        box = MailBoxUnencrypted("127.0.0.1", self.port, timeout=10)
        box.login(name, PASSWORD)
        return box

    def put(self, name: str, *mails: bytes) -> None:
        with self.open(name) as box:
            for mail in mails:
                box.append(mail, "INBOX")

    def folders(self, name: str) -> dict[str, int]:
        """How many mails lie in each folder that has any."""
        with self.open(name) as box:
            counts = {
                folder.name: box.folder.status(folder.name, ["MESSAGES"])["MESSAGES"]
                for folder in box.folder.list()
            }
        return {folder: count for folder, count in counts.items() if count}

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def start(home: Path) -> Dovecot:
    """Start it and wait until it answers."""
    assert DOVECOT is not None
    home.chmod(0o755)
    as_root = os.geteuid() == 0
    own = pwd.getpwnam("nobody") if as_root else pwd.getpwuid(os.geteuid())
    for folder in ("mail", "state", "run"):
        (home / folder).mkdir()
    os.chown(home / "mail", own.pw_uid, own.pw_gid)
    # All at once: the server looks for changes once a second only.
    names = [f"kotak{number}" for number in range(MAILBOXES)]
    (home / "users").write_text("".join(f"{name}:{PASSWORD}\n" for name in names))
    port = _free_port()
    version = subprocess.run([DOVECOT, "--version"], capture_output=True, text=True, check=True).stdout
    newer = version.startswith("2.4")
    values = {
        "home": home,
        "port": port,
        "uid": own.pw_uid,
        "gid": own.pw_gid,
        "internal": "dovecot" if as_root else own.pw_name,
        "login": "dovenull" if as_root else own.pw_name,
        "group": "dovecot" if as_root else "",
    }
    head = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" if newer else ""
    text = head + (_COMMON + (_VERSION_2_4 if newer else _VERSION_2_3)).format(**values)
    text = text.replace("default_internal_group = \n", "")
    (home / "dovecot.conf").write_text(text)
    with (home / "output").open("wb") as output:
        process = subprocess.Popen(
            [DOVECOT, "-F", "-c", str(home / "dovecot.conf")], stdout=output, stderr=output
        )
    server = Dovecot(home, port, process, iter(names))
    looker = server.new_name()
    until = time.monotonic() + 20
    while True:
        try:
            server.open(looker).logout()
            return server
        except (OSError, IMAP4.error) as error:
            if process.poll() is not None or time.monotonic() > until:
                log = home / "log"
                said = (home / "output").read_text() + (log.read_text() if log.exists() else "")
                raise RuntimeError(f"Dovecot does not answer: {said}") from error
            time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
