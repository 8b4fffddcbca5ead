"""The documents of a school as people see them: being made, ready, delivered to whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, false, or_, select, update
from sqlalchemy.orm import defer

from webapp import tenancy
from webapp.domain import words
from webapp.domain.errors import N_, Conflict, NotFound
from webapp.domain.permissions import Permission
from webapp.domain.vocabulary import Term
from webapp.models.background import Report, ReportDelivery
from webapp.models.cases import Case, CaseMember
from webapp.models.conferences import Participant
from webapp.models.identity import User
from webapp.reports import docx, snapshot, xlsx
from webapp.reports.data import DOCUMENTS
from webapp.reports.render import file_name
from webapp.services import access, audit, exports, letters, people, reports
from webapp.tenancy import Actor

PAGE_SIZE = 30
MEDIA_TYPES = {"pdf": "application/pdf", "docx": docx.MEDIA_TYPE}


@dataclass(frozen=True)
class DocumentLine:
    """One document. `message_id` and `params` say why it failed; `delivered_to` names those who have it;
    `is_void`: a letter that was voided, and is opened no more."""

    id: int
    kind: str
    title: Term
    state: Term
    done: int
    total: int
    requested_at: datetime
    finished_at: datetime | None
    requested_by: str
    case_id: int | None
    case_number: str | None
    conference_id: int | None
    message_id: str | None = None
    params: dict[str, str] = field(default_factory=dict)
    delivered_to: tuple[str, ...] = ()
    can_make_again: bool = False
    can_deliver: bool = False
    has_docx: bool = False
    is_void: bool = False

    @property
    def is_open(self) -> bool:
        """Still being made."""
        return self.state.key in ("queued", "running")


@dataclass(frozen=True)
class DocumentPage:
    """One page, newest first; `older_than` continues it, None at the end."""

    lines: tuple[DocumentLine, ...]
    older_than: int | None


@dataclass(frozen=True)
class Document:
    """A finished document as a file."""

    file_name: str
    content: bytes
    media_type: str


def list_documents(actor: Actor, *, older_than: int | None = None, state: str | None = None) -> DocumentPage:
    """What belongs to the actor's cases, what was delivered to the actor, and what the actor asked for that
    belongs to no case."""
    access.require(actor, Permission.REPORT_LIST)
    statement = _wanted(actor).order_by(Report.id.desc()).limit(PAGE_SIZE + 1)
    if older_than is not None:
        statement = statement.where(Report.id < older_than)
    if state is not None:
        statement = statement.where(Report.state == state)
    rows = list(tenancy.session.execute(statement))
    shown = rows[:PAGE_SIZE]
    return DocumentPage(
        tuple(_lines(actor, shown)), shown[-1][0].id if len(rows) > PAGE_SIZE and shown else None
    )


def get_document(actor: Actor, report_id: int) -> DocumentLine:
    """One document and how far it is; NotFound when it is none of the actor's."""
    row = tenancy.session.execute(_wanted(actor).where(Report.id == report_id)).first()
    if row is None:
        raise NotFound()
    access.require_part(actor, Permission.REPORT_READ, _parts(actor, row[0]))
    return _lines(actor, [row])[0]


def again(actor: Actor, report_id: int) -> Report:
    """Have a document made again that has failed or whose file has expired; asked of its
    case's team. It is the same document again, from the data that were frozen the first time.

    Conflict for one that is being made or ready.
    """
    report = access.get(actor, Report, report_id)
    access.require_part(actor, Permission.REPORT_MAKE, access.case_parts(actor, report.case_id or 0))
    tenancy.session.refresh(report, with_for_update=True)
    if report.state not in reports.REMAKABLE:
        raise Conflict(N_("This document is being made or ready already."))
    assert actor.person_id is not None
    report.requested_by = actor.person_id
    reports.queue_again(actor, report)
    audit.record(actor, "report.requested", report, kind=report.kind)
    return report


def open_document(actor: Actor, report_id: int, *, form: str = "pdf") -> Document:
    """The file of a finished document, for reading; the reading is recorded. Also for guests.

    form: "pdf", or "docx" for the kinds that are made to be edited as well, save for those to whom it was
    merely delivered. NotFound when it is none of the actor's or has no such form, Conflict while it is not
    ready.
    """
    report = access.get(actor, Report, report_id)
    parts = _parts(actor, report)
    access.require_part(actor, Permission.REPORT_READ, parts)
    if form == "docx" and parts == {"delivered"}:
        raise NotFound()
    if report.state == "expired":
        raise Conflict(N_("The file of this document has expired. Have it made again."))
    if report.state != "ready":
        raise Conflict(N_("This document is not ready yet."))
    if report.kind in reports.FILE_MAKERS:
        access.require(actor, Permission.REGISTER_EXPORT)
        audit.record(actor, "report.read", report, kind=report.kind)
        return Document(exports.file_name(report.kind), report.content, xlsx.MEDIA_TYPE)
    if report.kind in reports.OPENING_CHECKS:
        reports.OPENING_CHECKS[report.kind](actor, report)
    if form not in MEDIA_TYPES or (form == "docx" and report.kind not in docx.WRITERS):
        raise NotFound()
    kind, data = snapshot.thaw(report.snapshot.encode())
    _note_opening(actor, report)
    audit.record(actor, "report.read", report, kind=kind, form=form)
    # Few take the Word file, and it is made in a moment from the same frozen data.
    content = report.content if form == "pdf" else docx.render_docx(kind, data, report.locale)
    return Document(file_name(kind, data, report.locale, form=form), content, MEDIA_TYPES[form])


