"""Whom a meeting misses, as rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain import absences as rules
from webapp.domain.absences import Expected
from webapp.domain.errors import Conflict, Invalid

STARTS_AT = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
EARLY, LATE = STARTS_AT - timedelta(days=2), STARTS_AT - timedelta(hours=24)


@pytest.mark.parametrize(
    ("person", "now", "why"),
    [
        (Expected("yes", is_key=True), LATE, None),
        (Expected("no", is_key=True), EARLY, "no"),
        (Expected("other_time", is_key=True), EARLY, "other_time"),
        (Expected("pending", is_key=True), EARLY, None),
        (Expected("pending", is_key=True), LATE, "silent"),
        (Expected("no", is_key=False), LATE, None),
        (Expected("pending", is_key=False), LATE, None),
        (Expected("pending", is_key=False, is_disowned=True), EARLY, "disowned"),
        (Expected("yes", is_key=False, is_refused=True), EARLY, "refused"),
        (Expected("no", is_key=True, is_refused=True), LATE, "refused"),
    ],
)
def test_key_people_are_missed_when_they_cannot_come_and_everyone_when_they_take_no_part(person, now, why):
    assert rules.absence(person, starts_at=STARTS_AT, now=now) == why


def test_every_absence_has_a_word():
    assert {"refused", "disowned", "no", "other_time", "silent"} == set(rules.ABSENCES.keys)


def test_holding_without_somebody_needs_a_reason_an_absence_and_a_meeting_ahead():
    rules.check_can_hold_without("invited", 1, "Wali sudah bercerita lewat telepon")
    with pytest.raises(Invalid):
        rules.check_can_hold_without("invited", 1, "  ")
    with pytest.raises(Conflict):
        rules.check_can_hold_without("invited", 0, "x")
    with pytest.raises(Conflict):
        rules.check_can_hold_without("open", 1, "x")


def test_one_declines_before_signing_and_until_the_meeting_ends():
    for state in ("approved", "invited", "open"):
        rules.check_can_refuse(state, signed=False)
        with pytest.raises(Conflict):
            rules.check_can_refuse(state, signed=True)
    for state in ("draft", "requested", "concluded", "monitoring", "cancelled"):
        with pytest.raises(Conflict):
            rules.check_can_refuse(state, signed=False)
