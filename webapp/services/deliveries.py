"""Copies of reports, given to people of the school by name and taken back with a reason; by a case's team."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.domain.procedure import Procedure
from webapp.domain.procedures import PROCEDURES
from webapp.domain.vocabulary import Term
from webapp.domain.words import SCHOOL_ROLES
from webapp.mail.clean import many_lines
from webapp.mail.messages import ReportDeliveredFacts
from webapp.models.activities import Activity
from webapp.models.background import Report, ReportDelivery
from webapp.models.cases import Case, CaseExclusion
from webapp.reports.data import DOCUMENTS
from webapp.services import (
    access,
    activity_entries,
    audit,
    delivery_mails,
    letterheads,
    links,
    outbox,
    people,
)
from webapp.services.people import StaffMember
from webapp.tenancy import Actor

LONGEST_REASON = 2000
_TOLD = frozenset({"to_whom", "position", "on", "channel"})
"""What an entry says of a delivery; a step with these fields takes one for each."""
_IN_PAMONG = "pamong"
_READERS = tuple(role for role in SCHOOL_ROLES.keys if role != "school_admin")
"""Roles in which a person may be given a copy: who runs the school's accounts reads no case."""


@dataclass(frozen=True)
class DeliveryLine:
    """One copy given to one person: opened or not, withdrawn or not."""

    id: int
    name: str
    delivered_by: str
    delivered_at: datetime
    opened_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_because: str


@dataclass(frozen=True)
class DeliveryPage:
    """A document that can be given on, who has it, and who may get it."""

    report_id: int
    title: Term
    is_ready: bool
    with_impressions: bool
    case_id: int
    case_number: str
    activity_id: int | None
    noun: str
    lines: tuple[DeliveryLine, ...]
    may_receive: tuple[StaffMember, ...]


def page(actor: Actor, report_id: int) -> DeliveryPage:
    """Who has a copy and who may get it; asked of its case's team. NotFound for what stays in the team."""
    report, case = _deliverable(actor, report_id)
    rows = tenancy.session.scalars(
        select(ReportDelivery)
        .where(
            ReportDelivery.school_id == actor.school_id,
            ReportDelivery.report_id == report.id,
            ReportDelivery.user_id.is_not(None),
        )
        .order_by(ReportDelivery.id)
    ).all()
    names = people.display_names(actor, {one for row in rows for one in (row.user_id or 0, row.delivered_by)})
    standing = {row.user_id for row in rows if row.withdrawn_at is None}
    activity = None if report.activity_id is None else access.get(actor, Activity, report.activity_id)
    return DeliveryPage(
        report_id=report.id,
        title=DOCUMENTS[report.kind].title,
        is_ready=report.state == "ready",
        with_impressions=report.with_impressions,
        case_id=case.id,
        case_number=case.number,
        activity_id=report.activity_id,
        noun="" if activity is None else PROCEDURES[activity.procedure].noun,
        lines=tuple(
            DeliveryLine(
                row.id,
                names.get(row.user_id or 0, ""),
                names.get(row.delivered_by, ""),
                row.delivered_at,
                row.first_opened_at,
                row.withdrawn_at,
                row.withdrawn_because or "",
            )
            for row in rows
        ),
        may_receive=tuple(m for m in _receivers(actor, case) if m.user_id not in standing),
    )


def deliver(actor: Actor, report_id: int, user_ids: Collection[int]) -> int:
    """Give a finished copy to these people of the school and tell them by a mail that says nothing of it.

    Asked of the case's team; to how many it was new. Each delivery is an entry in the step that records them,
    save once the run has ended or the case is closed: the copy is given all the same, and the run stays as it
    was completed. Invalid for a person who does not work here, reads no case, or is shut out of this one;
    Conflict while it is not ready.
    """
    report, case = _deliverable(actor, report_id)
    tenancy.session.refresh(report, with_for_update=True)
    if report.state != "ready":
        raise Conflict(N_("This document is not ready yet."))
    receivers = {member.user_id: member for member in _receivers(actor, case)}
    if not user_ids:
        raise Invalid(N_("Tick at least one person."), field="person")
    if not receivers.keys() >= set(user_ids):
        raise Invalid(
            N_("This person does not work at the school, reads no case, or is shut out of this one."),
            field="person",
        )
    having = set(
        tenancy.session.scalars(
            select(ReportDelivery.user_id).where(
                ReportDelivery.school_id == actor.school_id,
                ReportDelivery.report_id == report.id,
                ReportDelivery.withdrawn_at.is_(None),
            )
        )
    )
    fresh = [receivers[user_id] for user_id in dict.fromkeys(user_ids) if user_id not in having]
    for member in fresh:
        row = tenancy.add(
            ReportDelivery(
                report_id=report.id,
                user_id=member.user_id,
                entry_id=_entry(actor, report, case, member),
                delivered_by=actor.person_id,
                delivered_at=actor.at,
            )
        )
        audit.record(actor, "report.delivered", row, report_id=report.id, user_id=member.user_id)
        _tell(actor, row, member)
    return len(fresh)


