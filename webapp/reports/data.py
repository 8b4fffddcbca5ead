"""What each printed document says: frozen, complete, and free of any database.

Everything a document shows stands in one of these classes, so that the stored snapshot alone is enough to
make an issued document again. Dates and times are values, not text: the locale decides how they read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from webapp.domain.vocabulary import Term
from webapp.reports.kinds import DocumentKind
from webapp.reports.letterhead import Letterhead, Signatory
from webapp.reports.paper_kinds import PAPER_KINDS


@dataclass(frozen=True)
class Statement:
    """What one source says."""

    source: str
    text: str


@dataclass(frozen=True)
class ConflictingInformation:
    """At least two statements that do not fit together; an empty `clarification` prints as left open."""

    topic: str
    statements: tuple[Statement, ...]
    clarification: str = ""


@dataclass(frozen=True)
class AcceptedTask:
    """Who does what by when; only tasks that the person accepted belong here."""

    who: str
    relation: str
    what: str
    due_on: date | None = None


@dataclass(frozen=True)
class WatchedBehaviour:
    """A positive behaviour to look for, and the days on which somebody looks."""

    description: str
    check_on: tuple[date, ...] = ()


@dataclass(frozen=True)
class Agreement:
    """One person present: agrees when `reservation` is empty."""

    name: str
    relation: str
    reservation: str = ""


@dataclass(frozen=True)
class Addendum:
    """A remark added after the sign-off."""

    author: str
    written_on: date
    text: str


@dataclass(frozen=True)
class MinutesData:
    """Berita acara / notula of one case conference; for its participants, so the student's name stands in it.

    `number` may be empty (a dotted line is printed). Times are local to `timezone` (an IANA name);
    `frozen_at` and `signed_at` are aware. `template_version` names the folder of templates/reports that
    made it.
    """

    letterhead: Letterhead
    number: str
    case_number: str
    student_name: str
    student_class: str
    held_on: date
    started_at: time
    ended_at: time | None
    timezone: str
    place: str
    leader: str
    present_count: int
    invited_count: int
    purpose: str
    strengths: tuple[str, ...]
    symptoms: tuple[str, ...]
    background: tuple[str, ...]
    efforts: tuple[str, ...]
    discussion: tuple[str, ...]
    conflicts: tuple[ConflictingInformation, ...]
    recommendations: tuple[str, ...]
    decisions: tuple[str, ...]
    alternatives: tuple[str, ...]
    tasks: tuple[AcceptedTask, ...]
    behaviours: tuple[WatchedBehaviour, ...]
    agreements: tuple[Agreement, ...]
    monitoring_plan: str
    principal: Signatory
    counsellor: Signatory
    town: str
    signed_on: date
    frozen_at: datetime
    addenda: tuple[Addendum, ...] = ()
    template_version: int = 1


@dataclass(frozen=True)
class Attendee:
    """One line of the attendance list.

    `signed_at`: signed electronically at that time. Without it `attended` decides: True or None leaves a line
    for a pen, False prints that the person was absent.
    """

    name: str
    relation: str
    attended: bool | None = None
    signed_at: datetime | None = None


@dataclass(frozen=True)
class AttendanceData:
    """Daftar hadir of one case conference; it may lie on a table, so no student's name stands in it."""

    letterhead: Letterhead
    number: str
    case_number: str
    held_on: date
    started_at: time
    ended_at: time | None
    timezone: str
    place: str
    leader: str
    attendees: tuple[Attendee, ...]
    principal: Signatory
    counsellor: Signatory
    town: str
    signed_on: date
    frozen_at: datetime
    template_version: int = 1


@dataclass(frozen=True)
class Observed:
    """What was seen of a behaviour on one day, from 1 to 5."""

    day: date
    value: int


@dataclass(frozen=True)
class ObservedBehaviour:
    """A behaviour and its course; `picture` is the SVG of the case's page, drawn once and kept."""

    description: str
    state: str
    picture: bytes
    observations: tuple[Observed, ...]


@dataclass(frozen=True)
class PromiseGiven:
    """Who promised what by when, and how it stands in words."""

    who: str
    what: str
    due_on: date
    state: str


@dataclass(frozen=True)
class ProgressData:
    """Monitoring report of one case, for its team; states are words in the report's language.

    `held_on` is the day it was made.
    """

    letterhead: Letterhead
    number: str
    case_number: str
    student_name: str
    student_class: str
    status: str
    opened_on: date
    closed_on: date | None
    behaviours: tuple[ObservedBehaviour, ...]
    promises: tuple[PromiseGiven, ...]
    prepared_by: str
    held_on: date
    timezone: str
    frozen_at: datetime
    template_version: int = 1


@dataclass(frozen=True)
class InvitationData:
    """Undangan to one participant, on paper; it passes through many hands, so nothing in it is of the case.

    `number` may be empty (a dotted line for a pen), and so may `relation` (a position). Times are local to
    `timezone`. `case_number` is always empty: it stands here because every document has one.
    """

    letterhead: Letterhead
    number: str
    recipient: str
    relation: str
    held_on: date
    started_at: time
    ended_at: time | None
    timezone: str
    place: str
    purpose: str
    principal: Signatory
    counsellor: Signatory
    town: str
    signed_on: date
    frozen_at: datetime
    case_number: str = ""
    template_version: int = 1


DOCUMENTS: dict[str, DocumentKind] = {
    kind.key: kind
    for kind in (
        DocumentKind(
            "minutes",
            MinutesData,
            "minutes.typ",
            Term("minutes", "Berita Acara Konferensi Kasus", "Minutes of Case Conference"),
            Term("minutes", "berita-acara", "minutes"),
        ),
        DocumentKind(
            "attendance",
            AttendanceData,
            "attendance.typ",
            Term("attendance", "Daftar Hadir Konferensi Kasus", "Attendance List of Case Conference"),
            Term("attendance", "daftar-hadir", "attendance"),
        ),
        DocumentKind(
            "invitation",
            InvitationData,
            "invitation.typ",
            Term("invitation", "Surat Undangan", "Letter of Invitation"),
            Term("invitation", "surat-undangan", "invitation"),
        ),
        DocumentKind(
            "progress",
            ProgressData,
            "progress.typ",
            Term("progress", "Laporan Pemantauan Kasus", "Monitoring Report of a Case"),
            Term("progress", "laporan-pemantauan", "monitoring-report"),
        ),
        *PAPER_KINDS,
    )
}
