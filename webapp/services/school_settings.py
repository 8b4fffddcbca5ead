"""What a school sets for itself: letterhead and logos, clock and schedules, numbers and approval."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, select

from webapp import tenancy
from webapp.domain import numbering, words
from webapp.domain.clock_times import parse_clock_time
from webapp.domain.errors import N_, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.models.schools import School, SchoolLogo
from webapp.reports.logos import check_logo
from webapp.services import access, accounts, audit, dues, letterheads, numbers, people
from webapp.tenancy import Actor

LETTERHEAD_FIELDS = (
    "letterhead_line1",
    "letterhead_line2",
    "address",
    "city",
    "phone",
    "email",
    "website",
)
LONGEST_LINE = 160
LOGO_SLOTS = ("left", "right")
LONGEST_PART = 40
EXAMPLE_NUMBER = 14


@dataclass(frozen=True)
class Schedule:
    """The school's clock; times as typed (`06.30`), the weekday from 0 (Monday)."""

    time_zone: str
    school_year_starts_month: int
    six_day_week: bool
    daily_digest_at: str
    weekly_digest_at: str
    weekly_digest_weekday: int
    reminders_at: str


def own(actor: Actor) -> School:
    """The row of the admin's own school."""
    access.require(actor, Permission.SETTINGS_MANAGE)
    return letterheads.school(actor)


def change_letterhead(actor: Actor, values: Mapping[str, str]) -> None:
    """Change the lines of the letterhead (LETTERHEAD_FIELDS); blank ones are left out of letters."""
    school = own(actor)
    cleaned: dict[str, str | None] = {}
    for field in LETTERHEAD_FIELDS:
        line = " ".join(values.get(field, "").split())
        if len(line) > LONGEST_LINE or not line.isprintable():
            raise Invalid(N_("This line has at most %(limit)s characters."), field=field, limit=LONGEST_LINE)
        cleaned[field] = line or None
    if cleaned["email"]:
        cleaned["email"] = accounts.normal_email(cleaned["email"])
    for field, line_or_none in cleaned.items():
        setattr(school, field, line_or_none)
    audit.record(actor, "school.letterhead_changed", school)


def set_logo(actor: Actor, slot: str, content: bytes) -> None:
    """Put a PNG or JPEG into a slot of the letterhead; Invalid when it cannot be printed."""
    school = own(actor)
    _check_slot(slot)
    try:
        check_logo(content)
    except Invalid as refusal:
        raise Invalid(refusal.message_id, field=f"logo-{slot}", **refusal.params) from refusal
    row = _logo(actor, slot) or SchoolLogo(slot=slot)
    row.media_type = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
    row.content = content
    tenancy.add(row)
    audit.record(actor, "school.logo_changed", school, slot=slot)


def remove_logo(actor: Actor, slot: str) -> None:
    """Empty a slot of the letterhead."""
    school = own(actor)
    _check_slot(slot)
    tenancy.session.execute(
        delete(SchoolLogo).where(SchoolLogo.school_id == actor.school_id, SchoolLogo.slot == slot)
    )
    audit.record(actor, "school.logo_removed", school, slot=slot)


def logo(actor: Actor, slot: str) -> tuple[str, bytes]:
    """(media type, bytes) of a slot; NotFound when it is empty."""
    access.require(actor, Permission.SETTINGS_MANAGE)
    row = _logo(actor, slot)
    if row is None:
        raise NotFound()
    return row.media_type, bytes(row.content)


def filled_logo_slots(actor: Actor) -> set[str]:
    """Which of LOGO_SLOTS hold a picture."""
    access.require(actor, Permission.SETTINGS_MANAGE)
    return set(
        tenancy.session.scalars(select(SchoolLogo.slot).where(SchoolLogo.school_id == actor.school_id))
    )


def change_schedule(actor: Actor, schedule: Schedule) -> None:
    """Change zone, school year, week and the times of mails; what waits is planned anew."""
    school = own(actor)
    if schedule.time_zone not in words.TIME_ZONES:
        raise Invalid(N_("Choose a time zone."), field="time_zone")
    if not 1 <= schedule.school_year_starts_month <= 12:
        raise Invalid(N_("Choose a month."), field="school_year_starts_month")
    if not 0 <= schedule.weekly_digest_weekday <= (5 if schedule.six_day_week else 4):
        raise Invalid(N_("Choose a school day."), field="weekly_digest_weekday")
    times = {
        field: parse_clock_time(getattr(schedule, field), field=field)
        for field in ("daily_digest_at", "weekly_digest_at", "reminders_at")
    }
    school.time_zone = schedule.time_zone
    school.school_year_starts_month = schedule.school_year_starts_month
    school.six_day_week = schedule.six_day_week
    school.weekly_digest_weekday = schedule.weekly_digest_weekday
    for field, at in times.items():
        setattr(school, field, at)
    dues.replan_school(actor)
    audit.record(actor, "school.schedule_changed", school)


