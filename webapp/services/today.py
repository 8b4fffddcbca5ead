"""What must I do today? Everything that waits for one person in one school, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Select, Text, and_, cast, func, literal, null, select, union_all

from webapp import tenancy
from webapp.domain import needs
from webapp.domain.calendar import school_year
from webapp.domain.permissions import Permission, allows
from webapp.models.background import Report, ReportDelivery
from webapp.models.cases import Case
from webapp.models.conferences import Participant
from webapp.models.identity import Membership
from webapp.models.incoming import IncomingMail
from webapp.models.schools import HomeroomAssignment, School
from webapp.models.students import Student, StudentImport, StudentReferral
from webapp.models.transfers import Transfer, TransferArrival
from webapp.services import (
    access,
    attention,
    calendar_page,
    incoming_review,
    people,
    staff_addresses,
    today_conferences,
    today_figures,
    visit_news,
)
from webapp.services.attention import Matter
from webapp.services.calendar_page import CalendarEntry
from webapp.services.today_conferences import Meeting, Need
from webapp.services.today_figures import CaseFigures
from webapp.tenancy import Actor

FAILURES_OF = timedelta(days=14)
"""How long a failed import or document stays on the page."""
NEWS = timedelta(days=3)
"""How long what somebody reports stays on the page."""


@dataclass(frozen=True)
class TeamCase:
    """A case on whose team one is."""

    id: int
    number: str
    student: str
    class_name: str


@dataclass(frozen=True)
class Today:
    """One person's day; `cases` is None for those who do not read the register, `team_cases` holds the open
    cases of those who work on some without opening any themselves."""

    needs: tuple[Need, ...]
    this_week: tuple[Meeting, ...]
    visits: tuple[CalendarEntry, ...]
    cases: CaseFigures | None
    team_cases: tuple[TeamCase, ...] = ()


def show(actor: Actor) -> Today:
    """Everything that waits for the actor, the most urgent first, and the meetings until Sunday."""
    access.require(actor, Permission.SCHOOL_HOME)
    meetings = today_conferences.load(actor)
    found = [
        *today_conferences.needs_of(actor, meetings),
        *today_conferences.addenda_waiting(actor),
        *_waiting(actor),
    ]
    if allows(Permission.MONITORING_READ, roles=actor.roles):
        found += _of_my_cases(actor)
    if actor.has_role("school_admin"):
        found += [*_missing(actor), *_unreachable_staff(actor)]
    found.sort(key=lambda need: (needs.rank(need.kind), need.on or date.max, need.case_number or ""))
    reads_register = allows(Permission.CASE_REGISTER, roles=actor.roles)
    return Today(
        tuple(found),
        today_conferences.this_week(actor, meetings),
        calendar_page.visits_of_week(actor),
        today_figures.of_cases(actor) if reads_register else None,
        () if allows(Permission.CASE_OPEN, roles=actor.roles) else _team_cases(actor),
    )


# --- what waits -------------------------------------------------------------------------------------


def _of_my_cases(actor: Actor) -> list[Need]:
    """Promises and behaviours that are due or late, what was just said of others, and people whom no mail
    reaches."""
    due = sorted([*attention.promises(actor), *attention.check_ins(actor)], key=lambda matter: matter.on)
    due = [matter for matter in due if matter.section in ("overdue", "today")]
    bounced = attention.bounced(actor)
    persons = _persons(actor, [*due, *bounced])
    found = []
    seen: set[tuple[str, int]] = set()
    for matter in due:
        # A promise and its check-in are one thing to look at.
        if (matter.what, matter.subject_id) in seen:
            continue
        seen.add((matter.what, matter.subject_id))
        word = "promise" if matter.what == "commitment" else "behaviour"
        who = persons.get(matter.participant_id)
        found.append(
            Need(
                f"{word}_{matter.section}",
                matter.path,
                matter.on,
                matter.case_number,
                who=who.name if who else matter.who,
            )
        )
    for matter in attention.reported(actor, since=actor.at - NEWS):
        if (matter.what, matter.subject_id) not in seen:
            seen.add((matter.what, matter.subject_id))
            found.append(Need("reported", matter.path, matter.on, matter.case_number))
    return found + _unreached(bounced, persons)


def _unreached(matters: Sequence[Matter], persons: Mapping[int | None, Participant]) -> list[Need]:
    return [
        Need(
            "bounced",
            matter.path,
            matter.on,
            matter.case_number,
            who=persons[matter.participant_id].name,
            phone=persons[matter.participant_id].phone,
        )
        for matter in matters
        if matter.participant_id in persons
    ]


def _persons(actor: Actor, matters: Iterable[Matter]) -> dict[int | None, Participant]:
    """The participants that these matters name."""
    wanted = {matter.participant_id for matter in matters} - {None}
    if not wanted:
        return {}
    rows = tenancy.session.scalars(
        select(Participant).where(Participant.school_id == actor.school_id, Participant.id.in_(wanted))
    )
    return {row.id: row for row in rows}


def _waiting(actor: Actor) -> list[Need]:
    """One's own tasks, what failed in the background of one's own, new referrals and replies for those who
    take them, and open cases of one's own whose student has left: nothing closes them by itself."""
    since = actor.at - FAILURES_OF
    no_case = cast(null(), Text)

    def local(column):
        return cast(func.timezone(actor.time_zone, column), Date)

    sources = [
        today_conferences.own_tasks(actor),
        select(literal("document_failed"), Report.id, local(Report.requested_at), no_case).where(
            Report.school_id == actor.school_id,
            Report.requested_by == actor.person_id,
            Report.state == "failed",
            Report.requested_at > since,
        ),
        select(literal("document_delivered"), Report.id, local(ReportDelivery.delivered_at), no_case)
        .join(
            ReportDelivery,
            and_(ReportDelivery.school_id == Report.school_id, ReportDelivery.report_id == Report.id),
        )
        .where(
            Report.school_id == actor.school_id,
            Report.state == "ready",
            ReportDelivery.user_id == actor.person_id,
            ReportDelivery.withdrawn_at.is_(None),
            ReportDelivery.first_opened_at.is_(None),
        ),
    ]
    if allows(Permission.STUDENT_IMPORT, roles=actor.roles):
        failed_on = local(StudentImport.created_at)
        sources.append(
            select(literal("import_failed"), StudentImport.id, failed_on, no_case).where(
                StudentImport.school_id == actor.school_id,
                StudentImport.requested_by == actor.person_id,
                StudentImport.state == "failed",
                StudentImport.created_at > since,
            )
        )
    if allows(Permission.REFERRAL_TAKE, roles=actor.roles):
        sources.append(
            select(literal("referral"), StudentReferral.id, local(StudentReferral.created_at), no_case).where(
                StudentReferral.school_id == actor.school_id, StudentReferral.state == "new"
            )
        )
    if allows(Permission.OUTBOX_READ, roles=actor.roles):
        # One line for all of them: their number stands in the place of an id.
        received_on = local(func.min(IncomingMail.received_at))
        sources.append(
            select(literal("incoming"), func.count(), received_on, no_case)
            .where(*incoming_review.waiting_for(actor))
            .having(func.count() > 0)
        )
    if allows(Permission.MONITORING_READ, roles=actor.roles):
        sources.append(
            select(literal("student_left"), Case.id, Student.left_on, Case.number)
            .join(Student, and_(Student.school_id == Case.school_id, Student.id == Case.student_id))
            .where(
                Case.school_id == actor.school_id,
                Case.owner_id == actor.person_id,
                Case.status != "closed",
                Student.left_on.is_not(None),
            )
        )
        sources += visit_news.waiting(actor, local)
    if allows(Permission.TRANSFER_SEND, roles=actor.roles):
        sources += _transfers(actor, local)
    paths = {
        **visit_news.PATHS,
        "transfer_waiting": "transfers/arrivals/{id}/",
        "transfer_accepted": "transfers/{id}/",
        "transfer_declined": "transfers/{id}/",
        "student_left": "cases/{id}/",
        "incoming": "outbox/incoming/",
        "document_failed": "documents/",
        "document_delivered": "documents/#document-{id}",
        "import_failed": "imports/{id}/",
        "referral": "cases/referrals/{id}/",
    }
    found = []
    for kind, row_id, on, number in tenancy.session.execute(union_all(*sources)):
        if kind.startswith("own_task"):
            task = today_conferences.task_kind(kind, on, actor.today)
            if task is not None:
                found.append(Need(task, f"conferences/{row_id}/monitoring", on))
        else:
            count = row_id if kind == "incoming" else None
            found.append(Need(kind, paths[kind].format(id=row_id), on, number, number=count))
    return found


