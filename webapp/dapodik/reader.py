"""Reading a Dapodik file: parsed in a child process with bounded memory and time, mapped by header text."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from webapp.dapodik.filekind import refuse_unless_zip
from webapp.dapodik.layout import FIELDS
from webapp.domain.errors import N_, Invalid

#: A cell as it stood in the file.
Cell = str | int | float | bool | date

_ROOT = Path(__file__).resolve().parents[2]
_WALL_SECONDS = 120

TOO_HEAVY = N_("The file is too large or too complicated to be read within the limits.")


@dataclass(frozen=True)
class RawRow:
    """One student's cells: Excel's row number, and our field names for what is not blank."""

    number: int
    values: Mapping[str, Cell]


@dataclass(frozen=True)
class Table:
    """A file as read: the school named above the header ("" if none), and the rows in their order."""

    school_name: str
    rows: list[RawRow]


def read_file(path: Path | str, mapping: Mapping[str, str] | None = None) -> Table:
    """The students in the file; `mapping` says for a field of ours under which header label it stands.

    Labels are those of `read_headers`. A wrong file raises Invalid with a sentence that names what is
    wrong; only the columns of layout.IMPORTED leave the child process.
    """
    with tempfile.TemporaryFile() as output:
        head = _run_child(Path(path), "rows", mapping or {}, output)
        fields = head["fields"]
        rows = []
        for line in output:
            number, values = _decode(line)
            rows.append(RawRow(number, {f: v for f, v in zip(fields, values, strict=True) if v is not None}))
    return Table(head["school"], rows)


def read_headers(path: Path | str) -> list[str]:
    """The labels of the columns in the file ("Nama", "Data Ayah / Nama"), for choosing a mapping."""
    with tempfile.TemporaryFile() as output:
        return _run_child(Path(path), "headers", {}, output)["labels"]


def _run_child(path: Path, mode: str, mapping: Mapping[str, str], output: IO[bytes]) -> dict[str, Any]:
    """Let the child write its lines to `output`, and read the first; the rest is left to the caller."""
    unknown = set(mapping) - set(FIELDS)
    if unknown:
        raise ValueError(f"no such fields: {sorted(unknown)}")
    refuse_unless_zip(path)
    child = [sys.executable, "-m", "webapp.dapodik.sheet"]
    try:
        done = subprocess.run(
            [*child, str(path.resolve()), mode, json.dumps(dict(mapping))],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            # The parser of outside files gets none of our settings and secrets.
            env={"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1", "LANG": "C.UTF-8"},
            timeout=_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Invalid(TOO_HEAVY) from error
    if done.returncode != 0:
        raise Invalid(TOO_HEAVY)
    output.seek(0)
    return _decode(output.readline())


def _decode(line: bytes) -> Any:
    """A line of the child; its refusal becomes our Invalid."""
    decoded = json.loads(line, object_hook=_date)
    if isinstance(decoded, dict) and "error" in decoded:
        message_id, params = decoded["error"]
        raise Invalid(message_id, **params)
    return decoded


def _date(decoded: dict[str, Any]) -> Any:
    return date.fromisoformat(decoded["date"]) if decoded.keys() == {"date"} else decoded
