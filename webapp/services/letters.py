"""Letters on paper, numbered when they are issued; those of invitation, and what all kinds share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, exists, select
from sqlalchemy.dialects.postgresql import insert

from webapp import tenancy
from webapp.domain import conferences, dates, numbering
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.models.background import Report
from webapp.models.base import new_id
from webapp.models.conferences import Conference, ConferenceRequest
from webapp.models.letters import Letter
from webapp.reports.data import InvitationData
from webapp.services import access, audit, letterheads, numbers, participants, people, reach, reports
from webapp.services.invitations import meeting_times
from webapp.tenancy import Actor

KIND = "invitation"
IS_VOID = exists().where(
    Letter.school_id == Report.school_id, Letter.report_id == Report.id, Letter.voided_at.is_not(None)
)
"""For queries of documents: whether it is a letter that was voided, and is opened no more."""
_TABLE = cast(Table, Letter.__table__)


@dataclass(frozen=True)
class LetterView:
    """An issued letter on the conference's page; `is_old` names a time or place that was changed since."""

    id: int
    participant_id: int
    number: str | None
    issued_at: datetime
    is_void: bool
    is_old: bool
    report_id: int | None
    state: str
    done: int
    total: int

    @property
    def is_open(self) -> bool:
        """Still being made."""
        return self.state in ("queued", "running")

    @property
    def can_be_made_again(self) -> bool:
        """It failed, or its file has expired; one of another time or place is issued anew instead."""
        return self.state in reports.REMAKABLE and not self.is_old and not self.is_void


def issue(
    actor: Actor, conference_id: int, participant_ids: Collection[int], *, mode: str, number: str = ""
) -> list[Letter]:
    """Issue a letter to each of these participants and have it made; asked of the case team.

    mode: "pattern" takes the school's next number, "hand" writes `number` (on one letter at a time), "blank"
    leaves room for a pen. Who holds a letter of the present time and place gets no second one until that is
    voided. Conflict as `reach.chosen`; Invalid (field "number") for a number that another letter bears.
    """
    conference, chosen = reach.chosen(actor, conference_id, participant_ids)
    number = check_numbering(mode, number)
    if mode == "hand" and len(chosen) > 1:
        raise Invalid(
            N_("A number written by hand stands on one letter: tick one participant."), field="number"
        )
    standing = {
        letter.participant_id: letter
        for letter in _rows(actor, conference.id)
        if letter.voided_at is None and letter.sequence == conference.sequence
    }
    issued = []
    for participant in chosen:
        letter = standing.get(participant.id)
        if letter is None:
            letter = insert_letter(
                actor,
                KIND,
                mode,
                number,
                conference_id=conference.id,
                participant_id=participant.id,
                sequence=conference.sequence,
            )
            report = reports.request(
                actor,
                KIND,
                dedupe_key=f"{KIND}:{letter.id}",
                case_id=conference.case_id,
                conference_id=conference.id,
                locale=participant.locale,
            )
            letter.report_id = report.id
            audit.record(
                actor, "letter.issued", letter, conference_id=conference.id, participant_id=participant.id
            )
        issued.append(letter)
    return issued


def void(actor: Actor, letter_id: int) -> Letter:
    """Void a letter of invitation: it is not printed any more, and its number stays taken. Asked of the case
    team."""
    letter = access.get(actor, Letter, letter_id)
    access.get_conference(actor, letter.conference_id or 0, need=Permission.CONFERENCE_MANAGE)
    mark_void(actor, letter)
    audit.record(actor, "letter.voided", letter, conference_id=letter.conference_id)
    return letter


def of(actor: Actor, conference: Conference) -> list[LetterView]:
    """Every letter of a conference, oldest first; the caller has asked for its case team."""
    rows = tenancy.session.execute(
        select(Letter, Report.state, Report.done, Report.total)
        .outerjoin(Report, (Report.school_id == Letter.school_id) & (Report.id == Letter.report_id))
        .where(Letter.school_id == actor.school_id, Letter.conference_id == conference.id)
        .order_by(Letter.id)
    )
    return [
        LetterView(
            id=letter.id,
            participant_id=letter.participant_id or 0,
            number=letter.number,
            issued_at=letter.issued_at,
            is_void=letter.voided_at is not None,
            is_old=letter.sequence != conference.sequence,
            report_id=letter.report_id,
            state=state or "failed",
            done=done or 0,
            total=total or 0,
        )
        for letter, state, done, total in rows
    ]


