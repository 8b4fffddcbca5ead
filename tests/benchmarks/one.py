"""One pair in a process of its own: `python -m tests.benchmarks.one NAME FILE`, the stand on its input."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from tests.benchmarks.stand import Stand

if __name__ == "__main__":
    name, file = sys.argv[1:]
    pair = import_module(f"tests.benchmarks.pairs.{name}")
    lines = pair.measure(Stand.from_json(sys.stdin.read()))
    Path(file).write_text(json.dumps([asdict(line) for line in lines]))
