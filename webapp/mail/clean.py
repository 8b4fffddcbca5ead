"""Texts made fit for headers, calendars and addresses before any library sees them.

Names and places are typed by people and must never stop a mail: they are cleaned. Addresses decide
who reads a mail: they are checked and refused, never repaired.
"""

from __future__ import annotations

import re
import unicodedata

from webapp.domain.errors import N_, Invalid

_LINE_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")


# Direction overrides can turn a name or a link round.
_TURNING = frozenset("\u202a\u202b\u202d\u202e\ufeff")


def _is_kept(character: str) -> bool:
    # Cc: control characters, Cs: lone surrogates.
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _TURNING


def many_lines(text: str) -> str:
    """The same text with `\\n` as its only line break and control character."""
    lines = _LINE_BREAKS.sub("\n", text).replace("\t", " ").split("\n")
    # What is printable holds none of these, and most lines are: to look at each character costs more than to
    # write the mail.
    return "\n".join(line if line.isprintable() else "".join(filter(_is_kept, line)) for line in lines)


def one_line(text: str, *, at_most: int = 200) -> str:
    """The text on one line without control characters, blanks collapsed, cut at `at_most` characters."""
    line = " ".join(many_lines(text).split())
    return line if len(line) <= at_most else line[: at_most - 1].rstrip() + "…"


def check_address(address: str) -> str:
    """The address unchanged when a plain ASCII mail server takes it; Invalid when not (RFC 5321 limits)."""
    match = _ADDRESS.fullmatch(address)
    if not match or len(match["local"]) > 64 or len(match["domain"]) > 190 or len(address) > 254:
        raise Invalid(N_("This is not an e-mail address that can be written to."), field="email")
    return address
