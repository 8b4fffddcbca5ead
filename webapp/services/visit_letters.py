"""Letters of a home visit: the principal's assignment of those who go, and the notice to the family."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import conferences, dates, identifiers, words
from webapp.domain.errors import Conflict
from webapp.domain.permissions import Permission
from webapp.models.background import Report
from webapp.models.students import Guardian, Student
from webapp.reports import snapshot
from webapp.reports.paper import Address, Fact, Paper, Section, Signer, Slip
from webapp.services import access, activity_letters, paper_parts, reports, visit_papers
from webapp.services import activity_sections as sections
from webapp.services.activity_sections import Record
from webapp.tenancy import Actor

ASSIGNMENT, NOTICE = "visit_assignment", "visit_notice"


def collect_assignment(actor: Actor, report: Report) -> Paper:
    """Who is sent, when, where and for what: carried along, so it names the student by initials only."""
    record = sections.read(actor, report.activity_id or 0, paper=ASSIGNMENT, locale=report.locale)
    letter = activity_letters.standing(actor, report)
    t = record.t
    signer = paper_parts.principal(actor, record.case.id, t)
    row = paper_parts.student(actor, record.case)
    purpose = t["purpose_value"].replace("{initials}", identifiers.initials(row.name))
    if row.class_name:
        purpose += t["of_class"].replace("{class}", row.class_name)
    day = dates.local_date(letter.issued_at, record.time_zone)
    return paper_parts.paper(
        actor,
        sections=(
            Section(texts=(t["undersigned"],)),
            Section(
                facts=(
                    Fact(t["name"], signer.name, for_pen=True),
                    Fact(t["officer_number"], _number(signer.number_label, signer.number), for_pen=True),
                    Fact(t["position"], signer.title, for_pen=True),
                )
            ),
            Section(texts=(t["assigns"],)),
            replace(visit_papers.officers(actor, record), heading=""),
            Section(texts=(t["to_go"],)),
            Section(facts=(*visit_papers.day_time_and_place(record), Fact(t["purpose"], purpose))),
        ),
        held_on=visit_papers.visit_on(record) or record.made_on,
        number=letter.number or "",
        signers=(Signer(paper_parts.place_and_day(actor, record.locale, day), signer),),
        closing=t["closing"],
    )


def collect_notice(actor: Actor, report: Report) -> Paper:
    """When somebody comes and why in general: of the case it says nothing. Below it the family's answer."""
    record = sections.read(actor, report.activity_id or 0, paper=NOTICE, locale=report.locale)
    letter = activity_letters.standing(actor, report)
    t = record.t
    who = visit_papers.officers(actor, record).grid
    visitors = "\n".join(f"{name} ({title})" for name, _number, title in who.rows) if who else ""
    day = dates.local_date(letter.issued_at, record.time_zone)
    row = paper_parts.student(actor, record.case)
    when = visit_papers.day_time_and_place(record)
    return paper_parts.paper(
        actor,
        sections=(
            Section(texts=(t["greeting"],)),
            Section(texts=(t["we_come"],)),
            Section(facts=(*when, Fact(t["visitors"], visitors), Fact(t["purpose"], t["purpose_value"]))),
            Section(texts=(t["please_answer"],)),
        ),
        held_on=visit_papers.visit_on(record) or record.made_on,
        number=letter.number or "",
        address=Address(t["subject"], _addressees(actor, record)),
        signers=paper_parts.signers(actor, record, on=day),
        closing=t["closing"],
        slip=Slip(
            t["slip"],
            (
                Section(facts=(Fact(t["student"], _with_class(row, t)), when[0])),
                Section(texts=(t["slip_says"],)),
                Section(ticks=(t["slip_yes"], t["slip_other"], t["slip_no"])),
            ),
            (t["slip_date"], t["slip_name"], t["slip_signature"]),
        ),
    )


def check_notice(actor: Actor, report: Report) -> None:
    """Conflict for a notice that was voided, or that names a guardian who may not be contacted any more."""
    activity_letters.check_open(actor, report)
    access.require(actor, Permission.GUARDIAN_MANAGE)
    _kind, data = snapshot.thaw(report.snapshot.encode())
    assert isinstance(data, Paper)
    assert data.address is not None
    case = access.get_case(actor, report.case_id or 0, need=Permission.REPORT_MAKE)
    barred = [guardian.name for guardian in _guardians(actor, case.student_id) if guardian.do_not_contact]
    if any(name and name in data.address.recipient[0] for name in barred):
        raise Conflict(conferences.DO_NOT_CONTACT)


reports.COLLECTORS[ASSIGNMENT] = collect_assignment
reports.COLLECTORS[NOTICE] = collect_notice
reports.OPENING_CHECKS[ASSIGNMENT] = activity_letters.check_open
reports.OPENING_CHECKS[NOTICE] = check_notice


# --- inside ---------------------------------------------------------------------------------------


def _number(label: str, number: str) -> str:
    return f"{label} {number}".strip() if number else ""


def _addressees(actor: Actor, record: Record) -> tuple[str, ...]:
    """The guardians who may be contacted, by name; Conflict where there are guardians and none may be."""
    access.require(actor, Permission.GUARDIAN_MANAGE)
    student = paper_parts.student(actor, record.case)
    guardians = _guardians(actor, student.id)
    reachable = [guardian.name for guardian in guardians if not guardian.do_not_contact and guardian.name]
    if guardians and not reachable:
        raise Conflict(conferences.DO_NOT_CONTACT)
    t = record.t
    if not reachable:
        return (t["guardians_of"].replace("{child}", student.name),)
    return (f" {t['and']} ".join(reachable[:2]), t["guardian_of"].replace("{child}", _with_class(student, t)))


def _with_class(student: Student, t: dict[str, str]) -> str:
    if not student.class_name:
        return student.name
    return t["in_class"].replace("{name}", student.name).replace("{class}", student.class_name)


def _guardians(actor: Actor, student_id: int) -> list[Guardian]:
    rows = tenancy.session.scalars(
        select(Guardian)
        .where(Guardian.school_id == actor.school_id, Guardian.student_id == student_id)
        .order_by(Guardian.id)
    )
    order = words.GUARDIAN_RELATIONS.keys
    return sorted(rows, key=lambda guardian: order.index(guardian.relation))
