"""What is due when: reminders and digests, from small facts, a school's clock and a moment.

Everything leaves on school days only, at the times that the school set, in the school's zone (none of the
three has daylight saving). A day planned on a free day moves: what comes before a date moves back, what
comes after it moves on. `reminders` and `next_digest` plan ahead; `is_due` and `verdict` decide at the
moment of sending, from the facts as they are then: a missed moment is made up within a few school days,
never before the set time of the day, and never for what is past, answered, ended or cancelled. The same
due thing has the same key however often it is asked, so that a unique index makes sending happen once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from webapp.domain.commitments import OPEN_STATES
from webapp.domain.dates import format_day, local_date
from webapp.domain.digests import digest_period, digest_time, period_holding
from webapp.domain.errors import N_
from webapp.domain.school_clock import SchoolClock
from webapp.domain.vocabulary import Term, Vocabulary

DUE_KINDS = Vocabulary(
    Term("approval_reminder", "Permohonan menunggu persetujuan", "Request waiting for approval"),
    Term("answer_reminder", "Undangan belum dijawab", "Invitation not answered"),
    Term("attendance_reminder", "Pengingat bagi yang akan hadir", "Reminder to those who come"),
    Term("commitment_reminder", "Pengingat komitmen", "Reminder of a promise"),
    Term("commitment_escalation", "Komitmen tetap terlambat", "Promise stays overdue"),
    Term("pledge_refused", "Komitmen kerahasiaan ditolak", "Commitment to confidentiality declined"),
    Term("invitation_disowned", "Undangan bukan untuk penerimanya", "Invitation is not for its reader"),
    Term("daily_digest", "Ringkasan harian", "Daily digest"),
    Term("weekly_digest", "Ringkasan mingguan", "Weekly digest"),
    Term("monthly_digest", "Ringkasan bulanan", "Monthly digest"),
)

ANSWER_DAYS_BEFORE = (3, 1)
ATTENDANCE_DAYS_BEFORE = 1
OVERDUE_DAYS_AFTER = (1, 3, 7)
REMINDER_CATCH_UP = 2  # school days during which a missed reminder is made up

# --- what may be due --------------------------------------------------------------------------------
# `subject_id` is the thing (conference, participant, commitment, check-in), `recipient` who is told
# (`user:<id>`, `participant:<id>`, `district:<id>`). `reachable` is false for a person who may not be
# contacted or has no address.


@dataclass(frozen=True)
class ApprovalWaiting:
    """A conference request that lies with an approver; `state` is the conference's."""

    subject_id: int
    recipient: str
    state: str
    requested_at: datetime
    starts_at: datetime
    reachable: bool = True

    @property
    def since_at(self) -> datetime:
        return self.requested_at


@dataclass(frozen=True)
class Invitation:
    """A participant's invitation; `since_at` is when the last invitation or change of time was sent."""

    subject_id: int
    recipient: str
    state: str
    answer: str
    since_at: datetime
    starts_at: datetime
    reachable: bool = True


@dataclass(frozen=True)
class CommitmentDue:
    """A commitment with a due day; `since_at` is when it was proposed. Not live: cancelled or case closed."""

    subject_id: int
    recipient: str
    state: str
    due_on: date
    since_at: datetime
    is_live: bool = True
    reachable: bool = True


@dataclass(frozen=True)
class Escalation(CommitmentDue):
    """A commitment that stays overdue, for `recipient` `counsellor` or `principal`: whoever that then is."""


ESCALATION_LEVELS = ("counsellor", "principal")


@dataclass(frozen=True)
class DigestReader:
    """Someone who receives a digest (`kind` of DIGEST_KINDS), and how many lines it would hold now."""

    recipient: str
    kind: str
    lines: int
    reachable: bool = True


ReminderFacts = ApprovalWaiting | Invitation | CommitmentDue
Facts = ReminderFacts | DigestReader


