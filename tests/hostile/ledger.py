"""What was tried and what came of it: build/fuzz.json, one line per test, and the same on the terminal."""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "build"
FULL = os.environ.get("PAMONG_FUZZ") == "full"
"""`make fuzz`; otherwise a selection that takes a few seconds."""
_MOST_SHOWN = 30


@dataclass
class Tally:
    """The count of one test. `check()` fails it at the end, with every kind of fault it met."""

    name: str
    tried: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)

    def error(self, what: str) -> None:
        """The server failed."""
        self.errors[what] += 1

    def accept(self, what: str) -> None:
        """Something was taken, or shown, that must not be."""
        self.accepted[what] += 1

    def check(self, *, at_least: int) -> None:
        """Store the line; AssertionError when anything went wrong or too little was tried."""
        line = {
            "name": self.name,
            "tried": self.tried,
            "server_errors": self.errors.total(),
            "accepted_wrongly": self.accepted.total(),
        }
        if FULL:
            _store(line)
        print("fuzz:", line)
        found = [*self.errors.most_common(_MOST_SHOWN), *self.accepted.most_common(_MOST_SHOWN)]
        assert not found, "\n".join(f"{number} x {what}" for what, number in found)
        assert self.tried >= at_least


def _store(line: dict[str, object]) -> None:
    """Several test processes write in turn."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "fuzz.json").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before = json.loads(file.read() or "[]")
        lines = sorted(
            [one for one in before if one["name"] != line["name"]] + [line], key=lambda one: one["name"]
        )
        file.truncate(0)
        file.write(json.dumps(lines, indent=2) + "\n")


def main() -> None:
    """Print what the last full run found."""
    for line in json.loads((BUILD / "fuzz.json").read_text()):
        print(
            f"{line['name']:40} tried {line['tried']:7}   server errors {line['server_errors']}"
            f"   accepted wrongly {line['accepted_wrongly']}"
        )


if __name__ == "__main__":
    main()