def change_case_rules(
    actor: Actor,
    *,
    case_number_pattern: str,
    minutes_access_days: int,
    substitute_approver_id: int | None,
    overdue_counsellor_days: int,
    overdue_principal_days: int,
) -> None:
    """Change how cases are numbered, how long minutes stay open, who stands in for the principal, and when
    overdue promises are told to counsellor and principal."""
    school = own(actor)
    pattern = case_number_pattern.strip()
    numbering.check_pattern(pattern, field="case_number_pattern")
    if not 1 <= minutes_access_days <= 365:
        raise Invalid(N_("Choose between 1 and 365 days."), field="minutes_access_days")
    escalates = {
        "overdue_counsellor_days": overdue_counsellor_days,
        "overdue_principal_days": overdue_principal_days,
    }
    for field, days in escalates.items():
        if not 1 <= days <= 90:
            raise Invalid(N_("Choose between 1 and 90 days."), field=field)
    staff = {member.user_id for member in people.staff(actor)}
    if substitute_approver_id is not None and substitute_approver_id not in staff:
        raise Invalid(N_("Choose somebody who works here."), field="substitute_approver_id")
    school.case_number_pattern = pattern
    school.minutes_access_days = minutes_access_days
    school.substitute_approver_id = substitute_approver_id
    if any(getattr(school, field) != days for field, days in escalates.items()):
        for field, days in escalates.items():
            setattr(school, field, days)
        dues.replan_school(actor)
    audit.record(actor, "school.case_rules_changed", school)


def change_letter_numbers(
    actor: Actor, *, pattern: str, code: str, unit: str, patterns: Mapping[str, str]
) -> None:
    """Change how letters are numbered; letters that exist keep their number.

    code, unit: what stands for {kode} and {unit}; Invalid where the pattern has a token and nothing for it.
    patterns: kinds of letter with a pattern of their own; an empty one is numbered by `pattern`.
    """
    school = own(actor)
    values = _letter_numbers(pattern, code, unit)
    school.letter_number_pattern, school.letter_code, school.letter_unit = values
    school.letter_patterns = {
        kind: _letter_numbers(text, code, unit, field=f"pattern_{kind}")[0]
        for kind, text in patterns.items()
        if kind in numbering.LETTER_KINDS and text.strip()
    }
    audit.record(actor, "school.letter_numbers_changed", school)


def letter_number_example(actor: Actor, *, pattern: str, code: str, unit: str) -> str:
    """The number of a letter issued today under this pattern; Invalid says what is wrong with it."""
    return _example_of(actor, own(actor), pattern, code, unit)


def letter_number_examples(
    actor: Actor, patterns: Mapping[str, str], *, code: str, unit: str
) -> dict[str, str]:
    """The same by kind of letter; without those whose pattern is empty or wrong."""
    school, found = own(actor), {}
    for kind, pattern in patterns.items():
        with suppress(Invalid):
            found[kind] = _example_of(actor, school, pattern, code, unit, kind)
    return found


def letters_alike(actor: Actor) -> tuple[tuple[str, ...], ...]:
    """Groups of kinds whose letters can bear the same number, by the patterns that the school has now."""
    school = own(actor)
    return numbering.alike({kind: numbers.letter_pattern(school, kind) for kind in numbering.LETTER_KINDS})


def _example_of(
    actor: Actor, school: School, pattern: str, code: str, unit: str, kind: str = numbering.LETTER_KINDS[0]
) -> str:
    pattern, kode, satuan = _letter_numbers(pattern, code, unit)
    return numbering.render(
        pattern,
        number=EXAMPLE_NUMBER,
        on=actor.today,
        code=kode or "",
        unit=satuan or "",
        kind=kind,
        start_month=school.school_year_starts_month,
    )


def _letter_numbers(
    pattern: str, code: str, unit: str, *, field: str = "letter_number_pattern"
) -> tuple[str, str | None, str | None]:
    pattern = pattern.strip()
    numbering.check_pattern(pattern, field=field)
    found: dict[str, str | None] = {}
    for token, text in (("kode", code), ("unit", unit)):
        line = " ".join(text.split())
        box = f"letter_{'code' if token == 'kode' else 'unit'}"
        if len(line) > LONGEST_PART or not line.isprintable():
            raise Invalid(N_("This line has at most %(limit)s characters."), field=box, limit=LONGEST_PART)
        if "{" + token + "}" in pattern and not line:
            raise Invalid(N_("The pattern asks for this: fill it in, or take it out there."), field=box)
        found[token] = line or None
    return pattern, found["kode"], found["unit"]


def number_example(actor: Actor, pattern: str) -> str:
    """The number of a case opened today under this pattern; Invalid says what is wrong with it."""
    school = own(actor)
    numbering.check_pattern(pattern.strip(), field="case_number_pattern")
    return numbering.case_number(
        EXAMPLE_NUMBER, actor.today, pattern=pattern.strip(), start_month=school.school_year_starts_month
    )


def _check_slot(slot: str) -> None:
    if slot not in LOGO_SLOTS:
        raise NotFound()


def _logo(actor: Actor, slot: str) -> SchoolLogo | None:
    return tenancy.session.scalar(
        select(SchoolLogo).where(SchoolLogo.school_id == actor.school_id, SchoolLogo.slot == slot)
    )
