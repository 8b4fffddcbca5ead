"""Minutes and attendance list: asked for after the sign-off, frozen, and given to chosen participants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import defer

from webapp import tenancy
from webapp.domain import dates
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.minutes import SIGNED_OFF_STATES
from webapp.domain.permissions import Permission
from webapp.mail.messages import MinutesFacts
from webapp.models.background import Report, ReportDelivery
from webapp.models.conferences import Conference, Participant
from webapp.services import access, addenda, audit, conference_facts, documents, participants, reports
from webapp.services.invitations import Post
from webapp.services.minutes_data import NOT_SIGNED_OFF
from webapp.tenancy import Actor

KINDS = ("minutes", "attendance")


@dataclass(frozen=True)
class Sheet:
    """A document of a conference on its pages: how far it is, and to whom it was delivered."""

    id: int
    kind: str
    state: str
    done: int
    total: int
    delivered_to: tuple[int, ...] = ()
    opened_by: tuple[int, ...] = ()
    has_docx: bool = False
    added: int = 0  # the addenda that stand in it
    is_newest: bool = True

    @property
    def is_open(self) -> bool:
        """Still being made."""
        return self.state in ("queued", "running")


def request(actor: Actor, conference_id: int, *, locale: str = "id") -> list[Report]:
    """Ask for minutes and attendance list; the same request gives the same documents.

    Asked of a team member who has signed: the documents hold what only participants know. Conflict before
    the minutes are signed off.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.CONTENT_WRITE)
    access.require_part(actor, Permission.REPORT_MAKE, set(held.parts))
    conference = held.conference
    if conference.state not in SIGNED_OFF_STATES:
        raise Conflict(NOT_SIGNED_OFF)
    added = addenda.signed_count(actor, conference.id)
    made = [
        reports.request(
            actor,
            kind,
            # Minutes with one addendum more are another document; the earlier one is kept as it is.
            dedupe_key=f"{kind}:{conference.id}:{locale}"
            + (f":{added}" if added and kind == "minutes" else ""),
            case_id=conference.case_id,
            conference_id=conference.id,
            locale=locale,
        )
        for kind in KINDS
    ]
    conference_facts.sync_steps(actor, held.conference)
    return made


def deliver(actor: Actor, conference_id: int, participant_ids: Collection[int]) -> int:
    """Give the finished documents to these participants on their pages, and tell them by mail.

    Asked of the case team. Returns to how many something new was given. Conflict for one who has not
    signed the commitment or may not be contacted, and while a document is not ready.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.REPORT_DELIVER)
    conference = held.conference
    ready = [sheet for sheet in sheets(actor, conference_id) if sheet.state == "ready" and sheet.is_newest]
    if not any(sheet.kind == "minutes" for sheet in ready):
        raise Conflict(N_("The minutes are not ready yet."))
    rows = {row.id: row for row in participants.of(actor, conference_id)}
    barred = participants.do_not_contact_ids(actor, conference_id)
    chosen = [rows[row_id] for row_id in dict.fromkeys(participant_ids) if row_id in rows]
    if not chosen:
        raise Invalid(N_("Tick at least one participant."), field="participant")
    for row in chosen:
        if row.signed_at is None:
            raise Conflict(
                N_("Minutes go only to those who have signed the commitment."), field="participant"
            )
        if row.id in barred:
            raise Conflict(
                N_("This person is marked as not to be contacted and cannot be invited."), field="participant"
            )
    post = Post(actor, conference)
    given = 0
    for row in chosen:
        fresh = [sheet for sheet in ready if row.id not in sheet.delivered_to]
        for sheet in fresh:
            delivery = tenancy.add(
                ReportDelivery(
                    report_id=sheet.id,
                    participant_id=row.id,
                    delivered_by=actor.person_id,
                    delivered_at=actor.at,
                )
            )
            audit.record(actor, "report.delivered", delivery, report_id=sheet.id, participant_id=row.id)
        if fresh:
            given += 1
            _tell(post, row, fresh[0].id)
    return given


def sheets(actor: Actor, conference_id: int) -> list[Sheet]:
    """The documents of a conference that the actor may know of, with their deliveries; oldest first."""
    rows = tenancy.session.execute(
        select(Report, ReportDelivery, reports.HAS_DOCX)
        .outerjoin(
            ReportDelivery,
            (ReportDelivery.school_id == Report.school_id) & (ReportDelivery.report_id == Report.id),
        )
        .where(
            Report.school_id == actor.school_id,
            Report.conference_id == conference_id,
            Report.kind.in_(KINDS),
        )
        .options(defer(Report.content_enc), defer(Report.snapshot_enc))  # type: ignore[attr-defined]
        .order_by(Report.id, ReportDelivery.id)
    ).all()
    found: dict[int, Sheet] = {}
    locales: dict[int, str] = {}
    for report, delivery, has_docx in rows:
        sheet = found.get(report.id)
        if sheet is None:
            added = _added(report)
            for known in list(found.values()):
                if known.kind == report.kind and locales[known.id] == report.locale and added > known.added:
                    found[known.id] = replace(known, is_newest=False)
            locales[report.id] = report.locale
            progress = (report.state, report.done, report.total)
            sheet = Sheet(report.id, report.kind, *progress, has_docx=has_docx, added=added)
        if delivery is not None and delivery.participant_id is not None:
            opened = (delivery.participant_id,) if delivery.first_opened_at else ()
            sheet = replace(
                sheet,
                delivered_to=(*sheet.delivered_to, delivery.participant_id),
                opened_by=sheet.opened_by + opened,
            )
        found[report.id] = sheet
    return list(found.values())


def guest_sheets(actor: Actor, conference: Conference, own: Participant) -> list[Sheet]:
    """Documents that were delivered to this guest and are still open to them."""
    if not _open_to_guest(actor, conference, own):
        return []
    return [
        sheet
        for sheet in sheets(actor, conference.id)
        if sheet.state == "ready" and own.id in sheet.delivered_to
    ]


def open_as_guest(actor: Actor, report_id: int) -> documents.Document:
    """The file of a document delivered to this guest; the first opening is recorded.

    NotFound without a code entered, without a signature, and after the set time.
    """
    report = access.get(actor, Report, report_id)
    conference, own = access.get_own_participant(actor, report.conference_id or 0)
    if report_id not in [sheet.id for sheet in guest_sheets(actor, conference, own)]:
        raise NotFound()
    return documents.open_document(actor, report_id)


# --- inside ---------------------------------------------------------------------------------------


def _added(report: Report) -> int:
    number = report.dedupe_key.partition(":")[2].partition(":")[2].partition(":")[2]
    return int(number) if report.kind == "minutes" and number.isdecimal() else 0


def _open_to_guest(actor: Actor, conference: Conference, own: Participant) -> bool:
    until = conference.minutes_open_until
    return bool(actor.verified and own.signed_at is not None and until is not None and actor.at < until)


def _tell(post: Post, row: Participant, report_id: int) -> None:
    conference = post.conference
    held_at = conference.opened_at or post.actor.at

    def facts(reader: Participant) -> MinutesFacts:
        return MinutesFacts(
            letterhead=post.letterhead,
            to_name=reader.name or "",
            held_on=dates.local_date(held_at, post.actor.time_zone),
            link=post.link(reader),
        )

    post.tell(row, "minutes_ready", facts, dedupe_key=f"minutes_ready:{row.id}:{report_id}")
