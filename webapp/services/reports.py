"""Documents are made in the background, as rows with a state that everybody can watch.

A document is *collected* (queries, rights, frozen data) as the person who asked for it, then *rendered*
(bytes). Between the two the snapshot is stored, so a run that dies goes on where the last one came to,
and an issued document can be made again as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

import typst
from sqlalchemy import Table, func, select
from sqlalchemy.dialects.postgresql import insert

from webapp import tenancy
from webapp.domain.errors import N_, DomainError, Invalid, NotFound
from webapp.mail.messages import ReportFailedFacts
from webapp.models.background import Report
from webapp.models.conferences import Conference
from webapp.models.identity import User
from webapp.reports import snapshot
from webapp.reports.docx import WRITERS
from webapp.reports.kinds import ReportData
from webapp.reports.logos import check_logo
from webapp.reports.render import render_pdf
from webapp.services import access, audit, faults, letterheads, links, outbox, requesters
from webapp.tenancy import Actor

log = logging.getLogger(__name__)

COLLECTORS: dict[str, Callable[[Actor, Report], ReportData]] = {}
"""Kind of document -> what reads its data, in the scope of the person who asked. Filled by the nouns."""

OPENING_CHECKS: dict[str, Callable[[Actor, Report], None]] = {}
"""Kind of document -> what refuses to hand out a finished file that may not be given to anybody any more."""

FILE_MAKERS: dict[str, Callable[[Actor, Report], bytes]] = {}
"""Kind of document that is no paper but a list -> what makes its file at once, in that person's scope.

Its snapshot holds what was asked for, and its data are those of the day: nothing of it is issued to anybody.
"""

MAX_ATTEMPTS = 3
LONGEST_SECONDS = 120
KEEP_LISTS = timedelta(days=2)
KEEP_FILES = timedelta(days=90)
"""How long the bytes of a document are kept; a conference's, if longer, as long as its guests may read."""
LEASE = timedelta(seconds=LONGEST_SECONDS + 60)
"""Longer than the hard limit of the task that works on a document."""

HAS_DOCX = (Report.state == "ready") & Report.kind.in_(WRITERS)
"""For statements: whether a document can be had as a Word file, which is made when somebody takes it."""

REMAKABLE = ("failed", "expired")
"""States out of which a document is made again when it is asked for."""

_TABLE = cast(Table, Report.__table__)
_FAILED = N_(
    "This document could not be made. Ask for it again; if it fails once more, tell the administrator."
)
BAD_LOGO = N_("The school's logo cannot be printed. Choose another in the settings, then try again.")
_LEFT = N_("The person who asked for this document no longer works at the school.")


def request(
    actor: Actor,
    kind: str,
    *,
    dedupe_key: str,
    case_id: int | None = None,
    conference_id: int | None = None,
    activity_id: int | None = None,
    with_impressions: bool = False,
    asked: dict[str, Any] | None = None,
    locale: str,
) -> Report:
    """Ask for a document; the same request gives the same row. One that has failed, or whose file has
    expired, is made again.

    The caller has asked permission. asked: ids and keys that say what it is about where no column does, never
    a name. NotFound when the document is one that the actor may not see.
    """
    row = Report(
        kind=kind,
        dedupe_key=dedupe_key,
        case_id=case_id,
        conference_id=conference_id,
        activity_id=activity_id,
        with_impressions=with_impressions,
        asked=asked,
        requested_by=actor.person_id,
        requested_at=actor.at,
        locale=locale,
        due_at=actor.at,
    )
    values = {column.key: getattr(row, column.key) for column in _TABLE.columns}
    values |= {"state": "queued", "done": 0, "total": 2, "attempts": 0}
    values["due_at"] = func.least(actor.at, func.now())
    # Not the new object itself: the row of an earlier request would break the flush.
    tenancy.session.execute(insert(_TABLE).values(values).on_conflict_do_nothing())
    report = tenancy.session.scalar(
        select(Report)
        .where(Report.school_id == actor.school_id, Report.dedupe_key == dedupe_key)
        .with_for_update()
    )
    if report is None:
        raise NotFound()
    if report.state in REMAKABLE:
        queue_again(actor, report)
    if report.id == row.id:
        audit.record(actor, "report.requested", report, kind=kind)
    tenancy.wake("reports")
    return report


def queue_again(actor: Actor, report: Report) -> None:
    """Have a document made again that is held locked; from its frozen data, where it was collected before."""
    report.state, report.attempts, report.done, report.error = "queued", 0, 0, None
    report.finished_at = report.lease_until = report.expires_at = None
    report.due_at = actor.at
    tenancy.wake("reports")


def run_due(clock: Callable[[], datetime], *, stop_at: datetime) -> int:
    """Make what is due, one after another, until nothing is left or `stop_at`; how many were worked on."""
    made = 0
    while clock() < stop_at:
        at = clock()
        with tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)) as session:
            rows = session.execute(select(func.app_due_reports(at, 20).table_valued("school_id", "id")))
            due = [(school_id, report_id) for school_id, report_id in rows]
        worked = 0
        for school_id, report_id in due:
            if clock() >= stop_at:
                break
            worked += run(tenancy.system(school_id, clock()), report_id)
        made += worked
        if not worked:
            break
    return made


