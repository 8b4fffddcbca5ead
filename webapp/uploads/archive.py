"""A ZIP from outside (every Office file is one), unpacked once for counting before any parser sees it.

The size a ZIP declares is the sender's claim. Every member is inflated here in small pieces and
counted, so that a bomb is refused at the limit and not after the memory is gone.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import BinaryIO

from webapp.domain.errors import N_, Invalid

MAX_MEMBERS = 2000
_PIECE = 256 * 1024
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")

DAMAGED = N_("The file is damaged and cannot be read. Download it again.")
TOO_LARGE = N_("The file unpacks to more than %(limit)s MB; it is not read.")
ENTITIES = N_("The file holds XML definitions that no Office file has; it is not read.")


def members(file: BinaryIO, limit: int) -> list[zipfile.ZipInfo]:
    """What a ZIP says it holds; Invalid when it cannot be read, or says more than `limit` bytes."""
    try:
        with zipfile.ZipFile(file) as archive:
            found = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, struct.error) as error:
        raise Invalid(DAMAGED) from error
    if len(found) > MAX_MEMBERS or sum(member.file_size for member in found) > limit:
        raise _too_large(limit)
    return found


def count_unpacked(file: BinaryIO, found: Sequence[zipfile.ZipInfo], limit: int) -> None:
    """Inflate every member and count: Invalid when one is not what it says, or all exceed `limit` bytes."""
    left = limit
    for member in found:
        left -= _measure(file, member, left, limit)


def _too_large(limit: int) -> Invalid:
    return Invalid(TOO_LARGE, limit=limit // 1024 // 1024)


def _measure(file: BinaryIO, member: zipfile.ZipInfo, left: int, limit: int) -> int:
    """Inflate one member piece by piece; its real size, which must be the declared one and within `left`."""
    file.seek(member.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
        raise Invalid(DAMAGED)
    name_length, extra_length = _LOCAL_HEADER.unpack(header)[-2:]
    file.seek(name_length + extra_length, 1)
    if member.flag_bits & 0x1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Invalid(DAMAGED)
    inflate = zlib.decompressobj(-15) if member.compress_type == zipfile.ZIP_DEFLATED else None
    size, packed_left, before = 0, member.compress_size, b""
    is_xml = member.filename.casefold().endswith((".xml", ".rels"))
    while packed_left > 0:
        packed = file.read(min(_PIECE, packed_left))
        if not packed:
            raise Invalid(DAMAGED)
        packed_left -= len(packed)
        while packed:
            piece = packed if inflate is None else _inflate(inflate, packed)
            packed = b"" if inflate is None else inflate.unconsumed_tail
            size += len(piece)
            if size > left:
                raise _too_large(limit)
            # A document type is the way to entity bombs and outside files; Office never writes one.
            if is_xml and (b"<!DOCTYPE" in before + piece or b"<!ENTITY" in before + piece):
                raise Invalid(ENTITIES)
            before = piece[-16:]
    if size != member.file_size:
        raise Invalid(DAMAGED)
    return size


def _inflate(inflate: zlib._Decompress, packed: bytes) -> bytes:
    try:
        return inflate.decompress(packed, _PIECE)
    except zlib.error as error:
        raise Invalid(DAMAGED) from error
