"""Reading a Dapodik file: parsed in a child process with bounded memory and time, mapped by header text."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from webapp.dapodik.columns import Columns, MissingColumns
from webapp.dapodik.filekind import refuse_unless_zip
from webapp.dapodik.layout import FIELDS
from webapp.domain.errors import N_, Invalid

#: A cell as it stood in the file.
Cell = str | int | float | bool | date

_ROOT = Path(__file__).resolve().parents[2]
_WALL_SECONDS = 120
_LONGEST_LINE = 256 * 1024

TOO_HEAVY = N_("The file is too large or too complicated to be read within the limits.")


@dataclass(frozen=True)
class RawRow:
    """One student's cells: Excel's row number, and our field names for what is not blank."""

    number: int
    values: Mapping[str, Cell]


class Table:
    """A file as read: the school named above the header ("" if none), its labels ("Nama",
    "Data Ayah / Nama"), which of them stands for which field, and the rows, which stay on the disk."""

    def __init__(self, lines: IO[bytes], head: Mapping[str, Any]) -> None:
        self.school_name: str = head["school"]
        self.labels: list[str] = head["labels"]
        self.columns: dict[str, str] = head["columns"]
        self._lines, self._start = lines, lines.tell()

    def rows(self) -> Iterator[RawRow]:
        """The rows in the order of the file, from the first one each time; one such walk at a time."""
        self._lines.seek(self._start)
        fields = list(self.columns)
        for line in self._lines:
            number, values = _decode(line)
            yield RawRow(
                number,
                {field: value for field, value in zip(fields, values, strict=True) if value is not None},
            )


@contextmanager
def reading(
    path: Path | str, columns: Columns | None = None, remembered: Mapping[str, Columns] | None = None
) -> Iterator[Table]:
    """The students in the file, for as long as the block runs.

    `columns` says for a field of ours under which header label it stands, `remembered` the same by
    headers_key() for files read before. A wrong file raises Invalid with a sentence that names what is wrong
    (MissingColumns where a person can name the columns); only those of layout.IMPORTED leave the child.
    """
    unknown = {field for one in (columns or {}, *(remembered or {}).values()) for field in one} - set(FIELDS)
    if unknown:
        raise ValueError(f"no such fields: {sorted(unknown)}")
    path = Path(path)
    refuse_unless_zip(path)
    with tempfile.TemporaryFile() as output:
        said = {"columns": None if columns is None else dict(columns), "remembered": dict(remembered or {})}
        _run_child(path, json.dumps(said), output)
        output.seek(0)
        head = _decode(output.readline())
        _refuse_broken_end(output)
        yield Table(output, head)


def _run_child(path: Path, said: str, output: IO[bytes]) -> None:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "webapp.dapodik.sheet", str(path.resolve())],
            input=said.encode(),
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


def _refuse_broken_end(output: IO[bytes]) -> None:
    """Raise the refusal that the child met in the middle of the rows, and stand at the first row again."""
    start = output.tell()
    end = output.seek(0, 2)
    output.seek(max(start, end - _LONGEST_LINE))
    last = output.read().rstrip(b"\n").rpartition(b"\n")[2]
    if last.startswith(b"{"):
        _decode(last)
    output.seek(start)


def _decode(line: bytes) -> Any:
    """A line of the child; its refusal becomes our Invalid."""
    decoded = _DECODER.decode(line.decode())
    if isinstance(decoded, dict) and "error" in decoded:
        message_id, params = decoded["error"]
        if "labels" in decoded:
            raise MissingColumns(message_id, decoded["labels"], **params)
        raise Invalid(message_id, **params)
    return decoded


def _date(decoded: dict[str, Any]) -> Any:
    return date.fromisoformat(decoded["date"]) if decoded.keys() == {"date"} else decoded


_DECODER = json.JSONDecoder(object_hook=_date)
