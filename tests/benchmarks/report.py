"""The table that a run prints, and the file that it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.measure import Line

HEAD = ("what", "rows", "ours", "reference", "ratio", "goal", "met")


def table(lines: Iterable[Line]) -> str:
    """The lines in columns; notes and spreads below each."""
    cells = [HEAD, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    shown.insert(1, "  ".join("-" * width for width in widths))
    told = [f"{line.name}: {'; '.join(filter(None, (line.spread, line.note)))}" for line in lines]
    return "\n".join([*(row.rstrip() for row in shown), "", "Quartiles (ours | reference) and notes:", *told])


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.name,
        f"{line.rows:,}",
        f"{line.ours:.4g} {line.unit}",
        "" if line.reference is None else f"{line.reference:.4g} {line.unit}",
        "" if line.ratio is None else f"{line.ratio:.3g}",
        line.goal,
        "yes" if line.met else "NO",
    )


def store(path: Path, lines: Iterable[Line]) -> None:
    """Write the lines; those of pairs that were not measured this time stay as they were."""
    known: dict[str, dict] = {}
    if path.exists():
        known = {entry["name"]: entry for entry in json.loads(path.read_text())}
    known |= {line.name: line.as_json() for line in lines}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(known.values()), indent=1, ensure_ascii=False) + "\n")
