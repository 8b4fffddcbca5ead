"""What a digest says: collected as the person who receives it, so that nothing they may not see can enter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Date, and_, cast, func, select, text

from webapp import tenancy
from webapp.domain import figures as figure_rules
from webapp.domain.commitments import OPEN_STATES
from webapp.domain.dates import zone
from webapp.domain.digests import Period
from webapp.domain.errors import Forbidden
from webapp.domain.school_clock import SchoolClock
from webapp.mail.messages import (
    DailyDigestFacts,
    DigestLine,
    DigestSection,
    Facts,
    Letterhead,
    MonthlyDigestFacts,
    SchoolFigures,
    WeeklyDigestFacts,
)
from webapp.models.cases import Case
from webapp.models.commitments import Commitment
from webapp.models.conferences import Conference
from webapp.models.schools import District, School
from webapp.services import attention, digest_choices, incoming_review, letterheads, links
from webapp.tenancy import Actor

SECTIONS = ("overdue", "today", "this_week", "unanswered", "bounced", "reported")
READERS = {
    "daily_digest": ("counsellor", "class_teacher"),
    "weekly_digest": ("principal",),
    "monthly_digest": ("district_admin", "district_officer"),
}
FIRST_LOOK_BACK = timedelta(days=7)
"""How far the first daily digest looks back for new reports."""
_AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Digest:
    """The facts of one digest's mail, and how many things it has to say: 0 is not sent."""

    facts: Facts
    lines: int


def collect(
    actor: Actor, kind: str, period: Period, clock: SchoolClock, *, to_name: str, since: datetime | None
) -> Digest:
    """The digest of that kind and period as the actor may read it; Forbidden for one whom it is not for.

    since: when the actor's last daily digest was collected.
    """
    if not actor.has_role(*READERS[kind]):
        raise Forbidden()
    if kind == "daily_digest":
        return _daily(actor, period, to_name, since or actor.at - FIRST_LOOK_BACK)
    if kind == "weekly_digest":
        return _weekly(actor, period, clock, to_name)
    return _monthly(actor, period, to_name)


# --- the counsellor's day ---------------------------------------------------------------------------


def _daily(actor: Actor, period: Period, to_name: str, since: datetime) -> Digest:
    matters = attention.all_matters(actor, reported_since=since)
    base = links.school_url(actor)
    replies = incoming_review.count(actor)
    sections = tuple(
        DigestSection(kind=section, lines=lines)  # type: ignore[arg-type]
        for section in SECTIONS
        if (lines := _lines(attention.in_section(matters, section), base))
    )
    facts = DailyDigestFacts(
        letterhead=letterheads.mail_letterhead(actor),
        to_name=to_name,
        day=period.on,
        sections=sections,
        link=base,
        replies_waiting=replies,
        review_link=f"{base}outbox/incoming/",
        stop_link=digest_choices.stop_link(actor.person_id, "daily_digest"),
    )
    return Digest(facts, sum(len(section.lines) for section in sections) + replies)


def _lines(matters: list[attention.Matter], base: str) -> tuple[DigestLine, ...]:
    return tuple(
        DigestLine(case_number=matter.case_number, what=matter.what, on=matter.on, link=base + matter.path)  # type: ignore[arg-type]
        for matter in matters
    )


# --- the principal's week ---------------------------------------------------------------------------


def _weekly(actor: Actor, period: Period, clock: SchoolClock, to_name: str) -> Digest:
    first, last = week_before(period, clock)
    concluded_on = cast(func.timezone(actor.time_zone, Conference.concluded_at), Date)
    waiting, held, ahead = tenancy.session.execute(
        select(
            func.count().filter(Conference.state == "requested"),
            func.count().filter(concluded_on.between(first, last)),
            func.count().filter(
                Conference.state.in_(("approved", "invited")), Conference.starts_at > actor.at
            ),
        ).where(Conference.school_id == actor.school_id)
    ).one()
    overdue = tenancy.session.scalar(
        select(func.count())
        .select_from(Commitment)
        .join(Case, and_(Case.school_id == Commitment.school_id, Case.id == Commitment.case_id))
        .where(
            Commitment.school_id == actor.school_id,
            Commitment.state.in_(OPEN_STATES),
            Commitment.due_on < actor.today,
            Case.status != "closed",
        )
    )
    counts = (waiting, held, ahead, overdue or 0)
    facts = WeeklyDigestFacts(
        letterhead=letterheads.mail_letterhead(actor),
        to_name=to_name,
        week_from=first,
        week_to=last,
        requests_waiting=waiting,
        conferences_held=held,
        conferences_ahead=ahead,
        commitments_overdue=overdue or 0,
        link=links.school_url(actor),
        stop_link=digest_choices.stop_link(actor.person_id, "weekly_digest"),
    )
    return Digest(facts, sum(counts))


def week_before(period: Period, clock: SchoolClock) -> tuple[date, date]:
    """The seven days before the school's day for weekly digests: each day belongs to one digest, also
    where a holiday moves the mail."""
    monday = period.on - timedelta(days=period.on.weekday())
    last = monday + timedelta(days=clock.weekly_digest_weekday - 1)
    return last - timedelta(days=6), last


# --- the district's month ---------------------------------------------------------------------------


def _monthly(actor: Actor, period: Period, to_name: str) -> Digest:
    until_on = period.on.replace(day=1)
    since_on = (until_on - timedelta(days=1)).replace(day=1)
    since, until = (datetime.combine(on, time(), tzinfo=zone(actor.time_zone)) for on in (since_on, until_on))
    month = _figures(since, until)
    ahead = _figures(actor.at, actor.at + _AHEAD)
    schools = tenancy.session.execute(
        select(School.id, School.name)
        .where(School.district_id == actor.district_id, School.active)
        .order_by(School.name, School.id)
    ).all()
    district = tenancy.session.scalars(select(District).where(District.id == actor.district_id)).one()
    rows = tuple(
        SchoolFigures(
            school=name,
            open_cases=_shown(month[school_id]["open_cases"]),
            conferences_held=_shown(month[school_id]["conferences_held"]),
            conferences_ahead=_shown(ahead[school_id]["conferences_planned"]),
            commitments_overdue=_shown(month[school_id]["overdue_commitments"]),
            attendance_percent=figure_rules.share(month[school_id]["came"], month[school_id]["invited"]),
        )
        for school_id, name in schools
    )
    facts = MonthlyDigestFacts(
        letterhead=Letterhead(name=district.name, zone=district.time_zone),
        to_name=to_name,
        month=since_on,
        schools=rows,
        link=links.district_url(actor),
        stop_link=digest_choices.stop_link(actor.person_id, "monthly_digest"),
    )
    return Digest(facts, sum(_says_something(row) for row in rows))


def _figures(since: datetime, until: datetime) -> dict[int, dict[str, int]]:
    rows = tenancy.session.execute(
        text("SELECT * FROM app_district_figures(:since, :until)"), {"since": since, "until": until}
    ).mappings()
    return {row["school_id"]: dict(row) for row in rows}


def _shown(count: int) -> int | None:
    return None if figure_rules.is_small(count) else count


def _says_something(row: SchoolFigures) -> bool:
    return any(
        count != 0
        for count in (row.open_cases, row.conferences_held, row.conferences_ahead, row.commitments_overdue)
    )