def _transfers(actor: Actor, local) -> list[Select[Any]]:
    """Students whom other schools send, and what became of those that the actor has sent."""
    no_case = cast(null(), Text)
    settled = [
        select(literal(f"transfer_{state}"), Transfer.id, local(Transfer.settled_at), no_case).where(
            Transfer.school_id == actor.school_id,
            Transfer.prepared_by == actor.person_id,
            Transfer.state == state,
            Transfer.settled_at > actor.at - shown,
        )
        for state, shown in (("accepted", NEWS), ("declined", FAILURES_OF))
    ]
    arrived_on = local(TransferArrival.sent_at)
    waiting = select(literal("transfer_waiting"), TransferArrival.id, arrived_on, no_case).where(
        TransferArrival.school_id == actor.school_id, TransferArrival.state == "waiting"
    )
    return [*settled, waiting]


def _missing(actor: Actor) -> list[Need]:
    """What a school still lacks before it can work; for its admin."""

    def count(*roles: str):
        return (
            select(func.count())
            .where(Membership.school_id == actor.school_id, Membership.role.in_(roles), people.running(actor))
            .scalar_subquery()
        )

    students = (
        select(Student.id).where(Student.school_id == actor.school_id, Student.left_on.is_(None)).exists()
    )
    year = (
        select(func.max(HomeroomAssignment.school_year))
        .where(HomeroomAssignment.school_id == actor.school_id)
        .scalar_subquery()
    )
    school, principals, counsellors, has_students, newest_year = tenancy.session.execute(
        select(School, count("principal"), count("counsellor", "class_teacher"), students, year).where(
            School.id == actor.school_id
        )
    ).one()
    this_year = school_year(actor.today, school.school_year_starts_month)
    lacks = {
        "no_principal": (principals == 0, "people/new"),
        "no_counsellor": (counsellors == 0, "people/new"),
        "no_students": (not has_students, "imports/"),
        "no_homeroom": (has_students and (newest_year or "") < this_year, "settings/homerooms/"),
        "no_letterhead": (not (school.address and school.phone), "settings/"),
    }
    return [Need(kind, path) for kind, (is_missing, path) in lacks.items() if is_missing]


def _team_cases(actor: Actor) -> tuple[TeamCase, ...]:
    rows = tenancy.session.execute(
        select(Case.id, Case.number, Student.name, Student.class_name)
        .join(Student, and_(Student.school_id == Case.school_id, Student.id == Case.student_id))
        .where(*attention.mine(actor))
        .order_by(Case.id.desc())
    )
    return tuple(TeamCase(row_id, number, name, in_class or "") for row_id, number, name, in_class in rows)


def _unreachable_staff(actor: Actor) -> list[Need]:
    return [
        Need("staff_bounced", f"people/{user.id}/", who=user.name, phone=phone)
        for user, phone in staff_addresses.unreachable(actor)
    ]