def find(actor: Actor, delivery_id: int) -> ReportDelivery:
    """A delivery to a person of the school; asked of the case's team."""
    row = access.get(actor, ReportDelivery, delivery_id)
    if row.user_id is None:
        raise NotFound()
    _deliverable(actor, row.report_id)
    return row


def withdraw(actor: Actor, delivery_id: int, *, reason: str) -> ReportDelivery:
    """Take a copy back: it opens to that person no more. Asked of the case's team, with a reason.

    A mail that tells of it and has not left yet does not leave. Where it was never opened, the entry that
    says it was delivered is taken out too; what was read, was delivered.
    """
    row = find(actor, delivery_id)
    report, _ = _deliverable(actor, row.report_id)
    tenancy.session.refresh(row, with_for_update=True)
    reason = many_lines(reason).strip()
    if not reason:
        raise Invalid(N_("Please give a reason."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(
            N_("The text is too long: at most %(most)s characters."), field="reason", most=LONGEST_REASON
        )
    if row.withdrawn_at is not None:
        raise Conflict(N_("This was taken back already."))
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_because = actor.at, actor.person_id, reason
    audit.record(actor, "report.delivery_withdrawn", row, report_id=report.id, user_id=row.user_id)
    tenancy.session.flush()
    outbox.take_back(report.school_id, delivery_mails.stream(row.id), delivery_mails.KIND)
    if row.first_opened_at is None and row.entry_id is not None and not _is_told_of_another(actor, row):
        # The copy is taken back in any case, also where the run has ended or the entry was corrected since.
        with suppress(Conflict), tenancy.session.begin_nested():
            activity_entries.remove(actor, report.activity_id or 0, row.entry_id, reason=reason)
    return row


# --- inside ---------------------------------------------------------------------------------------


def _deliverable(actor: Actor, report_id: int) -> tuple[Report, Case]:
    report = access.get(actor, Report, report_id)
    case = access.get_case(actor, report.case_id or 0, need=Permission.REPORT_DELIVER)
    if report.kind not in DOCUMENTS or not DOCUMENTS[report.kind].for_outsiders:
        raise NotFound()
    return report, case


def _receivers(actor: Actor, case: Case) -> list[StaffMember]:
    out = set(
        tenancy.session.scalars(
            select(CaseExclusion.user_id).where(
                CaseExclusion.school_id == actor.school_id,
                CaseExclusion.case_id == case.id,
                CaseExclusion.lifted_at.is_(None),
            )
        )
    )
    readers = people.staff(actor, *_READERS)
    return [member for member in readers if member.user_id not in out | {actor.person_id}]


def _entry(actor: Actor, report: Report, case: Case, member: StaffMember) -> int | None:
    if report.activity_id is None:
        return None
    activity = access.get(actor, Activity, report.activity_id)
    if activity.state != "active" or case.status == "closed":
        return None
    path = _step_of(PROCEDURES[activity.procedure], report.kind)
    if path is None:
        return None
    told = {
        "to_whom": member.name,
        "position": member.title,
        "on": actor.today.isoformat(),
        "channel": _IN_PAMONG,
    }
    return activity_entries.add(actor, activity.id, path, told).id


def _step_of(procedure: Procedure, kind: str) -> str | None:
    for stage in procedure.stages:
        for step, path in zip(stage.steps, stage.paths(), strict=True):
            if kind in step.documents and {field.key for field in step.entry_fields} == _TOLD:
                return path
    return None


def _is_told_of_another(actor: Actor, row: ReportDelivery) -> bool:
    another = select(ReportDelivery.id).where(
        ReportDelivery.school_id == actor.school_id,
        ReportDelivery.entry_id == row.entry_id,
        ReportDelivery.withdrawn_at.is_(None),
    )
    return tenancy.session.scalar(another.limit(1)) is not None


def _tell(actor: Actor, row: ReportDelivery, member: StaffMember) -> None:
    assert actor.person_id is not None
    outbox.queue_to_staff(
        actor,
        delivery_mails.KIND,
        ReportDeliveredFacts(
            letterhead=letterheads.mail_letterhead(actor),
            to_name=member.name,
            delivered_by=people.display_names(actor, [actor.person_id]).get(actor.person_id, ""),
            link=links.school_url(actor, "documents/"),
        ),
        member,
        dedupe_key=f"report_delivered:{row.id}",
        stream=delivery_mails.stream(row.id),
    )
