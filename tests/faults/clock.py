"""The clock of our own programs, stepped while they run, by a small library that they preload.

The database's clock stays right: it is another machine's, as in a set-up of several.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".c")


class Clock:
    """`why_not` says why it cannot be stepped here; empty when it can."""

    def __init__(self, folder: Path) -> None:
        self._library = folder / "clock.so"
        self._off_by = folder / "clock"
        self.step(0)
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            self.why_not = "there is no C compiler"
            return
        argv = [compiler, "-O1", "-shared", "-fPIC", "-o", str(self._library), str(_SOURCE), "-ldl"]
        made = subprocess.run(argv, capture_output=True, text=True)
        self.why_not = made.stderr.strip()[-200:] if made.returncode else ""

    def environment(self) -> dict[str, str]:
        """For programs that are to follow it."""
        return {"LD_PRELOAD": str(self._library), "PAMONG_TEST_CLOCK": str(self._off_by)}

    def step(self, seconds: int) -> None:
        """From now on it is off by so much."""
        descriptor = os.open(self._off_by, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, struct.pack("@q", seconds), 0)
        finally:
            os.close(descriptor)
