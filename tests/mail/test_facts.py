"""What a mail is made from: stored and read again, refused where a mail would be wrong."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import pytest
from pydantic import ValidationError

from tests.mail.conftest import (
    PRIMARY_SCHOOL,
    agreed,
    examples,
    meeting,
)
from webapp.mail.messages import (
    MAILS,
    MeetingFacts,
    VisitFacts,
    render,
)


def test_no_mail_has_a_field_that_could_carry_a_student():
    allowed = {
        "along",
        "asked_at", "asked_by", "attendee_address", "case_number", "code", "day", "decided_by", "due_on",
        "ends_at",
        "from_school",
        "delivered_by", "handed_by", "has_account", "led_by", "held_on", "invited_by", "letterhead", "link",
        "moment",
        "month",
        "organiser_address", "place", "requested_by", "schools", "sections", "sequence", "stamped_at",
        "starts_at", "stop_link", "to_name", "replies_waiting", "review_link",
        "uid", "valid_until", "waiting_since", "week_from", "week_to",
        "requests_waiting", "conferences_held", "conferences_ahead", "commitments_overdue",
    }
    for kind in MAILS.values():
        assert {field.name for field in dataclasses.fields(kind.facts)} <= allowed, kind.name


@pytest.mark.parametrize("name", sorted(MAILS))
def test_facts_come_back_from_storage_as_they_were_and_give_the_same_mail(in_app, name):
    before = examples(PRIMARY_SCHOOL)[name]
    after = type(before).from_json(before.to_json())
    assert after == before
    assert render(name, after, "id") == render(name, before, "id")


def test_facts_stored_by_a_newer_version_still_open():
    stored = meeting().to_json().replace('"place":', '"added_later":1,"place":')
    assert MeetingFacts.from_json(stored) == meeting()


def test_an_appointment_stored_before_companions_were_named_still_makes_its_mail(in_app):
    stored = agreed(PRIMARY_SCHOOL).to_json().replace('"along":[],', "")
    assert "along" not in stored
    content = render("visit_appointment", VisitFacts.from_json(stored), "id")
    assert "Yang datang: Ratna Rekaan\n" in content.text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"starts_at": datetime(2026, 11, 26, 9, 0)}, "timezone"),  # noqa: DTZ001
        ({"link": "javascript:alert(1)"}, "pattern"),
        ({"link": "https://x.example/a\nb"}, "pattern"),
        ({"place": None}, "string"),
    ],
)
def test_facts_that_would_make_a_wrong_mail_are_refused_when_they_are_made(change, reason):
    right = {field.name: getattr(meeting(), field.name) for field in dataclasses.fields(MeetingFacts)}
    assert MeetingFacts(**right) == meeting()
    with pytest.raises(ValidationError, match=reason):
        MeetingFacts(**(right | change))


def test_another_mails_facts_and_unknown_names_are_refused(in_app):
    with pytest.raises(TypeError):
        render("invitation", meeting(), "id")
    with pytest.raises(KeyError):
        render("newsletter", meeting(), "id")
