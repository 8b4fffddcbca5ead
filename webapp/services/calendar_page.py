"""The calendar of a school: meetings and visits that lie ahead or have been, as far as the reader may know.

Each kind of thing that has a time is one source. A source gives the reader's own and, on demand, what else
the reader may know of in the school; a student's name stands where the reader knows of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import attrgetter

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select

from webapp import tenancy
from webapp.domain import calendar, words
from webapp.domain.commitments import end_of_week
from webapp.domain.dates import zone
from webapp.domain.months import Month
from webapp.domain.permissions import Permission, allows
from webapp.domain.procedures import HOME_VISIT
from webapp.domain.vocabulary import Term
from webapp.models.activities import Activity, Appointment
from webapp.models.cases import Case, CaseMember
from webapp.models.conferences import Conference, Participant
from webapp.models.schools import SchoolHoliday
from webapp.models.students import Student
from webapp.models.visits import VisitInvitee
from webapp.services import access, conference_list, people
from webapp.tenancy import Actor

MOST_ENTRIES = 400
"""Of one source in one look: a page with more would say nothing to anybody."""
PREPARED = ("draft", "requested", "returned")


@dataclass(frozen=True)
class CalendarEntry:
    """One meeting or visit. `key` names it for good; `id` is the activity's. `number` and `student` for those
    who may know of the case; `is_mine`: the reader is on the case's team or takes part; `opens`: its page
    opens to the reader. `is_agreed`: no longer being prepared. `place` is None where it is for the team
    alone. `led_by`: whom a companion from beyond the team comes along with."""

    key: str
    procedure: str
    id: int
    starts_at: datetime
    ends_at: datetime | None
    number: str | None
    student: str | None
    place: str | None
    state: Term
    sequence: int
    is_agreed: bool
    is_mine: bool
    opens: bool
    led_by: str | None = None


@dataclass(frozen=True)
class CalendarMonth:
    """The entries of a month in order of time, its free days with their names, and whether some are left
    out."""

    entries: tuple[CalendarEntry, ...]
    free_days: dict[date, str]
    is_cut: bool


def month(actor: Actor, wanted: Month, *, mine: bool, locale: str) -> CalendarMonth:
    """A month on the school's own clock; mine: only what the reader has a part in."""
    entries = between(actor, *wanted.span(actor.time_zone), mine=mine)
    return CalendarMonth(entries, _free_days(actor, wanted, locale), is_cut=len(entries) >= MOST_ENTRIES)


def between(actor: Actor, since: datetime, until: datetime, *, mine: bool) -> tuple[CalendarEntry, ...]:
    """What begins from one moment until before another, in order of time; nothing that was called off."""
    access.require(actor, Permission.SCHOOL_HOME)
    entries = [entry for source in SOURCES for entry in source(actor, since, until, mine)]
    return tuple(sorted(entries, key=attrgetter("starts_at", "id")))


def visits_of_week(actor: Actor) -> tuple[CalendarEntry, ...]:
    """Visits in the cases on whose teams the actor is, from today to Sunday, in order."""
    access.require(actor, Permission.SCHOOL_HOME)
    since, until = (
        datetime.combine(day, time(), tzinfo=zone(actor.time_zone))
        for day in (actor.today, end_of_week(actor.today) + timedelta(days=1))
    )
    return tuple(_appointments(actor, since, until, mine=True))


def _conferences(actor: Actor, since: datetime, until: datetime, mine: bool) -> list[CalendarEntry]:
    takes_part = (
        select(Participant.id)
        .where(
            Participant.school_id == actor.school_id,
            Participant.conference_id == Conference.id,
            Participant.user_id == actor.person_id,
            Participant.removed_at.is_(None),
        )
        .correlate(Conference)
        .exists()
    )
    statement = _with_case(
        actor,
        select(Conference, Case.number, Student.name, _on_team(actor, Conference), takes_part),
        Conference,
    ).where(
        Conference.starts_at >= since,
        Conference.starts_at < until,
        Conference.state != "cancelled",
        conference_list.open_to(actor),
    )
    if mine:
        statement = statement.where(or_(_on_team(actor, Conference), takes_part))
    knows = allows(Permission.CASE_REGISTER, roles=actor.roles)
    return [
        CalendarEntry(
            key=f"conference-{row.id}",
            procedure="conference",
            id=row.id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            number=number if knows else None,
            student=student if knows else None,
            place=row.place,
            state=words.CONFERENCE_STATES[row.state],
            sequence=row.sequence,
            is_agreed=row.state not in PREPARED,
            is_mine=on_team or is_in_it,
            opens=True,
        )
        for row, number, student, on_team, is_in_it in tenancy.session.execute(
            statement.order_by(Conference.starts_at).limit(MOST_ENTRIES)
        )
    ]