def run(actor: Actor, report_id: int) -> bool:
    """Make one document under a lease; False when another run has it, or it is not due.

    `actor` is the system's, of the document's school; outside any scope. A fault fails it at once, visibly,
    and whoever asked is told by mail; so does the third run that was killed.
    """
    claimed = _claim(actor, report_id)
    if claimed is None:
        return False
    requested_by, attempt = claimed
    if attempt > MAX_ATTEMPTS:
        _fail(actor, report_id, _FAILED, {})
        return True
    try:
        _make(actor, report_id, requested_by)
    except DomainError as refusal:
        _fail(actor, report_id, refusal.message_id, refusal.params)
    except faults.DATABASE_AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - a person waits, whatever went wrong
        log.error("report %s of school %s: %s", report_id, actor.school_id, faults.place(error))
        _fail(actor, report_id, faults.advice(error, _FAILED), {})
    return True


def _make(actor: Actor, report_id: int, requested_by: int) -> None:
    person = _asker(actor, requested_by)
    with tenancy.work(person):
        report = access.get(person, Report, report_id)
        maker = FILE_MAKERS.get(report.kind)
        file = None if maker is None else maker(person, report)
    if file is not None:
        _store(actor, report_id, file)
        return
    kind, data, locale = _collect(person, report_id)
    try:
        pdf = render_pdf(kind, data, locale)
    except typst.TypstError as error:
        _refuse_bad_logo(data, error)
        raise
    _store(actor, report_id, pdf)


def _refuse_bad_logo(data: ReportData, error: Exception) -> None:
    # It was fine when it was chosen; pictures are what a letterhead can be broken by.
    for logo in (data.letterhead.logo_left, data.letterhead.logo_right):
        try:
            if logo:
                check_logo(logo)
        except Invalid:
            raise Invalid(BAD_LOGO) from error


def _claim(actor: Actor, report_id: int) -> tuple[int, int] | None:
    with tenancy.work(actor):
        row = _locked(actor, report_id, ("queued", "running"))
        if row is None or row.due_at > actor.at or (row.lease_until and row.lease_until > actor.at):
            return None
        row.state, row.lease_until = "running", actor.at + LEASE
        row.attempts += 1
        return row.requested_by, row.attempts


def _locked(actor: Actor, report_id: int, states: tuple[str, ...]) -> Report | None:
    return tenancy.session.scalar(
        select(Report)
        .where(Report.school_id == actor.school_id, Report.id == report_id, Report.state.in_(states))
        .with_for_update(skip_locked=True)
    )


def _asker(actor: Actor, requested_by: int) -> Actor:
    assert actor.school_id is not None
    person = requesters.in_school(requested_by, actor.school_id, actor.at)
    if person is None:
        raise NotFound(_LEFT)
    return person


def _collect(person: Actor, report_id: int) -> tuple[str, ReportData, str]:
    with tenancy.work(person):
        report = access.get(person, Report, report_id)
        if report.snapshot is None:
            data = COLLECTORS[report.kind](person, report)
            report.snapshot = snapshot.freeze(report.kind, data).decode()
            report.template_version = f"v{data.template_version}"
        report.done = 1
        kind, data = snapshot.thaw(report.snapshot.encode())
        return kind, data, report.locale


def _store(actor: Actor, report_id: int, file: bytes) -> None:
    with tenancy.work(actor):
        row = _locked(actor, report_id, ("running",))
        # Two runs give the same bytes for the same snapshot: whoever comes first has made it.
        if row is not None:
            row.content = file
            row.state, row.done, row.lease_until, row.finished_at = "ready", row.total, None, actor.at
            row.expires_at = _expiry(actor, row)


def _expiry(actor: Actor, row: Report) -> datetime:
    if row.kind in FILE_MAKERS:
        return actor.at + KEEP_LISTS
    open_until = tenancy.session.scalar(
        select(Conference.minutes_open_until).where(
            Conference.school_id == actor.school_id, Conference.id == row.conference_id
        )
    )
    return max(actor.at + KEEP_FILES, open_until or actor.at)


def _fail(actor: Actor, report_id: int, message_id: str, params: dict[str, Any]) -> None:
    with tenancy.work(actor):
        row = _locked(actor, report_id, ("running",))
        if row is None:
            return
        row.state, row.lease_until, row.finished_at = "failed", None, actor.at
        row.error = {"message_id": message_id, "params": {name: str(value) for name, value in params.items()}}
        asker = tenancy.session.scalar(select(User).where(User.id == row.requested_by, User.active))
        if asker is None:
            return
        outbox.queue(
            actor,
            "report_failed",
            ReportFailedFacts(
                letterhead=letterheads.mail_letterhead(actor),
                to_name=asker.name,
                asked_at=row.requested_at,
                link=links.school_url(actor, "documents/"),
            ),
            to_address=asker.email,
            to_name=asker.name,
            locale=asker.locale,
            dedupe_key=f"report_failed:{row.id}:{row.due_at.isoformat()}",
            user_id=asker.id,
        )
