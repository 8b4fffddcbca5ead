"""What timelines are read from: one SELECT per source, all with the same columns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, any_, func, literal, select
from sqlalchemy.orm import aliased

from webapp.models.activities import Activity
from webapp.models.attachments import Attachment
from webapp.models.background import OutboxMail
from webapp.models.cases import Case, CaseNote, CaseStatusChange
from webapp.models.commitments import BehaviourGoal, Commitment, CommitmentReport, Observation
from webapp.models.conferences import Conference, Participant
from webapp.models.letters import Letter
from webapp.models.students import StudentReferral
from webapp.services.event_columns import (
    KNOWN_CASES,
    SCHOOL,
    columns,
    local_day,
    local_midnight,
    of_cases,
    sealed,
)


def _notes() -> Select:
    later = aliased(CaseNote)
    # Looked up in one set: row by row, a planner without fresh figures would read all of them for each.
    corrected = select(later.corrects_id).where(of_cases(later), later.corrects_id.is_not(None))
    return select(
        *columns(
            "note",
            CaseNote.id,
            CaseNote.case_id,
            CaseNote.happened_on,
            CaseNote.created_at,
            word=CaseNote.kind,
            user=CaseNote.author_id,
            ref=CaseNote.corrects_id,
            text=sealed(CaseNote, "body"),
        )
    ).where(of_cases(CaseNote), CaseNote.id.not_in(corrected))


def _statuses() -> Select:
    change = CaseStatusChange
    return select(
        *columns(
            "status",
            change.id,
            change.case_id,
            local_day(change.at),
            change.at,
            word=change.to_status,
            before=change.from_status,
            user=change.by_id,
            text=sealed(change, "reason"),
        )
    ).where(of_cases(change))


def _started() -> Select:
    return select(
        *columns(
            "activity",
            Activity.id,
            Activity.case_id,
            local_day(Activity.created_at),
            Activity.created_at,
            word=Activity.procedure,
            before=literal("active"),
            user=Activity.created_by,
            ref=Activity.id,
        )
    ).where(of_cases(Activity))


def _held() -> Select:
    return select(
        *columns(
            "activity",
            Conference.id,
            Conference.case_id,
            local_day(Conference.concluded_at),
            Conference.concluded_at,
            word=literal("conference"),
            before=literal("held"),
            rank=1,
            ref=Conference.id,
        )
    ).where(
        of_cases(Conference),
        Conference.concluded_at.is_not(None),
    )


def _ended() -> Select:
    return select(
        *columns(
            "activity",
            Activity.id,
            Activity.case_id,
            local_day(Activity.ended_at),
            Activity.ended_at,
            word=Activity.procedure,
            before=Activity.state,
            rank=2,
            ref=Activity.id,
            text=sealed(Activity, "end_reason"),
        )
    ).where(of_cases(Activity), Activity.ended_at.is_not(None))


def _of_conferences(rows: Select, table: type[Any]) -> Select:
    """What belongs to the conferences of the cases; the case's id stands with the conference."""
    own = and_(Conference.school_id == table.school_id, Conference.id == table.conference_id)
    return rows.join(Conference, own).where(table.school_id == SCHOOL, of_cases(Conference))


def _mails() -> Select:
    # Kind and state only, alike ones of a day together: a round of invitations is one line.
    mail = OutboxMail
    on = local_day(func.coalesce(mail.sent_at, mail.created_at))
    rows = select(
        *columns(
            "mail",
            func.max(mail.id),
            Conference.case_id,
            on,
            func.max(func.coalesce(mail.sent_at, mail.created_at)),
            word=mail.kind,
            before=mail.state,
            number=func.count(),
            ref=mail.conference_id,
        )
    ).select_from(mail)
    return _of_conferences(rows, mail).group_by(
        Conference.case_id, mail.conference_id, mail.kind, mail.state, on
    )


def _issued_letters() -> Select:
    return _letters("issued", Letter.issued_at, Letter.issued_by, rank=0)


def _voided_letters() -> Select:
    voided = _letters("voided", Letter.voided_at, Letter.voided_by, rank=1)
    return voided.where(Letter.voided_at.is_not(None))