def _appointments(actor: Actor, since: datetime, until: datetime, mine: bool) -> list[CalendarEntry]:
    statement = (
        _with_case(
            actor,
            select(Appointment, Activity, Case.number, Student.name, _on_team(actor, Appointment)),
            Appointment,
        )
        .join(
            Activity,
            and_(Activity.school_id == Appointment.school_id, Activity.id == Appointment.activity_id),
        )
        .where(
            Appointment.starts_at >= since,
            Appointment.starts_at < until,
            Appointment.cancelled_at.is_(None),
            Activity.state != "cancelled",
        )
    )
    if mine:
        statement = statement.where(_on_team(actor, Appointment))
    knows = allows(Permission.CASE_REGISTER, roles=actor.roles)
    return [
        CalendarEntry(
            key=f"appointment-{row.id}",
            procedure=activity.procedure,
            id=activity.id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            number=number if knows else None,
            student=student if knows else None,
            place=None,
            state=words.ACTIVITY_STATES[activity.state],
            sequence=row.sequence,
            is_agreed=True,
            is_mine=on_team,
            opens=on_team,
        )
        for row, activity, number, student, on_team in tenancy.session.execute(
            statement.order_by(Appointment.starts_at).limit(MOST_ENTRIES)
        )
    ]


def _companions(actor: Actor, since: datetime, until: datetime, mine: bool) -> list[CalendarEntry]:
    """What one is asked to come along on: when, and with whom, as the mail says it; nothing of the case."""
    # Whom the policies show the appointment itself has it among those already, where all are asked for.
    seen = (
        select(Appointment.id)
        .where(
            Appointment.school_id == actor.school_id,
            Appointment.activity_id == VisitInvitee.activity_id,
            Appointment.cancelled_at.is_(None),
        )
        .correlate(VisitInvitee)
        .exists()
    )
    rows = tenancy.session.scalars(
        select(VisitInvitee)
        .where(
            VisitInvitee.school_id == actor.school_id,
            VisitInvitee.user_id == actor.person_id,
            VisitInvitee.removed_at.is_(None),
            VisitInvitee.sent_at.is_not(None),
            VisitInvitee.called_off_at.is_(None),
            VisitInvitee.sent_starts_at >= since,
            VisitInvitee.sent_starts_at < until,
            not_(_on_team(actor, VisitInvitee) if mine else seen),
        )
        .order_by(VisitInvitee.sent_starts_at)
        .limit(MOST_ENTRIES)
    ).all()
    names = people.display_names(actor, {row.added_by for row in rows}) if rows else {}
    return [
        CalendarEntry(
            key=f"companion-{row.id}",
            procedure=HOME_VISIT.key,
            id=row.activity_id,
            starts_at=row.sent_starts_at,
            ends_at=row.sent_ends_at,
            number=None,
            student=None,
            place=None,
            state=words.ACTIVITY_STATES["active"],
            sequence=row.sequence,
            is_agreed=True,
            is_mine=True,
            opens=False,
            led_by=names.get(row.added_by),
        )
        for row in rows
        if row.sent_starts_at is not None
    ]


SOURCES = (_conferences, _appointments, _companions)
"""What has a time: each gives the entries between two moments that the actor may know of."""


def _with_case(actor: Actor, rows: Select, table: type[Conference] | type[Appointment]) -> Select:
    """With the case and the student where the policies show the case to the reader."""
    return (
        rows.select_from(table)
        .outerjoin(Case, and_(Case.school_id == table.school_id, Case.id == table.case_id))
        .outerjoin(Student, and_(Student.school_id == Case.school_id, Student.id == Case.student_id))
        .where(table.school_id == actor.school_id)
    )


def _on_team(
    actor: Actor, table: type[Conference] | type[Appointment] | type[VisitInvitee]
) -> ColumnElement[bool]:
    return (
        select(CaseMember.id)
        .where(
            CaseMember.school_id == actor.school_id,
            CaseMember.case_id == table.case_id,
            CaseMember.user_id == actor.person_id,
            CaseMember.removed_at.is_(None),
        )
        .correlate(table)
        .exists()
    )


def _free_days(actor: Actor, wanted: Month, locale: str) -> dict[date, str]:
    """Public holidays and the school's own days off by day; the school's own name of a day goes first."""
    public = calendar.holiday_names(wanted.year, locale)
    names = {on: name for on, name in public.items() if Month.of(on) == wanted}
    own = tenancy.session.execute(
        select(SchoolHoliday.on, SchoolHoliday.name).where(
            SchoolHoliday.school_id == actor.school_id,
            SchoolHoliday.on >= wanted.first,
            SchoolHoliday.on < wanted.following.first,
        )
    )
    return names | {on: name for on, name in own}
