"""What is due when: reminders and digests, from small facts, a school's clock and a moment.

Everything leaves on school days only, at the times that the school set, in the school's zone (none of the
three has daylight saving). A day planned on a free day moves: what comes before a date moves back, what
comes after it moves on. A moment that was missed is made up within a few school days, never before the set
time of the day, and never for what is past, answered, ended or cancelled. `Due.key` is the same however
often and from however many clocks it is asked, so that a unique index on it makes sending happen once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from webapp.domain.commitments import OPEN_STATES
from webapp.domain.dates import format_day, local_date
from webapp.domain.errors import N_
from webapp.domain.school_clock import SchoolClock
from webapp.domain.vocabulary import Term, Vocabulary

DUE_KINDS = Vocabulary(
    Term("approval_waiting", "Permohonan menunggu persetujuan", "Request waiting for approval"),
    Term("unanswered", "Undangan belum dijawab", "Invitation not answered"),
    Term("attending", "Pengingat bagi yang akan hadir", "Reminder to those who come"),
    Term("promise_before", "Komitmen segera jatuh tempo", "Promise due soon"),
    Term("promise_due", "Komitmen jatuh tempo", "Promise due"),
    Term("promise_overdue", "Komitmen terlambat", "Promise overdue"),
    Term("check_in", "Jadwal pemantauan", "Check-in"),
    Term("digest_daily", "Ringkasan harian", "Daily digest"),
    Term("digest_weekly", "Ringkasan mingguan", "Weekly digest"),
    Term("digest_monthly", "Ringkasan bulanan", "Monthly digest"),
)
DIGEST_KINDS = ("digest_daily", "digest_weekly", "digest_monthly")

UNANSWERED_DAYS_BEFORE = (3, 1)
ATTENDING_DAYS_BEFORE = 1
OVERDUE_DAYS_AFTER = (1, 3, 7)
# School days during which a missed moment is made up. A missed daily digest ends with its day: the next
# one says the same and more.
REMINDER_CATCH_UP = 2
DIGEST_CATCH_UP = {"digest_daily": 0, "digest_weekly": 2, "digest_monthly": 5}


# --- what may be due --------------------------------------------------------------------------------
# `subject_id` is the thing (conference, participant, promise, goal), `recipient_id` who is told: a person
# or a participant. `reachable` is false for who may not be contacted or has no address.


@dataclass(frozen=True)
class ApprovalWaiting:
    """A conference request that lies with an approver."""

    subject_id: int
    recipient_id: int
    state: str
    requested_at: datetime
    starts_at: datetime
    reachable: bool = True


@dataclass(frozen=True)
class Invitation:
    """A participant's invitation; `invited_at` is when the last invitation or change was sent."""

    subject_id: int
    recipient_id: int
    state: str
    answer: str
    invited_at: datetime
    starts_at: datetime
    reachable: bool = True


@dataclass(frozen=True)
class Promise:
    """A commitment with a due day; `since_at` is when it was proposed or its due day last changed."""

    subject_id: int
    recipient_id: int
    state: str
    due_on: date
    since_at: datetime
    is_live: bool = True  # its activity is not cancelled and its case not closed
    reachable: bool = True


@dataclass(frozen=True)
class CheckIn:
    """A day set for asking how a promise or a behaviour goal stands."""

    subject_id: int
    recipient_id: int
    check_on: date
    since_at: datetime
    is_done: bool = False
    is_live: bool = True
    reachable: bool = True


@dataclass(frozen=True)
class DigestReader:
    """Someone who receives a digest (`kind` of DIGEST_KINDS), and how many lines it would hold."""

    recipient_id: int
    kind: str
    lines: int
    reachable: bool = True


Facts = ApprovalWaiting | Invitation | Promise | CheckIn | DigestReader


# --- what is due --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayLabel:
    """A day as a parameter of a sentence, labelled in the reader's language like a Term."""

    on: date

    def label(self, locale: str) -> str:
        return format_day(self.on, locale)

    def __str__(self) -> str:
        return self.label("en")


@dataclass(frozen=True)
class Reason:
    """Why something is due: a msgid with named parameters, translated at the edge."""

    message_id: str
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message_id % self.params


@dataclass(frozen=True)
class Period:
    """A digest's period: its key (`2026-08-03`, `2026-W32`, `2026-08`) and the day it is planned for."""

    key: str
    on: date


@dataclass(frozen=True)
class Due:
    """One mail that is due: `period` is the planned day of a reminder or the period of a digest."""

    kind: str
    recipient_id: int
    subject_id: int | None
    period: str
    reason: Reason

    @property
    def key(self) -> str:
        """Unique within a school: the same due thing has the same key at any later moment."""
        subject = "" if self.subject_id is None else f":{self.subject_id}"
        return f"{self.kind}:{self.recipient_id}{subject}:{self.period}"


def is_due(facts: Facts, clock: SchoolClock, at: datetime) -> Due | None:
    """What these facts make due at that moment, or None; whether it was sent is the caller's to know."""
    if not facts.reachable:
        return None
    if isinstance(facts, DigestReader):
        return _digest_due(facts, clock, at)
    today = clock.working_day(at, since=clock.reminder_at)
    if today is None or _is_over(facts, at):
        return None
    day_after = local_date(_since(facts), clock.tz) + timedelta(days=1)
    earliest = max(day_after, clock.add(today, -REMINDER_CATCH_UP))
    planned = [entry for entry in _plan(facts, clock, today) if earliest <= entry[0] <= today]
    if not planned:
        return None
    day, kind, message_id, named_day = planned[-1]
    reason = Reason(message_id, {"day": DayLabel(named_day)})
    return Due(kind, facts.recipient_id, facts.subject_id, day.isoformat(), reason)


