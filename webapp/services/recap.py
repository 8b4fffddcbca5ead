"""The monthly recap of activities: one's own as counsellor or class teacher, everybody's as principal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from babel.numbers import format_decimal
from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain.errors import NotFound
from webapp.domain.months import Month
from webapp.domain.permissions import Permission
from webapp.domain.recap import Cell, Counted, Recap, recap
from webapp.domain.words import COUNTED_ACTIVITIES
from webapp.models.activities import Execution
from webapp.models.background import Report
from webapp.reports import recap_sheet
from webapp.reports.paper import Fact, Grid, Paper, Section, Signer
from webapp.reports.wording import wording
from webapp.services import access, audit, letterheads, paper_parts, people, reports
from webapp.tenancy import Actor

KIND = "recap"
SERVING = ("counsellor", "class_teacher")
"""Who carries out the services: in primary schools the class teachers."""
_NOTHING = "–"


@dataclass(frozen=True)
class CounsellorRecap:
    """The month of one counsellor or class teacher. may_be_short: it counts only those cases that are shown
    to whoever looks at it. Whether there are others is not told: that alone would tell of them."""

    user_id: int
    name: str
    recap: Recap
    may_be_short: bool = False


def of_month(actor: Actor, month: Month) -> list[CounsellorRecap]:
    """The recaps that the actor may see: one's own, or as principal those of every counsellor and class
    teacher, by name; of one who has left since as well, for the months with activities."""
    access.require(actor, Permission.RECAP)
    counted = _counted(actor, month)
    names = {member.user_id: member.name for member in people.staff(actor, *SERVING)}
    if not actor.has_role("principal"):
        names = {user_id: name for user_id, name in names.items() if user_id == actor.person_id}
    names |= people.display_names(actor, set(counted) - set(names))
    return [
        CounsellorRecap(user_id, name, recap(month, counted.get(user_id, ())), user_id != actor.person_id)
        for user_id, name in sorted(names.items(), key=lambda one: one[1].casefold())
    ]


def of_counsellor(actor: Actor, user_id: int, month: Month) -> CounsellorRecap:
    """One of them; NotFound for any that the actor may not see."""
    for found in of_month(actor, month):
        if found.user_id == user_id:
            return found
    raise NotFound()


def request(actor: Actor, user_id: int, month: Month, *, locale: str) -> Report:
    """Ask for a counsellor's recap as a paper, as things stand now. A second click within the same minute
    gives the same document."""
    of_counsellor(actor, user_id, month)
    moment = f"{actor.at:%Y-%m-%dT%H:%M}"
    return reports.request(
        actor,
        KIND,
        dedupe_key=f"{KIND}:{user_id}:{month}:{actor.person_id}:{moment}:{locale}",
        asked={"user_id": user_id, "month": str(month)},
        locale=locale,
    )


def workbook(actor: Actor, user_id: int, month: Month, *, locale: str) -> bytes:
    """A counsellor's recap as an XLSX file; that it was taken is recorded."""
    found, t = of_counsellor(actor, user_id, month), wording(KIND, locale)
    audit.record(actor, "recap.exported", user_id=user_id, month=str(month))
    return recap_sheet.recap_bytes(
        found.recap,
        school=letterheads.school(actor).name,
        title=_label(actor, found, t),
        counsellor=found.name,
        month=month.label(locale),
        notes=(*_notes(found, t), t["no_proof"]),
        locale=locale,
    )


def collect(actor: Actor, report: Report) -> Paper:
    """What the paper says, read as the person who asked; it names no student."""
    asked = report.asked or {}
    month = Month.parse(asked.get("month", ""))
    if month is None:
        raise NotFound()
    found, t = of_counsellor(actor, asked["user_id"], month), wording(KIND, report.locale)
    counsellor = people.signatory(actor, found.user_id)
    facts = (Fact(_label(actor, found, t), counsellor.name), Fact(t["month"], month.label(report.locale)))
    return paper_parts.paper(
        actor,
        sections=(
            Section(facts=facts),
            Section(grid=_grid(found.recap, t, report.locale), texts=_notes(found, t)),
        ),
        held_on=month.first,
        number=None,
        signers=(
            Signer(t["acknowledged"], paper_parts.school_principal(actor, t)),
            Signer(paper_parts.place_and_day(actor, report.locale), counsellor),
        ),
        closing=t["no_proof"],
    )


reports.COLLECTORS[KIND] = collect


# --- inside ---------------------------------------------------------------------------------------


def _counted(actor: Actor, month: Month) -> dict[int, list[Counted]]:
    statement = (
        select(
            Execution.by_user_id,
            Execution.procedure,
            Execution.held_on,
            func.count(),
            func.sum(Execution.quarter_hours),
        )
        .where(
            Execution.school_id == actor.school_id,
            Execution.held_on >= month.first,
            Execution.held_on < month.following.first,
            Execution.taken_back_at.is_(None),
        )
        .group_by(Execution.by_user_id, Execution.procedure, Execution.held_on)
    )
    if not actor.has_role("principal"):
        statement = statement.where(Execution.by_user_id == actor.person_id)
    counted: dict[int, list[Counted]] = defaultdict(list)
    for user_id, service, on, times, quarters in tenancy.session.execute(statement):
        counted[user_id].append(Counted(service, on, times, quarters))
    return counted


def _notes(found: CounsellorRecap, t: dict[str, str]) -> tuple[str, ...]:
    return (t["explained"], *((t["shown_cases"],) if found.may_be_short else ()))


def _label(actor: Actor, found: CounsellorRecap, t: dict[str, str]) -> str:
    roles = {member.user_id: member.role for member in people.staff(actor, *SERVING)}
    return t["class_teacher" if roles.get(found.user_id) == "class_teacher" else "counsellor"]


def _grid(found: Recap, t: dict[str, str], locale: str) -> Grid:
    services = dict(COUNTED_ACTIVITIES.choices(locale))

    def text(cell: Cell) -> str:
        if not cell.times:
            return _NOTHING
        hours = t["of_hours"].format(hours=format_decimal(cell.hours, "#,##0.##", locale=locale))
        return f"{t['times'].format(count=cell.times)}\n{hours}"

    weeks = (f"{t['week']}\N{NO-BREAK SPACE}{week.name} ({week.days})" for week in found.weeks)
    return Grid(
        heads=(t["activity"], *weeks, t["total"]),
        rows=tuple(
            (services[row.service], *(text(cell) for cell in (*row.cells, row.total))) for row in found.rows
        ),
        widths=(6, *[4] * len(found.weeks), 4),
        sums=(t["total"], *(text(cell) for cell in (*found.sums, found.total))),
    )
