"""What the minutes and the attendance list say: read once, as the person who asked, and frozen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from flask_babel import force_locale
from flask_babel import gettext as _

from webapp.domain import dates
from webapp.domain.commitments import BINDING_STATES
from webapp.domain.errors import N_, Conflict, NotFound
from webapp.domain.minutes import SIGNED_OFF_STATES
from webapp.domain.permissions import Permission, allows
from webapp.domain.words import PARTICIPANT_KINDS
from webapp.models.background import Report
from webapp.models.conferences import Conference, ConferenceRequest, Participant
from webapp.reports.data import (
    AcceptedTask,
    Addendum,
    Agreement,
    AttendanceData,
    Attendee,
    ConflictingInformation,
    MinutesData,
    Statement,
    WatchedBehaviour,
)
from webapp.reports.letterhead import Signatory
from webapp.services import (
    access,
    addenda,
    audit,
    conclusions,
    conference_facts,
    content,
    information_conflicts,
    letterheads,
    participants,
    people,
    promises,
    reports,
)
from webapp.tenancy import Actor

ELECTRONIC = ("app", "link")
NOT_SIGNED_OFF = N_("Minutes are made once counsellor and principal have signed them off.")


def collect_minutes(actor: Actor, report: Report) -> MinutesData:
    """Everything the minutes say, read as the person who asked; Conflict before the sign-off."""
    conference = _signed_off(actor, report)
    people_there = participants.of(actor, conference.id)
    texts = content.sections(actor, conference.id)
    tasks, goals = promises.of_conference(actor, conference.id)
    name, _sep, class_name = texts[content.STUDENT_SECTION].text.partition("\n")
    reserved = conclusions.reservations(actor, conference.id)
    frame = _frame(actor, conference)
    audit.record(actor, "content.read", conference, purpose="minutes")
    return MinutesData(
        letterhead=letterheads.report_letterhead(actor),
        number="",
        case_number=access.get(actor, ConferenceRequest, conference.id).case_number,
        student_name=name,
        student_class=class_name,
        held_on=frame.held_on,
        started_at=frame.started_at,
        ended_at=frame.ended_at,
        timezone=actor.time_zone,
        place=conference.place or "",
        leader=frame.leader,
        present_count=sum(row.attendance == "present" for row in people_there),
        invited_count=sum(not row.walk_in for row in people_there),
        purpose=texts["purpose"].text,
        strengths=_paragraphs(texts["strengths"].text),
        symptoms=_paragraphs(texts["symptoms"].text),
        background=_paragraphs(texts["data"].text),
        efforts=_paragraphs(texts["efforts"].text),
        discussion=_paragraphs(texts["discussion"].text),
        conflicts=tuple(
            ConflictingInformation(
                conflict.topic,
                tuple(Statement(said.source, said.text) for said in conflict.statements),
                conflict.clarification,
            )
            for conflict in information_conflicts.of_conference(actor, conference.id)
        ),
        recommendations=_paragraphs(texts["recommendations"].text),
        decisions=_paragraphs(texts["decisions"].text),
        alternatives=_paragraphs(texts["alternatives"].text),
        tasks=tuple(
            AcceptedTask(task.who, task.relation, task.what, task.due_on)
            for task in tasks
            if task.state in BINDING_STATES or task.state == "done"
        ),
        behaviours=tuple(
            WatchedBehaviour(goal.behaviour, tuple(day.due_on for day in goal.check_ins)) for goal in goals
        ),
        agreements=tuple(
            Agreement(row.name or "", _relation(row), reserved.get(row.id, ""))
            for row in people_there
            if row.attendance == "present"
        ),
        monitoring_plan=_monitoring_plan(tasks, report.locale),
        principal=frame.principal,
        counsellor=frame.counsellor,
        town=frame.town,
        signed_on=frame.signed_on,
        frozen_at=actor.at,
        addenda=tuple(
            Addendum(added.author, dates.local_date(added.written_at, actor.time_zone), added.text or "")
            for added in addenda.of_conference(actor, conference)
            if added.countersigned_at is not None
        ),
    )


def collect_attendance(actor: Actor, report: Report) -> AttendanceData:
    """Who was there, read as the person who asked; nothing in it names the student."""
    conference = _signed_off(actor, report)
    frame = _frame(actor, conference)
    return AttendanceData(
        letterhead=letterheads.report_letterhead(actor),
        number="",
        case_number=access.get(actor, ConferenceRequest, conference.id).case_number,
        held_on=frame.held_on,
        started_at=frame.started_at,
        ended_at=frame.ended_at,
        timezone=actor.time_zone,
        place=conference.place or "",
        leader=frame.leader,
        attendees=tuple(_attendee(row) for row in participants.of(actor, conference.id)),
        principal=frame.principal,
        counsellor=frame.counsellor,
        town=frame.town,
        signed_on=frame.signed_on,
        frozen_at=actor.at,
    )


reports.COLLECTORS["minutes"] = collect_minutes
reports.COLLECTORS["attendance"] = collect_attendance


# --- inside ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Frame:
    held_on: date
    started_at: time
    ended_at: time | None
    leader: str
    principal: Signatory
    counsellor: Signatory
    town: str
    signed_on: date


def _signed_off(actor: Actor, report: Report) -> Conference:
    conference = access.get_conference(actor, report.conference_id or 0, need=Permission.REPORT_MAKE)
    if not allows(Permission.CONTENT_READ, parts=access.conference_parts(actor, conference)):
        raise NotFound()
    if conference.state not in SIGNED_OFF_STATES:
        raise Conflict(NOT_SIGNED_OFF)
    return conference


def _frame(actor: Actor, conference: Conference) -> _Frame:
    signed = conference_facts.sign_offs(actor, conference)
    started_at, ended_at = _times(conference, actor.time_zone)
    leader = people.display_names(actor, [conference.requester_id]).get(conference.requester_id, "")
    return _Frame(
        held_on=started_at.date(),
        started_at=started_at.time(),
        ended_at=None if ended_at is None else ended_at.time(),
        leader=leader,
        principal=_signatory(actor, signed, "principal"),
        counsellor=_signatory(actor, signed, "counsellor"),
        town=letterheads.school(actor).city or "",
        signed_on=dates.local_date(conference.signed_off_at or actor.at, actor.time_zone),
    )


def _times(conference: Conference, zone: str) -> tuple[datetime, datetime | None]:
    # The page may be filled in on a day after the meeting: the planned times then say when it was.
    assert conference.opened_at is not None
    opened = dates.local_time(conference.opened_at, zone).replace(second=0, microsecond=0)
    if conference.starts_at is not None:
        planned = dates.local_time(conference.starts_at, zone)
        if planned.date() < opened.date():
            ends = conference.ends_at and dates.local_time(conference.ends_at, zone)
            return planned, ends or None
    if conference.concluded_at is None:
        return opened, None
    ended = dates.local_time(conference.concluded_at, zone).replace(second=0, microsecond=0)
    return opened, ended if ended.date() == opened.date() else None


def _signatory(actor: Actor, signed, part: str) -> Signatory:
    row = signed[part]
    return replace(people.signatory(actor, row.user_id), signed_at=row.signed_at)


def _paragraphs(text: str) -> tuple[str, ...]:
    lines = (line.strip().removeprefix("-").removeprefix("•").strip() for line in text.split("\n"))
    return tuple(line for line in lines if line)


def _relation(row: Participant) -> str:
    return row.position or PARTICIPANT_KINDS[row.kind].id


def _attendee(row: Participant) -> Attendee:
    attended = {"present": True, "absent": False}.get(row.attendance)
    electronic = row.signed_channel in ELECTRONIC and attended is True
    return Attendee(row.name or "", _relation(row), attended, row.signed_at if electronic else None)


def _monitoring_plan(tasks: Collection[promises.TaskView], locale: str) -> str:
    days = sorted({check.due_on for task in tasks for check in task.check_ins})
    if not days:
        return ""
    listed = "; ".join(dates.format_date(day, locale) for day in days)
    with force_locale(locale):
        return _("The tasks are looked at on: %(days)s.", days=listed)
