"""Reminders: what is due when, never twice, never for what is over."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.dates import local_time, zone
from webapp.domain.digests import DIGEST_KINDS
from webapp.domain.schedules import (
    DUE_KINDS,
    VERDICTS,
    ApprovalWaiting,
    CommitmentDue,
    DigestReader,
    Invitation,
    due_list,
    is_due,
    reminders,
    verdict,
)
from webapp.domain.school_clock import SchoolClock
from webapp.domain.words import ANSWERS, COMMITMENT_STATES, CONFERENCE_STATES, TIME_ZONES

CLOCK = SchoolClock("Asia/Jakarta")


def local(day: int, hour: int = 7, minute: int = 0, *, month: int = 11, tz: str = "Asia/Jakarta") -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=zone(tz))


# Thursday 26 November 2026, invited on Monday the 16th.
INVITED = Invitation(1, "participant:1", "invited", "pending", since_at=local(16, 10), starts_at=local(26, 9))
ASKED = ApprovalWaiting(2, "user:9", "requested", requested_at=local(17, 10), starts_at=local(26, 9))
TASK = CommitmentDue(3, "participant:1", "accepted", due_on=date(2026, 11, 25), since_at=local(16, 10))


def days_of(facts, clock=CLOCK) -> list[str]:
    return [due.period[5:] for due in reminders(facts, clock)]


# --- each kind ----------------------------------------------------------------------------------------


def test_whoever_has_not_answered_is_reminded_three_days_and_one_day_before():
    assert days_of(INVITED) == ["11-23", "11-25"]
    due = is_due(INVITED, CLOCK, local(23, 7))
    assert due is not None
    assert due.key == ("answer_reminder", "participant:1", 1, "2026-11-23")
    assert due.reason.params["day"].label("id") == "Kamis, 26 November 2026"
    assert str(due.reason) == "The invitation for Thursday, 26 November 2026 is not answered yet."


def test_whoever_comes_is_reminded_the_day_before_and_others_are_left_alone():
    coming = replace(INVITED, answer="yes")
    assert days_of(coming) == ["11-25"]
    assert is_due(coming, CLOCK, local(25)).kind == "attendance_reminder"
    for answer in ("no", "other_time"):
        assert is_due(replace(INVITED, answer=answer), CLOCK, local(25)) is None


def test_reminders_before_a_monday_meeting_meet_on_friday_and_are_one():
    monday = replace(INVITED, starts_at=local(30, 9))
    assert days_of(monday) == ["11-27"]
    assert is_due(monday, CLOCK, local(29)) is None
    assert is_due(monday, CLOCK, local(27)).period == "2026-11-27"


def test_an_invitation_sent_late_is_not_followed_by_a_reminder_on_the_same_day():
    assert days_of(replace(INVITED, since_at=local(23, 6))) == ["11-25"]
    assert days_of(replace(INVITED, since_at=local(25, 6))) == []


def test_a_meeting_that_was_moved_is_reminded_of_by_its_new_time_only():
    moved = replace(INVITED, since_at=local(24, 10), starts_at=local(4, 9, month=12))
    assert days_of(moved) == ["12-01", "12-03"]
    assert is_due(moved, CLOCK, local(25)) is None


def test_an_approver_is_reminded_each_school_day_after_the_first_until_the_meeting():
    assert days_of(ASKED) == ["11-18", "11-19", "11-20", "11-23", "11-24", "11-25", "11-26"]
    assert is_due(ASKED, CLOCK, local(17, 12)) is None
    assert is_due(ASKED, CLOCK, local(18, 7)).key == ("approval_reminder", "user:9", 2, "2026-11-18")
    assert is_due(ASKED, CLOCK, local(21, 9)) is None  # a Saturday
    for state in ("draft", "returned", "approved", "cancelled"):
        assert is_due(replace(ASKED, state=state), CLOCK, local(18, 7)) is None


def test_a_task_is_reminded_of_before_on_and_after_its_day():
    assert days_of(TASK) == ["11-24", "11-25", "11-26", "11-30", "12-02"]
    assert str(is_due(TASK, CLOCK, local(25)).reason) == "A promise is due on Wednesday, 25 November 2026."
    assert str(is_due(TASK, CLOCK, local(26)).reason) == "A promise was due on Wednesday, 25 November 2026."


def test_a_task_due_on_a_sunday_is_reminded_of_on_friday_and_from_monday():
    assert days_of(replace(TASK, due_on=date(2026, 11, 29))) == ["11-27", "11-30", "12-02", "12-07"]


@pytest.mark.parametrize("state", ["declined", "done", "waived"])
def test_a_task_that_ended_is_not_reminded_of(state):
    assert is_due(replace(TASK, state=state), CLOCK, local(25)) is None
    assert is_due(replace(TASK, state="stuck"), CLOCK, local(25)) is not None


def test_a_task_of_a_cancelled_activity_is_not_reminded_of():
    assert is_due(replace(TASK, is_live=False), CLOCK, local(25)) is None


def test_whoever_may_not_be_contacted_is_never_reminded():
    for facts in (INVITED, ASKED, TASK):
        assert is_due(facts, CLOCK, local(25)) is not None
        assert is_due(replace(facts, reachable=False), CLOCK, local(25)) is None


# --- the clock ------------------------------------------------------------------------------------------


def test_reminders_leave_at_the_schools_own_time_in_its_own_zone():
    eastern = SchoolClock("Asia/Jayapura", reminders_at=time(9, 15))
    assert is_due(TASK, eastern, local(25, 9, 14, tz="Asia/Jayapura")) is None
    due = is_due(TASK, eastern, local(25, 9, 15, tz="Asia/Jayapura"))
    assert due.due_at == datetime(2026, 11, 25, 0, 15, tzinfo=UTC)


def test_a_missed_reminder_is_made_up_within_two_school_days_and_not_at_night():
    assert is_due(INVITED, CLOCK, local(24, 6, 59)) is None
    assert is_due(INVITED, CLOCK, local(24, 7)).period == "2026-11-23"


def test_of_several_missed_reminders_only_the_latest_is_made_up():
    assert is_due(TASK, CLOCK, local(26, 12)).period == "2026-11-26"


def test_a_reminder_missed_until_the_meeting_has_begun_is_lost():
    assert is_due(INVITED, CLOCK, local(26, 8, 59)).period == "2026-11-25"
    assert is_due(INVITED, CLOCK, local(26, 9)) is None


def test_a_schools_own_free_day_moves_its_reminders():
    clock = replace(CLOCK, holidays=frozenset({date(2026, 11, 25)}))
    assert days_of(INVITED, clock) == ["11-23", "11-24"]


# --- what becomes of a planned row ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "at", "period", "word"),
    [
        (INVITED, local(23), "2026-11-23", "send"),
        (INVITED, local(24), "2026-11-23", "send"),
        (INVITED, local(23, 6), "2026-11-23", "wait"),
        (INVITED, local(22), "2026-11-23", "wait"),
        (INVITED, local(23), "2026-11-25", "wait"),
        (INVITED, local(25), "2026-11-23", "missed"),
        (INVITED, local(26, 9), "2026-11-25", "past"),
        (replace(INVITED, answer="no"), local(25), "2026-11-25", "answered"),
        (replace(INVITED, state="cancelled"), local(25), "2026-11-25", "cancelled"),
        (replace(INVITED, state="open"), local(25), "2026-11-25", "ended"),
        (replace(INVITED, reachable=False), local(25), "2026-11-25", "unreachable"),
        (replace(ASKED, state="approved"), local(25), "2026-11-25", "ended"),
        (replace(TASK, state="done"), local(25), "2026-11-25", "ended"),
        (replace(TASK, is_live=False), local(25), "2026-11-25", "cancelled"),
        (DigestReader("user:5", "daily_digest", 3), local(25), "2026-11-25", "send"),
        (DigestReader("user:5", "daily_digest", 0), local(25), "2026-11-25", "nothing_to_say"),
        (DigestReader("user:5", "daily_digest", 3), local(25, 6), "2026-11-25", "wait"),
        (DigestReader("user:5", "daily_digest", 0), local(24), "2026-11-25", "wait"),
        (DigestReader("user:5", "daily_digest", 3), local(26), "2026-11-25", "missed"),
        (DigestReader("user:5", "weekly_digest", 3), local(25), "2026-W48", "send"),
        (DigestReader("user:5", "weekly_digest", 3), local(26), "2026-W48", "missed"),
        (DigestReader("user:5", "weekly_digest", 3), local(26), "2026-W49", "wait"),
    ],
)
def test_a_planned_row_is_sent_waits_or_ends_with_a_word(facts, at, period, word):
    assert word in VERDICTS
    assert verdict(facts, CLOCK, at, period) == word


# --- properties -----------------------------------------------------------------------------------------

ZONES = st.sampled_from(TIME_ZONES.keys)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
FREE = st.frozensets(st.dates(date(2026, 7, 1), date(2026, 12, 31)), max_size=12)
CLOCKS = st.builds(
    SchoolClock,
    tz=ZONES,
    daily_digest_at=TIMES,
    weekly_digest_at=TIMES,
    monthly_digest_at=TIMES,
    reminders_at=TIMES,
    weekly_digest_weekday=st.integers(0, 6),
    six_day_week=st.booleans(),
    holidays=FREE,
)
START = datetime(2026, 7, 15, tzinfo=UTC)
MOMENTS = st.integers(0, 150 * 24 * 4).map(lambda quarters: START + timedelta(minutes=15 * quarters))
DAYS = st.dates(date(2026, 7, 15), date(2026, 12, 1))
IDS = st.integers(1, 3)
PEOPLE = st.sampled_from(["user:1", "user:2", "participant:1"])
CONFERENCE = st.sampled_from(CONFERENCE_STATES.keys)
REMINDER_FACTS = st.one_of(
    st.builds(
        ApprovalWaiting, IDS, PEOPLE, CONFERENCE | st.just("requested"), MOMENTS, MOMENTS, st.booleans()
    ),
    st.builds(
        Invitation,
        IDS,
        PEOPLE,
        CONFERENCE | st.just("invited"),
        st.sampled_from(ANSWERS.keys),
        MOMENTS,
        MOMENTS,
        st.booleans(),
    ),
    st.builds(
        CommitmentDue,
        IDS,
        PEOPLE,
        st.sampled_from(COMMITMENT_STATES.keys),
        DAYS,
        MOMENTS,
        st.booleans(),
        st.booleans(),
    ),
)
DIGESTS = st.builds(DigestReader, PEOPLE, st.sampled_from(DIGEST_KINDS), st.integers(0, 2), st.booleans())
FACTS = REMINDER_FACTS | DIGESTS


@given(REMINDER_FACTS, CLOCKS)
def test_planned_reminders_are_in_order_one_a_day_and_on_school_days(facts, clock):
    planned = reminders(facts, clock)
    moments = [due.due_at for due in planned]
    assert moments == sorted(set(moments))
    assert len({due.key for due in planned}) == len(planned)
    for due in planned:
        assert due.kind in DUE_KINDS
        assert clock.works_on(date.fromisoformat(due.period))
        assert due.due_at > facts.since_at
        if isinstance(facts, ApprovalWaiting | Invitation):
            assert due.due_at < facts.starts_at


@given(FACTS, CLOCKS, MOMENTS)
def test_nothing_is_due_for_what_is_over_nor_on_free_days_nor_before_the_set_time(facts, clock, at):
    due = is_due(facts, clock, at)
    if due is None:
        return
    now = local_time(at, clock.tz)
    assert clock.works_on(now.date())
    assert facts.reachable
    assert due.due_at <= at
    assert now.time() >= local_time(due.due_at, clock.tz).time()
    if isinstance(facts, ApprovalWaiting):
        assert facts.state == "requested"
        assert facts.starts_at > at
    elif isinstance(facts, Invitation):
        assert facts.state == "invited"
        assert facts.answer in ("pending", "yes")
        assert facts.starts_at > at
    elif isinstance(facts, DigestReader):
        assert facts.lines > 0
    else:
        assert facts.is_live


@given(st.lists(FACTS, max_size=8), CLOCKS, MOMENTS)
def test_a_list_of_due_things_holds_each_recipient_and_period_once(candidates, clock, at):
    found = due_list([*candidates, *candidates], clock, at)
    assert len({due.key for due in found}) == len(found)
    assert {due.key for due in found} == {d.key for f in candidates if (d := is_due(f, clock, at))}


@given(FACTS, CLOCKS, st.lists(st.integers(-30, 60), min_size=1, max_size=40), MOMENTS)
def test_a_clock_that_jumps_about_never_sends_a_period_twice_nor_another_name_for_it(facts, clock, hours, at):
    """A unique key is all the memory there is: each planned moment has one key, at any tick."""
    sent: dict[tuple, datetime] = {}
    for step in hours:
        at += timedelta(hours=step)
        due = is_due(facts, clock, at)
        if due is not None:
            sent.setdefault(due.key, due.due_at)
            assert sent[due.key] == due.due_at
    assert len(set(sent.values())) == len(sent)


@given(REMINDER_FACTS, CLOCKS)
def test_every_planned_reminder_is_due_at_its_own_moment_unless_the_thing_is_over(facts, clock):
    planned = reminders(facts, clock)
    due = [is_due(facts, clock, row.due_at) for row in planned]
    assert due in (planned, [None] * len(planned))


@given(REMINDER_FACTS, CLOCKS, MOMENTS)
def test_the_row_that_is_due_is_the_row_that_is_sent(facts, clock, at):
    due = is_due(facts, clock, at)
    for row in reminders(facts, clock):
        word = verdict(facts, clock, at, row.period)
        assert word in VERDICTS
        assert (word == "send") == (due is not None and due.period == row.period)
        if row.due_at > at:
            assert word not in ("send", "missed")