def due_list(candidates: Iterable[Facts], clock: SchoolClock, at: datetime) -> list[Due]:
    """All that is due at that moment, each key once, in the order of the candidates."""
    found = {due.key: due for facts in candidates if (due := is_due(facts, clock, at)) is not None}
    return list(found.values())


def digest_period(kind: str, clock: SchoolClock, at: datetime) -> Period | None:
    """The period of that kind of digest that is to be sent at that moment, or None.

    A daily digest belongs to its school day; a weekly one to the set weekday, or the next school day of the
    same week; a monthly one to the first school day of the month.
    """
    today = clock.working_day(at, since=clock.digest_at)
    if today is None:
        return None
    if kind == "digest_daily":
        return Period(today.isoformat(), today)
    if kind == "digest_weekly":
        monday = today - timedelta(days=today.weekday())
        planned = clock.on_or_after(monday + timedelta(days=clock.weekly_on))
        year, week, _ = today.isocalendar()
        key, in_period = f"{year}-W{week:02d}", planned <= monday + timedelta(days=6)
    else:
        planned = clock.on_or_after(today.replace(day=1))
        key, in_period = f"{today:%Y-%m}", planned.month == today.month
    if not in_period or not clock.add(today, -DIGEST_CATCH_UP[kind]) <= planned <= today:
        return None
    return Period(key, planned)


def _since(facts: ApprovalWaiting | Invitation | Promise | CheckIn) -> datetime:
    if isinstance(facts, ApprovalWaiting):
        return facts.requested_at
    return facts.invited_at if isinstance(facts, Invitation) else facts.since_at


def _is_over(facts: ApprovalWaiting | Invitation | Promise | CheckIn, at: datetime) -> bool:
    """Answered, ended, cancelled or past: nothing of it is due any more."""
    if isinstance(facts, ApprovalWaiting):
        return facts.state != "requested" or facts.starts_at <= at
    if isinstance(facts, Invitation):
        return facts.state != "invited" or facts.answer not in ("pending", "yes") or facts.starts_at <= at
    if isinstance(facts, Promise):
        return not facts.is_live or facts.state not in OPEN_STATES
    return not facts.is_live or facts.is_done


Planned = tuple[date, str, str, date]


def _plan(
    facts: ApprovalWaiting | Invitation | Promise | CheckIn, clock: SchoolClock, today: date
) -> list[Planned]:
    """Planned days in order, each with its kind, its reason and the day that the reason names."""
    if isinstance(facts, ApprovalWaiting):
        asked_on = local_date(facts.requested_at, clock.tz)
        return [(today, "approval_waiting", N_("A request has waited for approval since %(day)s."), asked_on)]
    if isinstance(facts, Invitation):
        return _plan_invitation(facts, clock)
    if isinstance(facts, CheckIn):
        day = clock.on_or_after(facts.check_on)
        return [(day, "check_in", N_("A check-in is set for %(day)s."), facts.check_on)]
    return _plan_promise(facts.due_on, clock)


def _plan_invitation(facts: Invitation, clock: SchoolClock) -> list[Planned]:
    meeting_on = local_date(facts.starts_at, clock.tz)
    if facts.answer == "yes":
        day = clock.on_or_before(meeting_on - timedelta(days=ATTENDING_DAYS_BEFORE))
        return [(day, "attending", N_("The meeting on %(day)s is near."), meeting_on)]
    message_id = N_("The invitation for %(day)s is not answered yet.")
    return [
        (clock.on_or_before(meeting_on - timedelta(days=days)), "unanswered", message_id, meeting_on)
        for days in UNANSWERED_DAYS_BEFORE
    ]


def _plan_promise(due_on: date, clock: SchoolClock) -> list[Planned]:
    coming, gone = N_("A promise is due on %(day)s."), N_("A promise was due on %(day)s.")
    return [
        (clock.on_or_before(due_on - timedelta(days=1)), "promise_before", coming, due_on),
        (clock.on_or_before(due_on), "promise_due", coming, due_on),
        *((clock.on_or_after(due_on + timedelta(days=days)), "promise_overdue", gone, due_on)
          for days in OVERDUE_DAYS_AFTER),
    ]


_DIGEST_REASONS = {
    "digest_daily": N_("Daily digest of %(day)s: %(lines)s lines."),
    "digest_weekly": N_("Weekly digest, planned for %(day)s: %(lines)s lines."),
    "digest_monthly": N_("Monthly digest, planned for %(day)s: %(lines)s lines."),
}


def _digest_due(reader: DigestReader, clock: SchoolClock, at: datetime) -> Due | None:
    period = digest_period(reader.kind, clock, at) if reader.lines > 0 else None
    if period is None:
        return None
    reason = Reason(_DIGEST_REASONS[reader.kind], {"day": DayLabel(period.on), "lines": reader.lines})
    return Due(reader.kind, reader.recipient_id, None, period.key, reason)
