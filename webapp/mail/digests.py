"""Digests: the counsellor's day, the principal's week, the district's month."""

from __future__ import annotations

from datetime import date
from typing import Literal

from webapp.domain.dates import format_date, format_day, format_month
from webapp.domain.vocabulary import Term, Vocabulary
from webapp.mail.content import MAILS, Link, MailContent, OptionalFacts, facts, write

DIGEST_SECTIONS = Vocabulary(
    Term("overdue", "Terlambat", "Overdue"),
    Term("today", "Jatuh tempo hari ini", "Due today"),
    Term("this_week", "Jatuh tempo minggu ini", "Due this week"),
    Term("unanswered", "Undangan belum dijawab", "Invitations without an answer"),
    Term("bounced", "Surel ditolak alamat tujuan: hubungi lewat telepon", "Mails that bounced: please phone"),
    Term("reported", "Laporan baru", "Newly reported"),
)

DIGEST_SUBJECTS = Vocabulary(
    Term("commitment", "Komitmen", "Promise"),
    Term("goal", "Pengamatan perilaku", "Behaviour check-in"),
    Term("invitation", "Undangan", "Invitation"),
    Term("mail", "Surel", "Mail"),
    Term("minutes", "Berita acara", "Minutes"),
    Term("conference", "Konferensi", "Conference"),
)


@facts
class DigestLine:
    """One due thing: the case by its number, what it is (a key of DIGEST_SUBJECTS), its date, its page."""

    case_number: str
    what: Literal["commitment", "goal", "invitation", "mail", "minutes", "conference"]
    on: date
    link: Link


@facts
class DigestSection:
    """Lines of one kind (a key of DIGEST_SECTIONS), in the order in which they are shown."""

    kind: Literal["overdue", "today", "this_week", "unanswered", "bounced", "reported"]
    lines: tuple[DigestLine, ...]


@facts
class DailyDigestFacts(OptionalFacts):
    """One counsellor's day; `link` opens Today, `review_link` the replies that wait for a person's look."""

    day: date
    sections: tuple[DigestSection, ...]
    link: Link
    replies_waiting: int = 0
    review_link: Link | Literal[""] = ""


@facts
class WeeklyDigestFacts(OptionalFacts):
    """Counts of one week for a principal; first and last day included."""

    week_from: date
    week_to: date
    requests_waiting: int
    conferences_held: int
    conferences_ahead: int
    commitments_overdue: int
    link: Link


@facts
class SchoolFigures:
    """One school's month. None is a figure too small to be shown, printed `<5`."""

    school: str
    open_cases: int | None
    conferences_held: int | None
    conferences_ahead: int | None
    commitments_overdue: int | None
    # Whole per cent of the invited who came; None when too few were invited to say.
    attendance_percent: int | None


@facts
class MonthlyDigestFacts(OptionalFacts):
    """Figures per school for a district; `month` is any day of the month reported on."""

    month: date
    schools: tuple[SchoolFigures, ...]
    link: Link


def _words(line: DigestLine, locale: str) -> tuple[str, str, str, str]:
    return line.case_number, DIGEST_SUBJECTS[line.what].label(locale), format_day(line.on, locale), line.link


@MAILS.mail(DailyDigestFacts, automatic=True)
def daily_digest(facts: DailyDigestFacts, locale: str) -> MailContent:
    """To a counsellor on a school morning: what is due, by case number."""
    sections = [
        (DIGEST_SECTIONS[section.kind].label(locale), [_words(line, locale) for line in section.lines])
        for section in facts.sections
        if section.lines
    ]
    return write("daily_digest", facts, locale, day=format_day(facts.day, locale), sections=sections)


@MAILS.mail(WeeklyDigestFacts, automatic=True)
def weekly_digest(facts: WeeklyDigestFacts, locale: str) -> MailContent:
    """To a principal: the week in four counts."""
    first, last = format_date(facts.week_from, locale), format_date(facts.week_to, locale)
    return write("weekly_digest", facts, locale, first=first, last=last)


@MAILS.mail(MonthlyDigestFacts, automatic=True)
def monthly_digest(facts: MonthlyDigestFacts, locale: str) -> MailContent:
    """To a district: figures per school, small ones hidden, no names of people."""
    return write("monthly_digest", facts, locale, month=format_month(facts.month, locale))
