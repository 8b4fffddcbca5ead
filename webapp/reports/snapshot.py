"""Document data to JSON and back, so that an issued document can be made again as it was."""

from __future__ import annotations

import base64
import dataclasses
import json
import types
from datetime import date, datetime, time
from typing import Any, Union, get_args, get_origin, get_type_hints

from webapp.reports.data import DOCUMENTS
from webapp.reports.kinds import ReportData


def freeze(kind: str, data: ReportData) -> bytes:
    """UTF-8 JSON of `data` with its kind; equal data give equal bytes."""
    snapshot = {"kind": kind, "data": _plain(data)}
    return json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def thaw(snapshot: bytes) -> tuple[str, ReportData]:
    """The kind and data that `freeze` stored.

    Fields younger than the snapshot take their defaults; a field that the class no longer has raises
    ValueError, because dropping it would silently change an issued document.
    """
    stored = json.loads(snapshot)
    kind = stored["kind"]
    return kind, _typed(DOCUMENTS[kind].data_class, stored["data"])


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return value


def _typed(wanted: Any, value: Any) -> Any:
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        (wanted,) = (option for option in get_args(wanted) if option is not type(None))
        return _typed(wanted, value)
    if origin is tuple:
        return tuple(_typed(get_args(wanted)[0], item) for item in value)
    if isinstance(wanted, type) and dataclasses.is_dataclass(wanted):
        hints = get_type_hints(wanted)
        unknown = value.keys() - hints.keys()
        if unknown:
            raise ValueError(f"{wanted.__name__} no longer knows: {', '.join(sorted(unknown))}")
        return wanted(**{name: _typed(hints[name], stored) for name, stored in value.items()})
    if wanted is bytes:
        return base64.b64decode(value)
    if wanted in (date, time, datetime):
        return wanted.fromisoformat(value)
    return value
