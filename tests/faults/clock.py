"""The clock of our own programs, steppable while they run: libfaketime, where it is installed.

The database's clock stays right: it is another machine's, as in a set-up of several.
"""

from __future__ import annotations

from pathlib import Path

_PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")


def library() -> Path | None:
    """libfaketime's build for programs with threads (package `libfaketime` of Debian and Ubuntu)."""
    for place in _PLACES:
        for found in Path("/").glob(place.lstrip("/")):
            return found
    return None


def environment(note: Path) -> dict[str, str]:
    """For programs whose clock follows `note`: asked anew each time; the monotonic one is never off."""
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(note),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
    }


def step(note: Path, seconds: int) -> None:
    """From now on the clock is so far off."""
    fresh = note.with_suffix(".new")
    fresh.write_text(f"{seconds:+d}\n")
    fresh.rename(note)