def progress(actor: Actor, conference_id: int) -> list[LetterView]:
    """How far the letters of a conference are; asked of the case team."""
    conference = access.get_conference(actor, conference_id, need=Permission.CONFERENCE_MANAGE)
    return of(actor, conference)


def collect(actor: Actor, report: Report) -> InvitationData:
    """What a letter says, read as the person who asked; Conflict where it may not be printed any more."""
    conference, letter = _printable(actor, report)
    if letter.sequence != conference.sequence:
        raise Conflict(N_("Time or place were changed since: issue a new letter."))
    _, (participant,) = reach.chosen(actor, conference.id, [letter.participant_id or 0])
    starts_at, ends_at = (dates.local_time(at, actor.time_zone) for at in meeting_times(conference))
    request = access.get(actor, ConferenceRequest, conference.id)
    return InvitationData(
        letterhead=letterheads.report_letterhead(actor),
        number=letter.number or "",
        recipient=participant.name or "",
        # Whose mother or father somebody is says whom the meeting is about.
        relation="" if participant.kind == "guardian" else participant.position or "",
        held_on=starts_at.date(),
        started_at=starts_at.time(),
        ended_at=ends_at.time() if ends_at.date() == starts_at.date() else None,
        timezone=actor.time_zone,
        place=conference.place or "",
        purpose=request.purpose or "",
        principal=people.signatory(actor, conference.approver_id or 0),
        counsellor=people.signatory(actor, conference.requester_id),
        town=letterheads.school(actor).city or "",
        signed_on=dates.local_date(letter.issued_at, actor.time_zone),
        frozen_at=actor.at,
    )


def check_open(actor: Actor, report: Report) -> None:
    """Conflict for the file of a letter that was voided, or whose reader may not be contacted any more."""
    _, letter = _printable(actor, report)
    if letter.participant_id in participants.barred(actor, letter.conference_id or 0).participant_ids:
        raise Conflict(conferences.DO_NOT_CONTACT)


reports.COLLECTORS[KIND] = collect
reports.OPENING_CHECKS[KIND] = check_open


# --- what all kinds of letters share --------------------------------------------------------------


def check_numbering(mode: str, number: str) -> str:
    """The number written by hand, tidied; empty for another mode. Invalid names what is wrong."""
    if mode not in numbering.MODES:
        raise Invalid(N_("Choose how the letter is numbered."), field="mode")
    return numbering.check_written(number) if mode == "hand" else ""


def insert_letter(actor: Actor, kind: str, mode: str, number: str, **of_what: Any) -> Letter:
    """A letter under a number that no other of its kind bears in the school, also of cases that the actor
    cannot see; Invalid for a written number that one does. The caller has asked permission."""
    while True:
        taken = numbers.next_letter_number(actor, kind) if mode == "pattern" else number
        row_id = new_id()
        values = {"numbering": mode, "number": taken or None} | of_what
        values |= {"issued_by": actor.person_id, "issued_at": actor.at}
        added = tenancy.session.execute(
            insert(_TABLE)
            .values(school_id=actor.school_id, id=row_id, kind=kind, **values)
            .on_conflict_do_nothing(),
            execution_options={"preserve_rowcount": True},
        )
        if added.rowcount:  # type: ignore[attr-defined]
            return access.get(actor, Letter, row_id)
        if mode == "hand":
            raise Invalid(N_("Another letter bears this number."), field="number")


def mark_void(actor: Actor, letter: Letter) -> None:
    """Void a letter; Conflict for one that is void already. The caller has asked permission."""
    tenancy.session.refresh(letter, with_for_update=True)
    if letter.voided_at is not None:
        raise Conflict(N_("This letter has been voided already."))
    letter.voided_at, letter.voided_by = actor.at, actor.person_id


def of_report(actor: Actor, report: Report) -> Letter:
    """The letter that a document is; Conflict for one that was voided. The caller has asked permission."""
    letter = tenancy.session.scalars(
        select(Letter).where(Letter.school_id == actor.school_id, Letter.report_id == report.id)
    ).one()
    if letter.voided_at is not None:
        raise Conflict(N_("This letter has been voided."))
    return letter


# --- inside ---------------------------------------------------------------------------------------


def _rows(actor: Actor, conference_id: int) -> list[Letter]:
    return list(
        tenancy.session.scalars(
            select(Letter).where(Letter.school_id == actor.school_id, Letter.conference_id == conference_id)
        )
    )


def _printable(actor: Actor, report: Report) -> tuple[Conference, Letter]:
    conference = access.get_conference(actor, report.conference_id or 0, need=Permission.CONFERENCE_MANAGE)
    return conference, of_report(actor, report)
