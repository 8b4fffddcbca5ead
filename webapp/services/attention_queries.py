"""What the queries of `attention` have in common, and the longest of them."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from webapp.models.background import OutboxMail
from webapp.models.base import UtcDateTime
from webapp.models.cases import Case, CaseMember
from webapp.models.conferences import Conference, Participant

CASE = (Case.id, Case.number)
_BEFORE_MEETING = ("invitation", "invitation_update", "answer_reminder", "attendance_reminder")
_TALKED_ABOUT = ("approved", "invited", "open", "concluded", "monitoring")
_SCHOOL = bindparam("school_id", type_=Integer)
_PERSON = bindparam("person_id", type_=BigInteger)
_ZONE = bindparam("time_zone", type_=Text)
_NOW = bindparam("now", type_=UtcDateTime)


def open_cases(school_id: Any, person_id: Any) -> tuple[ColumnElement[bool], ...]:
    """Conditions on Case: open cases of the school on whose team the person is."""
    team = select(CaseMember.case_id).where(
        CaseMember.school_id == school_id,
        CaseMember.user_id == person_id,
        CaseMember.removed_at.is_(None),
    )
    return Case.school_id == school_id, Case.status != "closed", Case.id.in_(team)


def of_case(table) -> ColumnElement[bool]:
    """The case of a row."""
    return and_(Case.school_id == table.school_id, Case.id == table.case_id)


def same(table, school_id, row_id) -> ColumnElement[bool]:
    """The row of that id in the same school."""
    return and_(table.school_id == school_id, table.id == row_id)


@cache
def bounced_mails() -> CompoundSelect:
    """Rows (mail, day, conference, participant, case, number): refused addresses first, then failed mails.

    Parameters: school_id, person_id, time_zone, now. Put together once: that takes as long as the answer.
    """
    refused = (
        select(
            Participant.id.label("mail_id"),
            cast(func.timezone(_ZONE, Participant.mail_bounced_at), Date).label("day"),
            Conference.id.label("conference_id"),
            Participant.id.label("participant_id"),
            *CASE,
        )
        .join(Conference, same(Conference, Participant.school_id, Participant.conference_id))
        .join(Case, of_case(Conference))
        .where(
            *open_cases(_SCHOOL, _PERSON),
            Participant.removed_at.is_(None),
            Participant.mail_bounced_at.is_not(None),
            or_(
                Conference.state.in_(_TALKED_ABOUT),
                and_(Conference.state == "cancelled", Conference.starts_at > _NOW),
            ),
        )
    )
    return union_all(refused, _failed_mails())


def _failed_mails() -> Select:
    later = aliased(OutboxMail)
    reached_since = (
        select(later.id)
        .where(
            later.school_id == OutboxMail.school_id,
            later.conference_id == OutboxMail.conference_id,
            later.participant_id == OutboxMail.participant_id,
            later.id > OutboxMail.id,
            later.state == "sent",
        )
        .exists()
    )
    is_silent = or_(Participant.answered_at.is_(None), Participant.answered_at < OutboxMail.created_at)
    return (
        select(
            func.max(OutboxMail.id),
            cast(func.timezone(_ZONE, func.max(OutboxMail.created_at)), Date),
            Conference.id,
            Participant.id,
            *CASE,
        )
        .join(Conference, same(Conference, OutboxMail.school_id, OutboxMail.conference_id))
        .join(Participant, same(Participant, OutboxMail.school_id, OutboxMail.participant_id))
        .join(Case, of_case(Conference))
        .where(
            *open_cases(_SCHOOL, _PERSON),
            OutboxMail.state == "failed",
            Participant.removed_at.is_(None),
            ~reached_since,
            or_(
                and_(
                    OutboxMail.kind.in_(_BEFORE_MEETING),
                    Conference.state == "invited",
                    Conference.starts_at > _NOW,
                    is_silent,
                ),
                and_(
                    OutboxMail.kind == "conference_cancelled",
                    Conference.state == "cancelled",
                    Conference.starts_at > _NOW,
                ),
                and_(
                    OutboxMail.kind.not_in((*_BEFORE_MEETING, "conference_cancelled")),
                    Conference.state.in_(_TALKED_ABOUT),
                ),
            ),
        )
        .group_by(Conference.id, Participant.id, *CASE)
    )
