"""What a case's timeline is read from: one SELECT per source, all with the same columns.

School, case and time zone are parameters, so that the whole statement is put together once per process.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.orm import aliased

from webapp.models.activities import Activity
from webapp.models.background import OutboxMail
from webapp.models.cases import CaseNote, CaseStatusChange
from webapp.models.commitments import BehaviourGoal, Commitment, CommitmentReport, Observation
from webapp.models.conferences import Conference, Participant
from webapp.models.letters import Letter
from webapp.models.students import StudentReferral

_SCHOOL = bindparam("school_id", type_=Integer)
_CASE = bindparam("case_id", type_=BigInteger)
_ZONE = bindparam("time_zone", type_=Text)


def _columns(
    kind: str,
    id_,
    on,
    at,
    *,
    word=None,
    before=None,
    number=None,
    user=None,
    ref=None,
    text=None,
    name=None,
    rank=0,
):
    given = (
        (literal(kind), "kind", Text),
        (id_, "id", BigInteger),
        (on, "on", Date),
        (at, "at", DateTime(timezone=True)),
        (word, "word", Text),
        (before, "before", Text),
        (number, "number", Integer),
        (user, "user_id", BigInteger),
        (ref, "ref_id", BigInteger),
        (text, "text", LargeBinary),
        (name, "name", LargeBinary),
        (literal(rank), "rank", Integer),
    )
    return [
        cast(null() if value is None else value, sql_type).label(label) for value, label, sql_type in given
    ]


def _sealed(table: type[Any], name: str) -> Any:
    """The stored column of a sealed attribute; the reader opens it row by row."""
    return getattr(table, f"{name}_enc")


def _local_day(at: Any) -> ColumnElement:
    return cast(func.timezone(_ZONE, at), Date)


def _notes() -> Select:
    later = aliased(CaseNote)
    corrected = select(later.id).where(
        later.school_id == CaseNote.school_id, later.corrects_id == CaseNote.id
    )
    return select(
        *_columns(
            "note",
            CaseNote.id,
            CaseNote.happened_on,
            CaseNote.created_at,
            word=CaseNote.kind,
            user=CaseNote.author_id,
            ref=CaseNote.corrects_id,
            text=_sealed(CaseNote, "body"),
        )
    ).where(CaseNote.school_id == _SCHOOL, CaseNote.case_id == _CASE, ~corrected.exists())


def _statuses() -> Select:
    change = CaseStatusChange
    return select(
        *_columns(
            "status",
            change.id,
            _local_day(change.at),
            change.at,
            word=change.to_status,
            before=change.from_status,
            user=change.by_id,
            text=_sealed(change, "reason"),
        )
    ).where(change.school_id == _SCHOOL, change.case_id == _CASE)


def _started() -> Select:
    return select(
        *_columns(
            "activity",
            Activity.id,
            _local_day(Activity.created_at),
            Activity.created_at,
            word=Activity.procedure,
            before=literal("active"),
            user=Activity.created_by,
            ref=Activity.id,
        )
    ).where(Activity.school_id == _SCHOOL, Activity.case_id == _CASE)


def _held() -> Select:
    return select(
        *_columns(
            "activity",
            Conference.id,
            _local_day(Conference.concluded_at),
            Conference.concluded_at,
            word=literal("conference"),
            before=literal("held"),
            rank=1,
            ref=Conference.id,
        )
    ).where(
        Conference.school_id == _SCHOOL,
        Conference.case_id == _CASE,
        Conference.concluded_at.is_not(None),
    )


def _ended() -> Select:
    return select(
        *_columns(
            "activity",
            Activity.id,
            _local_day(Activity.ended_at),
            Activity.ended_at,
            word=Activity.procedure,
            before=Activity.state,
            rank=2,
            ref=Activity.id,
            text=_sealed(Activity, "end_reason"),
        )
    ).where(Activity.school_id == _SCHOOL, Activity.case_id == _CASE, Activity.ended_at.is_not(None))


def _conference_ids() -> Select:
    return select(Conference.id).where(Conference.school_id == _SCHOOL, Conference.case_id == _CASE)


def _mails() -> Select:
    # Kind and state only, alike ones of a day together: a round of invitations is one line.
    mail = OutboxMail
    on = _local_day(func.coalesce(mail.sent_at, mail.created_at))
    return (
        select(
            *_columns(
                "mail",
                func.max(mail.id),
                on,
                func.max(func.coalesce(mail.sent_at, mail.created_at)),
                word=mail.kind,
                before=mail.state,
                number=func.count(),
                ref=mail.conference_id,
            )
        )
        .where(mail.school_id == _SCHOOL, mail.conference_id.in_(_conference_ids()))
        .group_by(mail.conference_id, mail.kind, mail.state, on)
    )


def _issued_letters() -> Select:
    return _letters("issued", Letter.issued_at, Letter.issued_by, rank=0)


def _voided_letters() -> Select:
    select_voided = _letters("voided", Letter.voided_at, Letter.voided_by, rank=1)
    return select_voided.where(Letter.voided_at.is_not(None))


def _letters(what: str, at: Any, by: Any, *, rank: int) -> Select:
    return select(
        *_columns(
            "letter",
            Letter.id,
            _local_day(at),
            at,
            word=Letter.number,
            before=literal(what),
            user=by,
            ref=Letter.conference_id,
            rank=rank,
        )
    ).where(Letter.school_id == _SCHOOL, Letter.conference_id.in_(_conference_ids()))


def _answers() -> Select:
    who = Participant
    return select(
        *_columns(
            "answer",
            who.id,
            _local_day(who.answered_at),
            who.answered_at,
            word=who.answer,
            user=who.answer_recorded_by,
            ref=who.conference_id,
            name=_sealed(who, "name"),
        )
    ).where(
        who.school_id == _SCHOOL,
        who.conference_id.in_(_conference_ids()),
        who.answered_at.is_not(None),
        who.removed_at.is_(None),
    )


def _observations() -> Select:
    goals = select(BehaviourGoal.id).where(BehaviourGoal.school_id == _SCHOOL, BehaviourGoal.case_id == _CASE)
    return select(
        *_columns(
            "observation",
            Observation.id,
            Observation.observed_on,
            Observation.at,
            number=Observation.score,
            user=Observation.by_user_id,
            ref=Observation.goal_id,
            text=_sealed(Observation, "note"),
        )
    ).where(Observation.school_id == _SCHOOL, Observation.goal_id.in_(goals))


def _promise_reports() -> Select:
    report = CommitmentReport
    promises = select(Commitment.id).where(Commitment.school_id == _SCHOOL, Commitment.case_id == _CASE)
    return select(
        *_columns(
            "promise",
            report.id,
            _local_day(report.at),
            report.at,
            word=report.state,
            user=report.by_user_id,
            ref=report.commitment_id,
            text=_sealed(report, "note"),
        )
    ).where(report.school_id == _SCHOOL, report.commitment_id.in_(promises))


def _referrals() -> Select:
    referral = StudentReferral
    return select(
        *_columns(
            "referral",
            referral.id,
            _local_day(referral.created_at),
            referral.created_at,
            user=referral.author_id,
            text=_sealed(referral, "body"),
        )
    ).where(referral.school_id == _SCHOOL, referral.case_id == _CASE)


SOURCES = {
    "note": (_notes,),
    "status": (_statuses,),
    "activity": (_started, _held, _ended),
    "mail": (_mails,),
    "letter": (_issued_letters, _voided_letters),
    "answer": (_answers,),
    "observation": (_observations,),
    "promise": (_promise_reports,),
    "referral": (_referrals,),
}
"""Key of TIMELINE_KINDS -> what contributes to it; parameters: school_id, case_id, time_zone."""
