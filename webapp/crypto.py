"""Sealing of confidential text: AES-256-GCM under a key per school, wrapped by a master key.

A sealed value reads `version (1 byte) | key number (4) | nonce (12) | ciphertext and tag`. The
additional data bind it to table, column, school and row, so that a value copied to another place
does not open. Key numbers stand in front so that keys can rotate, or become one per student,
without touching the tables.
"""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

_VERSION = 1
_HEAD = struct.Struct(">BI")
_NONCE_BYTES = 12
_TAG_BYTES = 16
HEAD_BYTES = _HEAD.size + _NONCE_BYTES
"""So many bytes of a sealed value say by which key it opens."""


class SealBroken(Exception):
    """The value was moved, changed, or sealed under a key that is not here."""


class MasterKeys:
    """The keys that wrap school keys: the first one wraps, all of them unwrap."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != 32 for key in keys.values()):
            raise ValueError("PAMONG_KEYS needs at least one `id:base64` key of 32 bytes")
        self._keys = dict(keys)
        self.current_id = next(iter(self._keys))

    @classmethod
    def parse(cls, text: str) -> MasterKeys:
        """Read `id:base64[,id:base64…]`, the form of PAMONG_KEYS."""
        pairs = (part.strip().partition(":") for part in text.split(",") if part.strip())
        return cls({key_id: base64.b64decode(encoded, validate=True) for key_id, _, encoded in pairs})

    def wrap(self, school_key: bytes, *, school_id: int, key_no: int) -> tuple[str, bytes]:
        """Return (master key id, wrapped bytes)."""
        nonce = os.urandom(_NONCE_BYTES)
        bound = f"school-key|{school_id}|{key_no}".encode()
        return self.current_id, nonce + AESGCM(self._keys[self.current_id]).encrypt(nonce, school_key, bound)

    def unwrap(self, master_id: str, wrapped: bytes, *, school_id: int, key_no: int) -> bytes:
        """Return the 32 bytes of a school key; SealBroken when the master key is not here."""
        if master_id not in self._keys:
            raise SealBroken(f"master key {master_id!r} is not configured")
        bound = f"school-key|{school_id}|{key_no}".encode()
        try:
            return AESGCM(self._keys[master_id]).decrypt(
                wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], bound
            )
        except InvalidTag as broken:
            raise SealBroken("a school key does not open with its master key") from broken


def new_key() -> bytes:
    """32 random bytes."""
    return AESGCM.generate_key(256)


@lru_cache(maxsize=256)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def seal(key: bytes, key_no: int, plain: bytes, bound: str) -> bytes:
    """Seal `plain` for the place that `bound` names."""
    nonce = os.urandom(_NONCE_BYTES)
    return _HEAD.pack(_VERSION, key_no) + nonce + _cipher(key).encrypt(nonce, plain, bound.encode())


def key_number(sealed: bytes) -> int:
    """The number of the key under which a value was sealed."""
    version, key_no = _HEAD.unpack_from(sealed)
    if version != _VERSION:
        raise SealBroken(f"unknown seal version {version}")
    return key_no


def unseal(key: bytes, sealed: bytes, bound: str) -> bytes:
    """Open a sealed value; SealBroken when it stands in another place or was changed."""
    nonce = sealed[_HEAD.size : _HEAD.size + _NONCE_BYTES]
    try:
        return _cipher(key).decrypt(nonce, sealed[HEAD_BYTES:], bound.encode())
    except InvalidTag as broken:
        raise SealBroken("a sealed value does not open here") from broken


def unseal_into(target: IO[bytes], key: bytes, sealed: Iterable[bytes], bound: str) -> None:
    """Open a large sealed value that comes in pieces, the first of HEAD_BYTES at least; SealBroken as above.

    What was written to `target` may be used only once this has returned: the end vouches for the whole.
    """
    pieces = iter(sealed)
    first = next(pieces, b"")
    opened = Cipher(AES(key), GCM(first[_HEAD.size : HEAD_BYTES])).decryptor()
    opened.authenticate_additional_data(bound.encode())
    held = first[HEAD_BYTES:]
    for piece in pieces:
        held += piece
        target.write(opened.update(held[:-_TAG_BYTES]))
        held = held[-_TAG_BYTES:]
    target.write(opened.update(held[:-_TAG_BYTES]))
    try:
        target.write(opened.finalize_with_tag(held[-_TAG_BYTES:]))
    except (InvalidTag, ValueError) as error:
        raise SealBroken("a sealed value does not open here") from error
