"""Whole registers, for a file that is taken away: what its page shows, asked for by a permission of its own.

Each function hands out the lines one by one and, after the last, records who took which register, how it was
filtered and how many lines; a file that was not finished leaves no line in the trail, and was not handed out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TypeVar

from webapp.domain.permissions import Permission
from webapp.services import access, audit, case_register, monitoring, students
from webapp.services.case_register import ALL, CaseFilters, RegisterRow
from webapp.services.monitoring import GoalItem, PromiseItem
from webapp.services.students import StudentLine
from webapp.tenancy import Actor

Line = TypeVar("Line")


def cases(actor: Actor, filters: CaseFilters) -> Iterator[RegisterRow]:
    """The cases that the register shows to the actor with these filters, newest first."""
    access.require(actor, Permission.REGISTER_EXPORT)
    used = [name for name, value in asdict(filters).items() if value and value != ALL]
    return _counted(actor, "cases", used, case_register.all_cases(actor, filters))


def roster(
    actor: Actor, *, text: str = "", class_name: str = "", left: bool = False
) -> Iterator[StudentLine]:
    """The students at the school, or those who left, that the register shows with these filters, by name."""
    access.require(actor, Permission.REGISTER_EXPORT)
    asked = {"text": text.strip(), "class_name": class_name, "left": left}
    lines = students.every_line(actor, text=text, class_name=class_name, left=left)
    return _counted(actor, "students", [name for name, value in asked.items() if value], lines)


def due(
    actor: Actor, *, show: str = "open", case_id: int | None = None, kind: str = ""
) -> Iterator[tuple[str, PromiseItem | GoalItem]]:
    """The monitoring board with these filters: (section, promise or behaviour), in the order of the page."""
    access.require(actor, Permission.REGISTER_EXPORT)
    board = monitoring.board(actor, show=show, case_id=case_id, kind=kind, most=None)
    asked = {"show": show != "open", "case": case_id, "kind": kind}
    lines = ((section, item) for section, items in board.sections for item in items)
    return _counted(actor, "monitoring", [name for name, value in asked.items() if value], lines)


def _counted(actor: Actor, register: str, filters: list[str], lines: Iterator[Line]) -> Iterator[Line]:
    count = 0
    for line in lines:
        count += 1
        yield line
    # Which filters, never what they looked for: a filter's text is often a student's name.
    audit.record(actor, "register.exported", register=register, filters=" ".join(filters), count=count)