# --- what is due --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayLabel:
    """A day as a parameter of a sentence, labelled in the reader's language like a Term."""

    on: date

    def label(self, locale: str) -> str:
        """`Senin, 3 Agustus 2026`."""
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
class Due:
    """One mail: planned for `due_at`; `period` is the planned day of a reminder or a digest's period."""

    kind: str
    recipient: str
    subject_id: int  # 0 for a digest
    period: str
    due_at: datetime
    reason: Reason

    @property
    def key(self) -> tuple[str, str, int, str]:
        """Unique within a school: kind, recipient, subject, period."""
        return self.kind, self.recipient, self.subject_id, self.period


def reminders(facts: ReminderFacts, clock: SchoolClock) -> list[Due]:
    """All reminders that these facts plan, in order, one a day; none on or before the day they arose."""
    since_on = local_date(facts.since_at, clock.tz)
    kind, days = _plan(facts, clock)
    planned: dict[date, Due] = {}
    for on, reason in days:
        due_at = clock.moment(on, clock.reminders_at)
        if on > since_on and not _starts_before(facts, due_at):
            # Told once for each due day, however often the school changes after how many days.
            period = facts.due_on if isinstance(facts, Escalation) else on
            planned[on] = Due(kind, facts.recipient, facts.subject_id, period.isoformat(), due_at, reason)
    return list(planned.values())


def is_due(facts: Facts, clock: SchoolClock, at: datetime) -> Due | None:
    """What these facts make due at that moment, or None; whether it was sent is the caller's to know."""
    if isinstance(facts, DigestReader):
        return _digest_due(facts, clock, at)
    today = clock.working_day(at, since=clock.reminders_at)
    if today is None or _refusal(facts, at) is not None:
        return None
    earliest = clock.moment(clock.add(today, -REMINDER_CATCH_UP), clock.reminders_at)
    # What stays overdue stays worth telling.
    is_lasting = isinstance(facts, Escalation)
    planned = reversed(reminders(facts, clock))
    return next((due for due in planned if due.due_at <= at and (is_lasting or earliest <= due.due_at)), None)


def due_list(candidates: Iterable[Facts], clock: SchoolClock, at: datetime) -> list[Due]:
    """All that is due at that moment, each key once, in the order of the candidates."""
    found = {due.key: due for facts in candidates if (due := is_due(facts, clock, at)) is not None}
    return list(found.values())


# What becomes of a planned row when its moment has come.
VERDICTS = (
    "send", "wait", "unreachable", "answered", "ended", "cancelled", "past", "nothing_to_say", "missed"
)


def verdict(facts: Facts, clock: SchoolClock, at: datetime, period: str) -> str:
    """What to do now with the row planned for `period`: a word of VERDICTS; all but "wait" are final."""
    set_time = digest_time(facts.kind, clock) if isinstance(facts, DigestReader) else clock.reminders_at
    today = clock.working_day(at, since=set_time)
    refusal = _refusal(facts, at)
    if refusal is not None and refusal != "nothing_to_say":
        return refusal
    if today is None or _lies_ahead(facts, clock, today, period):
        return "wait"
    due = is_due(facts, clock, at)
    if due is not None and due.period == period:
        return "send"
    if isinstance(facts, Escalation) and due is None and refusal is None:
        return "wait"  # the school has put it off since
    return refusal or "missed"


def _lies_ahead(facts: Facts, clock: SchoolClock, today: date, period: str) -> bool:
    """A row that is not planned yet (a clock went back since it was claimed)."""
    if not isinstance(facts, DigestReader):
        return period > today.isoformat()
    current = period_holding(facts.kind, clock, today)
    return current is not None and (period > current.key or (period == current.key and current.on > today))


_DIGEST_REASONS = {
    "daily_digest": N_("Daily digest of %(day)s; lines: %(lines)s."),
    "weekly_digest": N_("Weekly digest, planned for %(day)s; lines: %(lines)s."),
    "monthly_digest": N_("Monthly digest, planned for %(day)s; lines: %(lines)s."),
}