def _letters(what: str, at: Any, by: Any, *, rank: int) -> Select:
    # A conference bears the id of its activity.
    of_which = func.coalesce(Letter.activity_id, Letter.conference_id)
    rows = select(
        *columns(
            "letter",
            Letter.id,
            Activity.case_id,
            local_day(at),
            at,
            word=Letter.number,
            before=literal(what),
            user=by,
            ref=of_which,
            rank=rank,
        )
    ).select_from(Letter)
    own = and_(Activity.school_id == Letter.school_id, Activity.id == of_which)
    return rows.join(Activity, own).where(Letter.school_id == SCHOOL, of_cases(Activity))


def _answers() -> Select:
    who = Participant
    rows = select(
        *columns(
            "answer",
            who.id,
            Conference.case_id,
            local_day(who.answered_at),
            who.answered_at,
            word=who.answer,
            user=who.answer_recorded_by,
            ref=who.conference_id,
            name=sealed(who, "name"),
        )
    ).select_from(who)
    return _of_conferences(rows, who).where(who.answered_at.is_not(None), who.removed_at.is_(None))


def _observations() -> Select:
    seen, goal = Observation, BehaviourGoal
    return (
        select(
            *columns(
                "observation",
                seen.id,
                goal.case_id,
                seen.observed_on,
                seen.at,
                number=seen.score,
                user=seen.by_user_id,
                ref=seen.goal_id,
                text=sealed(seen, "note"),
                name=sealed(goal, "behaviour"),
            )
        )
        .select_from(seen)
        .join(goal, and_(goal.school_id == seen.school_id, goal.id == seen.goal_id))
        .where(seen.school_id == SCHOOL, of_cases(goal))
    )


def _promise_reports() -> Select:
    report, promise = CommitmentReport, Commitment
    return (
        select(
            *columns(
                "promise",
                report.id,
                promise.case_id,
                local_day(report.at),
                report.at,
                word=report.state,
                user=report.by_user_id,
                ref=report.commitment_id,
                text=sealed(report, "note"),
                name=sealed(promise, "what"),
            )
        )
        .select_from(report)
        .join(promise, and_(promise.school_id == report.school_id, promise.id == report.commitment_id))
        .where(report.school_id == SCHOOL, of_cases(promise))
    )


def _referrals() -> Select:
    referral = StudentReferral
    return select(
        *columns(
            "referral",
            referral.id,
            referral.case_id,
            local_day(referral.created_at),
            referral.created_at,
            user=referral.author_id,
            text=sealed(referral, "body"),
        )
    ).where(of_cases(referral))


def _added_files() -> Select:
    return _files("added", Attachment.created_at, Attachment.author_id, rank=0)


def _removed_files() -> Select:
    removed = _files("removed", Attachment.removed_at, Attachment.removed_by, rank=1)
    return removed.where(Attachment.removed_at.is_not(None))


def _files(what: str, at: Any, by: Any, *, rank: int) -> Select:
    file = Attachment
    return select(
        *columns(
            "file",
            file.id,
            file.case_id,
            local_day(at),
            at,
            word=file.purpose,
            before=literal(what),
            user=by,
            name=sealed(file, "name"),
            rank=rank,
        )
    ).where(of_cases(file))


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
    "file": (_added_files, _removed_files),
}
"""Key of TIMELINE_KINDS -> what contributes to it."""


def _opened_elsewhere() -> Select:
    return _registered("open", Case.opened_on, rank=0)


def _closed_elsewhere() -> Select:
    return _registered("closed", Case.closed_on, rank=1).where(Case.closed_on.is_not(None))


def _registered(word: str, on: Any, *, rank: int) -> Select:
    return select(
        *columns("register", Case.id, Case.id, on, local_midnight(on), word=literal(word), rank=rank)
    ).where(Case.school_id == SCHOOL, Case.id == any_(KNOWN_CASES))


REGISTER_SOURCES = {"status": (_opened_elsewhere, _closed_elsewhere)}
"""The same for cases of which the reader knows what stands in the register, and nothing else."""