def _parts(actor: Actor, report: Report) -> set[str]:
    """The actor's parts in a document: team, delivered, or own for what belongs to no case.

    Whoever asked for a document of a case has no part in it after they have left its team.
    """
    parts: set[str] = set()
    if report.case_id is not None:
        parts = access.case_parts(actor, report.case_id)
    elif actor.person_id is not None and report.requested_by == actor.person_id:
        parts.add("own")
    delivered = select(ReportDelivery.id).where(_delivered_to_me(actor, report))
    if tenancy.session.scalar(delivered.limit(1)) is not None:
        parts.add("delivered")
    return parts


def _delivered_to_me(actor: Actor, report: Report):
    own = Participant.id == actor.participant_id
    if actor.person_id is not None:
        own = Participant.user_id == actor.person_id
    mine = ReportDelivery.participant_id.in_(
        select(Participant.id).where(Participant.school_id == actor.school_id, own)
    )
    by_name = false() if actor.person_id is None else ReportDelivery.user_id == actor.person_id
    return and_(
        ReportDelivery.school_id == actor.school_id,
        ReportDelivery.report_id == report.id,
        ReportDelivery.withdrawn_at.is_(None),
        or_(mine, by_name),
    )


def _note_opening(actor: Actor, report: Report) -> None:
    tenancy.session.execute(
        update(ReportDelivery)
        .where(_delivered_to_me(actor, report), ReportDelivery.first_opened_at.is_(None))
        .values(first_opened_at=actor.at),
        execution_options={"synchronize_session": False},
    )


def _wanted(actor: Actor):
    join_case = (Case.school_id == Report.school_id) & (Case.id == Report.case_id)
    return (
        select(Report, Case.number, reports.HAS_DOCX, letters.IS_VOID)
        .outerjoin(Case, join_case)
        .where(Report.school_id == actor.school_id)
        # The bytes and the snapshot of a whole page would be megabytes.
        .options(defer(Report.content_enc), defer(Report.snapshot_enc))  # type: ignore[attr-defined]
    )


def _lines(actor: Actor, rows) -> list[DocumentLine]:
    found = [report for report, *_ in rows]
    names = people.display_names(actor, {report.requested_by for report in found})
    delivered = _delivered_to(actor, [report.id for report in found])
    mine = _cases_of_mine(actor, {report.case_id for report in found})
    return [
        DocumentLine(
            id=report.id,
            kind=report.kind,
            title=_title(report.kind),
            state=words.REPORT_STATES[report.state],
            done=report.done,
            total=report.total,
            requested_at=report.requested_at,
            finished_at=report.finished_at,
            requested_by=names.get(report.requested_by, ""),
            case_id=report.case_id if number is not None else None,
            case_number=number,
            conference_id=report.conference_id,
            message_id=(report.error or {}).get("message_id"),
            params=(report.error or {}).get("params", {}),
            delivered_to=tuple(delivered[report.id]),
            has_docx=has_docx
            and not is_void
            and (report.case_id in mine or report.case_id is None),
            can_make_again=report.state in reports.REMAKABLE and report.case_id in mine,
            can_deliver=_is_for_outsiders(report.kind) and report.case_id in mine,
            is_void=is_void,
        )
        for report, number, has_docx, is_void in rows
    ]


def _is_for_outsiders(kind: str) -> bool:
    return kind in DOCUMENTS and DOCUMENTS[kind].for_outsiders


def _title(kind: str) -> Term:
    return DOCUMENTS[kind].title if kind in DOCUMENTS else words.REGISTERS[kind]


def _cases_of_mine(actor: Actor, case_ids: set[int | None]) -> set[int]:
    """Those of these cases on whose team the actor is."""
    if not case_ids:
        return set()
    return set(
        tenancy.session.scalars(
            select(CaseMember.case_id).where(
                CaseMember.school_id == actor.school_id,
                CaseMember.case_id.in_(case_ids),
                CaseMember.user_id == actor.person_id,
                CaseMember.removed_at.is_(None),
            )
        )
    )


def _delivered_to(actor: Actor, report_ids: list[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    if not report_ids:
        return names
    rows = tenancy.session.execute(
        select(ReportDelivery.report_id, Participant, User.name)
        .outerjoin(
            Participant,
            (Participant.school_id == ReportDelivery.school_id)
            & (Participant.id == ReportDelivery.participant_id),
        )
        .outerjoin(User, User.id == ReportDelivery.user_id)
        .where(
            ReportDelivery.school_id == actor.school_id,
            ReportDelivery.report_id.in_(report_ids),
            ReportDelivery.withdrawn_at.is_(None),
        )
        .order_by(ReportDelivery.delivered_at, ReportDelivery.id)
    )
    for report_id, participant, name in rows:
        names[report_id].append((name if participant is None else participant.name) or "")
    return names
