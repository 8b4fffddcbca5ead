"""A small disk of our own for the engines, to be filled: a tmpfs in a user namespace, without root."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MNT_DETACH = 2
_BALLAST = "ballast"
_libc = ctypes.CDLL(None, use_errno=True)


def mount_own(folder: Path, megabytes: int) -> str:
    """Put a new disk at `folder`, seen by this process and its children alone; why not, where it is refused.

    Call it before any thread is started: the process becomes root of a namespace of its own.
    """
    user, group = os.geteuid(), os.getegid()
    try:
        _checked(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS))
        for name, content in (
            ("setgroups", "deny"),
            ("uid_map", f"0 {user} 1"),
            ("gid_map", f"0 {group} 1"),
        ):
            Path(f"/proc/self/{name}").write_text(content)
        options = f"size={megabytes}m,mode=700".encode()
        _checked(_libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, options))
    except (OSError, AttributeError) as error:
        return f"no disk of our own can be mounted here ({error})"
    return ""


def unmount(folder: Path) -> None:
    """Let go of it, if there is one."""
    _libc.umount2(str(folder).encode(), _MNT_DETACH)


def fill(folder: Path) -> None:
    """Not a byte is left."""
    with suppress(OSError), (folder / _BALLAST).open("ab", buffering=0) as ballast:
        block = bytes(1024 * 1024)
        while block:
            try:
                ballast.write(block)
            except OSError:
                block = block[: len(block) // 2]


def empty(folder: Path) -> None:
    (folder / _BALLAST).unlink(missing_ok=True)


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
