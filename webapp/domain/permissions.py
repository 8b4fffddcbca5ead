"""Who may do what: one table, deny by default.

A permission is held by a role in the school (or district), or by one's part in the thing itself:
`team` (on the case team), `participant` (of the conference), `signed` (a participant who has signed
the commitment), `approver` (asked to approve this request), `own` (one's own row). PostgreSQL's
policies hold the same line below; this table decides first and gives the clear answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """Everything that can be asked for."""

    SCHOOL_HOME = "school.home"
    PEOPLE_MANAGE = "people.manage"
    SETTINGS_MANAGE = "settings.manage"
    ROSTER_MANAGE = "roster.manage"
    OUTBOX_READ = "outbox.read"
    REGISTER_EXPORT = "register.export"

    STUDENT_LIST = "student.list"
    STUDENT_CARD = "student.card"
    GUARDIAN_MANAGE = "guardian.manage"
    STUDENT_IMPORT = "student.import"
    STUDENT_REFER = "student.refer"
    REFERRAL_TAKE = "referral.take"
    TRANSFER_SEND = "transfer.send"
    TRANSFER_RECEIVE = "transfer.receive"

    CASE_REGISTER = "case.register"
    CASE_OPEN = "case.open"
    CASE_READ = "case.read"
    CASE_WRITE = "case.write"
    CASE_CLOSE = "case.close"
    CASE_TEAM = "case.team"

    ACTIVITY_READ = "activity.read"
    ACTIVITY_RUN = "activity.run"

    CONFERENCE_LOGISTICS = "conference.logistics"
    CONFERENCE_REQUEST = "conference.request"
    CONFERENCE_REQUEST_READ = "conference.request.read"
    CONFERENCE_APPROVE = "conference.approve"
    CONFERENCE_MANAGE = "conference.manage"
    CONFERENCE_ANSWER = "conference.answer"
    CONFERENCE_SIGN = "conference.sign"
    CONTENT_READ = "content.read"
    CONTENT_WRITE = "content.write"
    CONCLUSION_STANDING = "conclusion.standing"
    CONCLUSION_ANSWER = "conclusion.answer"
    SIGN_OFF = "conference.sign_off"

    COMMITMENT_READ = "commitment.read"
    COMMITMENT_MANAGE = "commitment.manage"
    COMMITMENT_ANSWER = "commitment.answer"
    MONITORING_READ = "monitoring.read"
    MONITORING_SUMMARY = "monitoring.summary"
    OBSERVE = "monitoring.observe"
    INVOLVEMENT = "figures.involvement"
    RECAP = "figures.recap"

    REPORT_LIST = "report.list"
    REPORT_READ = "report.read"
    REPORT_MAKE = "report.make"
    REPORT_DELIVER = "report.deliver"

    DISTRICT_BOARD = "district.board"
    DISTRICT_SCHOOLS = "district.schools"
    DISTRICT_PEOPLE = "district.people"
    DISTRICT_SETTINGS = "district.settings"


@dataclass(frozen=True)
class Holders:
    """Roles and parts that hold one permission."""

    roles: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()


def _held_by(roles: str = "", parts: str = "") -> Holders:
    return Holders(frozenset(roles.split()), frozenset(parts.split()))


STAFF = "counsellor principal homeroom class_teacher teacher school_admin"

TABLE: dict[Permission, Holders] = {
    Permission.SCHOOL_HOME: _held_by(STAFF),
    Permission.PEOPLE_MANAGE: _held_by("school_admin"),
    Permission.SETTINGS_MANAGE: _held_by("school_admin"),
    Permission.ROSTER_MANAGE: _held_by("school_admin"),
    Permission.OUTBOX_READ: _held_by("counsellor class_teacher school_admin"),
    Permission.REGISTER_EXPORT: _held_by("counsellor principal class_teacher school_admin"),
    Permission.STUDENT_LIST: _held_by("counsellor principal class_teacher homeroom teacher school_admin"),
    Permission.STUDENT_CARD: _held_by("counsellor class_teacher"),
    Permission.GUARDIAN_MANAGE: _held_by("counsellor class_teacher school_admin"),
    Permission.STUDENT_IMPORT: _held_by("counsellor class_teacher school_admin"),
    Permission.STUDENT_REFER: _held_by("homeroom teacher class_teacher principal"),
    Permission.REFERRAL_TAKE: _held_by("counsellor class_teacher"),
    Permission.TRANSFER_SEND: _held_by("counsellor class_teacher"),
    # Class teachers only where the school has no counsellor: the policies know.
    Permission.TRANSFER_RECEIVE: _held_by("counsellor class_teacher"),
    Permission.CASE_REGISTER: _held_by("counsellor principal homeroom class_teacher"),
    Permission.CASE_OPEN: _held_by("counsellor class_teacher"),
    Permission.CASE_READ: _held_by(parts="team"),
    Permission.CASE_WRITE: _held_by(parts="team"),
    Permission.CASE_CLOSE: _held_by(parts="team"),
    Permission.CASE_TEAM: _held_by(parts="team"),
    Permission.ACTIVITY_READ: _held_by(parts="team"),
    Permission.ACTIVITY_RUN: _held_by(parts="team"),
    Permission.CONFERENCE_LOGISTICS: _held_by("counsellor principal", "team participant approver"),
    Permission.CONFERENCE_REQUEST: _held_by(parts="team"),
    Permission.CONFERENCE_REQUEST_READ: _held_by(parts="team approver"),
    Permission.CONFERENCE_APPROVE: _held_by(parts="approver"),
    Permission.CONFERENCE_MANAGE: _held_by(parts="team"),
    Permission.CONFERENCE_ANSWER: _held_by(parts="own"),
    Permission.CONFERENCE_SIGN: _held_by(parts="own"),
    Permission.CONTENT_READ: _held_by(parts="signed"),
    Permission.CONTENT_WRITE: _held_by(parts="signed_team"),
    Permission.CONCLUSION_STANDING: _held_by(parts="team approver signed"),
    Permission.CONCLUSION_ANSWER: _held_by(parts="own"),
    Permission.SIGN_OFF: _held_by(parts="signed_team approver"),
    Permission.COMMITMENT_READ: _held_by(parts="team own signed"),
    Permission.COMMITMENT_MANAGE: _held_by(parts="team"),
    Permission.COMMITMENT_ANSWER: _held_by(parts="own"),
    Permission.MONITORING_READ: _held_by("counsellor class_teacher"),
    Permission.MONITORING_SUMMARY: _held_by("counsellor principal class_teacher homeroom"),
    Permission.OBSERVE: _held_by(parts="team"),
    Permission.INVOLVEMENT: _held_by("counsellor principal class_teacher"),
    # A counsellor sees their own figures only; the service asks.
    Permission.RECAP: _held_by("counsellor class_teacher principal"),
    Permission.REPORT_LIST: _held_by(STAFF),
    Permission.REPORT_READ: _held_by(parts="team own delivered"),
    Permission.REPORT_MAKE: _held_by(parts="team"),
    Permission.REPORT_DELIVER: _held_by(parts="team"),
    Permission.DISTRICT_BOARD: _held_by("district_admin district_officer"),
    Permission.DISTRICT_SCHOOLS: _held_by("district_admin"),
    Permission.DISTRICT_PEOPLE: _held_by("district_admin"),
    Permission.DISTRICT_SETTINGS: _held_by("district_admin"),
}


def allows(permission: Permission, *, roles: Collection[str] = (), parts: Collection[str] = ()) -> bool:
    """Whether somebody with these roles, and these parts in the thing, holds the permission."""
    holders = TABLE.get(permission)
    return holders is not None and not (holders.roles.isdisjoint(roles) and holders.parts.isdisjoint(parts))
