"""Digests: which period is sent at which moment."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_schedules import CLOCK, CLOCKS, MOMENTS, local
from webapp.domain.dates import local_date
from webapp.domain.digests import DIGEST_KINDS, digest_period, next_digest
from webapp.domain.schedules import DigestReader, is_due
from webapp.domain.school_clock import SchoolClock

KINDS = st.sampled_from(DIGEST_KINDS)


def key_at(kind: str, at: datetime, clock: SchoolClock = CLOCK) -> str | None:
    period = digest_period(kind, clock, at)
    return None if period is None else period.key


def test_a_daily_digest_leaves_on_school_days_at_its_time_and_belongs_to_the_day():
    assert key_at("daily_digest", local(25, 6, 29)) is None
    assert key_at("daily_digest", local(25, 6, 30)) == "2026-11-25"
    assert key_at("daily_digest", local(25, 23, 59)) == "2026-11-25"
    assert key_at("daily_digest", local(28, 9)) is None  # a Saturday
    assert key_at("daily_digest", datetime(2026, 8, 17, 1, tzinfo=UTC)) is None  # Independence Day


def test_a_weekly_digest_leaves_on_monday_or_the_next_school_day_of_the_week():
    assert key_at("weekly_digest", local(23, 7)) == "2026-W48"
    tuesday = datetime(2026, 8, 18, 1, tzinfo=UTC)  # Monday the 17th is a holiday
    assert digest_period("weekly_digest", CLOCK, tuesday).on == date(2026, 8, 18)
    assert key_at("weekly_digest", tuesday) == "2026-W34"


def test_a_weekly_digest_set_to_a_free_day_at_the_end_of_the_week_leaves_before_it():
    clock = SchoolClock("Asia/Jakarta", weekly_digest_weekday=6)
    assert digest_period("weekly_digest", clock, local(27, 7)).on == date(2026, 11, 27)


def test_a_week_without_school_has_no_weekly_digest():
    week = frozenset(date(2026, 11, 23) + timedelta(days=n) for n in range(5))
    clock = SchoolClock("Asia/Jakarta", holidays=week)
    assert all(key_at("weekly_digest", local(day, 12), clock) is None for day in range(23, 30))


def test_a_monthly_digest_leaves_on_the_first_school_day_of_the_month():
    assert key_at("monthly_digest", datetime(2026, 8, 1, 3, tzinfo=UTC)) is None  # a Saturday
    period = digest_period("monthly_digest", CLOCK, datetime(2026, 8, 3, 0, tzinfo=UTC))
    assert (period.key, period.on) == ("2026-08", date(2026, 8, 3))


@pytest.mark.parametrize(("kind", "days"), [("daily_digest", 0), ("weekly_digest", 2), ("monthly_digest", 5)])
def test_a_missed_digest_is_made_up_for_some_school_days(kind, days):
    period = next_digest(kind, CLOCK, datetime(2026, 8, 31, 12, tzinfo=UTC))
    last = CLOCK.add(period.on, days)
    assert key_at(kind, CLOCK.moment(last, time(9))) == period.key
    assert key_at(kind, CLOCK.moment(CLOCK.add(last, 1), time(9))) != period.key


def test_a_digest_with_nothing_to_say_is_not_due():
    assert is_due(DigestReader("user:1", "daily_digest", 0), CLOCK, local(25)) is None
    due = is_due(DigestReader("user:1", "daily_digest", 2), CLOCK, local(25))
    assert due.key == ("daily_digest", "user:1", 0, "2026-11-25")
    assert str(due.reason) == "Daily digest of Wednesday, 25 November 2026; lines: 2."


@given(KINDS, CLOCKS, MOMENTS)
def test_the_next_digest_lies_ahead_and_is_due_when_its_moment_comes(kind, clock, after):
    coming = next_digest(kind, clock, after)
    assert coming.due_at > after
    assert clock.works_on(coming.on)
    assert digest_period(kind, clock, coming.due_at) == coming
    assert digest_period(kind, clock, coming.due_at - timedelta(minutes=1)) != coming


@given(KINDS, CLOCKS, MOMENTS)
def test_one_digest_after_the_other_has_a_period_of_its_own(kind, clock, after):
    keys, moments = [], []
    for _ in range(6):
        coming = next_digest(kind, clock, after)
        keys.append(coming.key)
        moments.append(coming.due_at)
        after = coming.due_at
    assert keys == sorted(set(keys))
    assert moments == sorted(set(moments))


@given(CLOCKS, MOMENTS)
def test_every_school_day_has_exactly_one_daily_digest(clock, at):
    on = local_date(at, clock.tz)
    keys = {
        key_at("daily_digest", clock.moment(on, time(0)) + timedelta(minutes=n * 5), clock)
        for n in range(288)
    }
    last_minute = key_at("daily_digest", clock.moment(on, time(23, 59)), clock)
    assert keys | {last_minute} <= {None, on.isoformat()}
    assert (last_minute is not None) == clock.works_on(on)
