"""Whole registers, as files that are taken away: what the page shows, asked for by a permission of its own.

A short list is written at once. A long one becomes a document that a worker makes, as the person who asked.
After the last line the trail notes who took which register, by which filters, and how many lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.permissions import Permission
from webapp.models.background import Report
from webapp.models.base import new_id
from webapp.services import access, audit, case_register, monitoring, register_files, reports, students
from webapp.services.case_register import ALL, CaseFilters
from webapp.tenancy import Actor

AT_ONCE = 5_000
"""Longer lists are not written while a person waits for the page."""
_KIND = "register_"


@dataclass(frozen=True)
class Taken:
    """A register on its way: as an open file, or as a document that is being made."""

    name: str
    file: IO[bytes] | None = None
    document_id: int | None = None


@dataclass(frozen=True)
class _Source:
    """How a register is read with its filters; `count` counts up to a number, and is None for short ones."""

    count: Callable[[Actor, Mapping[str, Any], int], int] | None
    lines: Callable[[Actor, Mapping[str, Any]], Iterator[Any]]
    unfiltered: Mapping[str, Any]


def take(actor: Actor, register: str, asked: Mapping[str, Any], *, locale: str) -> Taken:
    """A register (cases, students or monitoring) as its page shows it to the actor with these filters."""
    access.require(actor, Permission.REGISTER_EXPORT)
    count = _SOURCES[register].count
    if count is not None and count(actor, asked, AT_ONCE + 1) > AT_ONCE:
        return Taken(file_name(register), document_id=_later(actor, register, asked, locale).id)
    return Taken(file_name(register), file=_written(actor, register, asked, locale))


def file_name(kind: str) -> str:
    """The name of the file of a register, or of a kind of document that is one."""
    return f"pamong-{kind.removeprefix(_KIND)}.xlsx"


def _written(actor: Actor, register: str, asked: Mapping[str, Any], locale: str) -> IO[bytes]:
    lines = _counted(actor, register, asked, _SOURCES[register].lines(actor, asked))
    return register_files.written(register, asked, lines, locale)


def _later(actor: Actor, register: str, asked: Mapping[str, Any], locale: str) -> Report:
    """The document under way for this very list, or a new one."""
    kind = _KIND + register
    under_way = tenancy.session.scalars(
        select(Report).where(
            Report.school_id == actor.school_id,
            Report.kind == kind,
            Report.requested_by == actor.person_id,
            Report.state.in_(("queued", "running")),
        )
    )
    for report in under_way:
        if report.snapshot == dict(asked):
            return report
    report = reports.request(actor, kind, dedupe_key=f"{kind}:{new_id()}", locale=locale)
    report.snapshot = dict(asked)
    return report


def _make(actor: Actor, report: Report) -> bytes:
    access.require(actor, Permission.REGISTER_EXPORT)
    with _written(actor, report.kind.removeprefix(_KIND), report.snapshot, report.locale) as file:
        return file.read()


def _counted(actor: Actor, register: str, asked: Mapping[str, Any], lines: Iterator[Any]) -> Iterator[Any]:
    count = 0
    for count, line in enumerate(lines, 1):  # noqa: B007 - the last number is the count
        yield line
    # Which filters, never what they looked for: a filter's text is often a student's name.
    plain = _SOURCES[register].unfiltered
    used = [name for name, value in asked.items() if value != plain[name]]
    audit.record(actor, "register.exported", register=register, filters=" ".join(used), count=count)


def _due(actor: Actor, asked: Mapping[str, Any]) -> Iterator[Any]:
    board = monitoring.board(actor, **asked, most=None)
    return ((section, item) for section, items in board.sections for item in items)


_SOURCES = {
    "cases": _Source(
        count=lambda actor, asked, most: case_register.count_cases(actor, CaseFilters(**asked), most=most),
        lines=lambda actor, asked: case_register.all_cases(actor, CaseFilters(**asked)),
        unfiltered=vars(CaseFilters(status=ALL)),
    ),
    "students": _Source(
        count=lambda actor, asked, most: students.count_lines(actor, **asked, most=most),
        lines=lambda actor, asked: students.every_line(actor, **asked),
        unfiltered={"text": "", "class_name": "", "left": False},
    ),
    "monitoring": _Source(
        count=None,  # what one person follows is never long
        lines=_due,
        unfiltered={"show": "open", "case_id": None, "kind": ""},
    ),
}

reports.FILE_MAKERS.update({_KIND + register: _make for register in _SOURCES})