def _digest_due(reader: DigestReader, clock: SchoolClock, at: datetime) -> Due | None:
    period = digest_period(reader.kind, clock, at) if _refusal(reader, at) is None else None
    if period is None:
        return None
    reason = Reason(_DIGEST_REASONS[reader.kind], {"day": DayLabel(period.on), "lines": reader.lines})
    return Due(reader.kind, reader.recipient, 0, period.key, period.due_at, reason)


# --- reminders ----------------------------------------------------------------------------------------


def _starts_before(facts: ReminderFacts, moment: datetime) -> bool:
    return isinstance(facts, ApprovalWaiting | Invitation) and facts.starts_at <= moment


def _refusal(facts: Facts, at: datetime) -> str | None:
    """Why nothing of it is due any more (a word of VERDICTS), or None."""
    if not facts.reachable:
        return "unreachable"
    if isinstance(facts, DigestReader):
        return None if facts.lines > 0 else "nothing_to_say"
    if isinstance(facts, CommitmentDue):
        if not facts.is_live:
            return "cancelled"
        return None if facts.state in OPEN_STATES else "ended"
    if facts.state == "cancelled":
        return "cancelled"
    if facts.state != ("requested" if isinstance(facts, ApprovalWaiting) else "invited"):
        return "ended"
    if facts.starts_at <= at:
        return "past"
    if isinstance(facts, Invitation) and facts.answer not in ("pending", "yes"):
        return "answered"
    return None


def _plan(facts: ReminderFacts, clock: SchoolClock) -> tuple[str, list[tuple[date, Reason]]]:
    """Kind, and the planned days in order with the reason of each."""
    if isinstance(facts, ApprovalWaiting):
        return "approval_reminder", _plan_approval(facts, clock)
    if isinstance(facts, Escalation):
        gone = _reason(N_("A promise has been overdue since %(day)s."), facts.due_on)
        after = timedelta(days=clock.overdue_days(facts.recipient))
        return "commitment_escalation", [(clock.on_or_after(facts.due_on + after), gone)]
    if isinstance(facts, CommitmentDue):
        return "commitment_reminder", _plan_commitment(facts.due_on, clock)
    meeting_on = local_date(facts.starts_at, clock.tz)
    if facts.answer == "yes":
        reason = _reason(N_("The meeting is on %(day)s."), meeting_on)
        on = clock.on_or_before(meeting_on - timedelta(days=ATTENDANCE_DAYS_BEFORE))
        return "attendance_reminder", [(on, reason)]
    reason = _reason(N_("The invitation for %(day)s is not answered yet."), meeting_on)
    days = [clock.on_or_before(meeting_on - timedelta(days=days)) for days in ANSWER_DAYS_BEFORE]
    return "answer_reminder", [(on, reason) for on in days]


def _plan_approval(facts: ApprovalWaiting, clock: SchoolClock) -> list[tuple[date, Reason]]:
    """Every school day after the day of the request until the meeting would start."""
    asked_on, meeting_on = local_date(facts.requested_at, clock.tz), local_date(facts.starts_at, clock.tz)
    reason = _reason(N_("A request has waited for approval since %(day)s."), asked_on)
    days = []
    on = clock.day_after(asked_on)
    while on <= meeting_on:
        days.append((on, reason))
        on = clock.day_after(on)
    return days


def _plan_commitment(due_on: date, clock: SchoolClock) -> list[tuple[date, Reason]]:
    """The school day before, the day itself, and some days after."""
    coming = _reason(N_("A promise is due on %(day)s."), due_on)
    gone = _reason(N_("A promise was due on %(day)s."), due_on)
    return [
        (clock.on_or_before(due_on - timedelta(days=1)), coming),
        (clock.on_or_before(due_on), coming),
        *((clock.on_or_after(due_on + timedelta(days=days)), gone) for days in OVERDUE_DAYS_AFTER),
    ]


def _reason(message_id: str, on: date) -> Reason:
    return Reason(message_id, {"day": DayLabel(on)})
