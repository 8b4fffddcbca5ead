"""What has served its time is cleared; the rows that tell what happened stay. Each step may run any time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from webapp import tenancy
from webapp.models.background import OutboxMail, Report
from webapp.models.conferences import GuestCode
from webapp.models.identity import SignInFailure, SignInSession
from webapp.models.incoming import IncomingMail
from webapp.models.schools import School
from webapp.models.students import StudentImport, StudentImportRow
from webapp.services.outbox import UNSENT

KEEP_MAIL_TEXTS = timedelta(days=30)
KEEP_INCOMING_TEXTS = timedelta(days=90)
KEEP_IMPORTS = timedelta(days=30)
KEEP_FAILURES = timedelta(days=7)
LONGEST_SESSION = timedelta(hours=72)


def clear(at: datetime) -> int:
    """Clear everywhere what is kept for a set time only; how many rows were changed. Outside any scope."""
    touched = _clear_sign_in(at)
    with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)) as session:
        school_ids = list(session.scalars(select(School.id).order_by(School.id)))
    return touched + sum(clear_school(school_id, at) for school_id in school_ids)


def clear_school(school_id: int, at: datetime) -> int:
    """The same for one school; how many rows were changed. Outside any scope."""
    with tenancy.work(tenancy.system(school_id, at)):
        return (
            _clear_mail_texts(school_id, at)
            + _clear_incoming(school_id, at)
            + _clear_imports(school_id, at)
            + _clear_codes(school_id, at)
            + _clear_documents(school_id, at)
        )


def _clear_sign_in(at: datetime) -> int:
    with tenancy.identity_work() as session:
        failures = session.execute(delete(SignInFailure).where(SignInFailure.at < at - KEEP_FAILURES))
        lapsed = session.execute(
            update(SignInSession)
            .where(SignInSession.revoked_at.is_(None), SignInSession.created_at < at - LONGEST_SESSION)
            .values(revoked_at=at)
        )
        return failures.rowcount + lapsed.rowcount  # type: ignore[attr-defined]


def _clear_mail_texts(school_id: int, at: datetime) -> int:
    # The facts go with the bytes: they hold the same text, and the guests' links.
    return _run(
        update(OutboxMail)
        .where(
            OutboxMail.school_id == school_id,
            OutboxMail.state.not_in(UNSENT),
            OutboxMail.created_at < at - KEEP_MAIL_TEXTS,
            or_(OutboxMail.sent_at.is_(None), OutboxMail.sent_at < at - KEEP_MAIL_TEXTS),
            or_(_column(OutboxMail, "content").is_not(None), _column(OutboxMail, "facts").is_not(None)),
        )
        .values(content_enc=None, facts_enc=None)
    )


def _clear_incoming(school_id: int, at: datetime) -> int:
    # Also what nobody has looked at: by then the mailbox is the only place that keeps it.
    return _run(
        update(IncomingMail)
        .where(
            IncomingMail.school_id == school_id,
            IncomingMail.received_at < at - KEEP_INCOMING_TEXTS,
            or_(
                _column(IncomingMail, "sender").is_not(None),
                _column(IncomingMail, "text").is_not(None),
            ),
        )
        .values(sender_enc=None, text_enc=None)
    )


def _clear_imports(school_id: int, at: datetime) -> int:
    old = select(StudentImport.id).where(
        StudentImport.school_id == school_id, StudentImport.finished_at < at - KEEP_IMPORTS
    )
    rows = _run(
        delete(StudentImportRow).where(
            StudentImportRow.school_id == school_id, StudentImportRow.import_id.in_(old)
        )
    )
    return rows + _run(
        update(StudentImport)
        .where(
            StudentImport.school_id == school_id,
            StudentImport.id.in_(old),
            or_(
                _column(StudentImport, "file").is_not(None),
                _column(StudentImport, "failed_rows").is_not(None),
            ),
        )
        .values(file_enc=None, failed_rows_enc=None)
    )


def _clear_codes(school_id: int, at: datetime) -> int:
    return _run(
        update(GuestCode)
        .where(
            GuestCode.school_id == school_id, GuestCode.grant_hash.is_not(None), GuestCode.grant_until < at
        )
        .values(grant_hash=None)
    )


def _clear_documents(school_id: int, at: datetime) -> int:
    # The frozen data stay: what was issued can be made again as it was.
    return _run(
        update(Report)
        .where(Report.school_id == school_id, Report.state == "ready", Report.expires_at < at)
        .values(state="expired", content_enc=None)
    )


def _column(table, attribute: str):
    return table.__table__.c[f"{attribute}_enc"]


def _run(statement) -> int:
    result = tenancy.session.execute(statement, execution_options={"synchronize_session": False})
    return int(result.rowcount)  # type: ignore[attr-defined]
