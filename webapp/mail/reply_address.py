"""The secret address of one participant: the mailbox's own with `+` and the secret in its local part."""

from __future__ import annotations

import re

MOST_TOKENS = 5
_TOKEN = "[a-z2-7]{32}"


def tagged(address: str, token: str) -> str:
    """`jawaban@sekolah.example` and a token of 32 letters and digits make `jawaban+token@sekolah.example`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def tokens_in(text: str, address: str) -> tuple[str, ...]:
    """The tokens of secret addresses that stand in `text`, each once, a few at most.

    Mail servers may change the case of an address; so the secret has none.
    """
    local, _, domain = address.lower().rpartition("@")
    found = re.findall(
        rf"(?<![\w.+-]){re.escape(local)}\+({_TOKEN})@{re.escape(domain)}(?![\w.-]*\w)", text.lower()
    )
    return tuple(dict.fromkeys(found))[:MOST_TOKENS]


def is_tagged(address: str, own: str) -> bool:
    """Whether an address is a secret one of our mailbox `own`."""
    return bool(own) and tokens_in(address, own) != ()
