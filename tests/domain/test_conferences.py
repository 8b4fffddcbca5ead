"""The states of a conference, its request, approval and answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import conferences
from webapp.domain.conferences import EVENTS, FINAL_STATES, TRANSITIONS, Invitee, RequestFacts
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.words import CONFERENCE_STATES

NOW = datetime(2026, 8, 3, 2, 0, tzinfo=UTC)
STATES = st.sampled_from(CONFERENCE_STATES.keys)
# Each gate, and the states that lie behind it.
GATES = {
    "request": {
        "requested",
        "returned",
        "approved",
        "invited",
        "open",
        "concluded",
        "monitoring",
        "completed",
    },
    "approve": {"approved", "invited", "open", "concluded", "monitoring", "completed"},
    "invite": {"invited", "open", "concluded", "monitoring", "completed"},
    "open": {"open", "concluded", "monitoring", "completed"},
    "conclude": {"concluded", "monitoring", "completed"},
    "sign_off": {"monitoring", "completed"},
    "complete": {"completed"},
}


def a_request(**changes) -> RequestFacts:
    facts = RequestFacts(
        purpose="Dukungan belajar",
        student_name="Rambutan Jeruk",
        place="Ruang BK",
        starts_at=NOW + timedelta(days=3),
        ends_at=NOW + timedelta(days=3, hours=1),
        invitees=(Invitee("commitment", is_requester=True), Invitee("information")),
        requester_signed=True,
    )
    return replace(facts, **changes)


def test_the_table_of_states_is_complete():
    named = {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values())
    assert named == set(CONFERENCE_STATES.keys)
    assert named - {state for state, _ in TRANSITIONS} == FINAL_STATES


def test_a_conference_goes_through_all_its_stages():
    state = conferences.FIRST_STATE
    for event in ("request", "approve", "invite", "open", "conclude", "sign_off", "complete"):
        state = conferences.move(state, event)
    assert state == "completed"


def test_a_returned_request_is_asked_again():
    state = conferences.move("requested", "return", reason="Waktu bentrok dengan ujian")
    assert conferences.move(state, "request") == "requested"


@given(st.lists(st.sampled_from(EVENTS), max_size=30))
def test_no_path_passes_by_a_gate(events):
    state, passed = conferences.FIRST_STATE, []
    for event in events:
        try:
            state = conferences.move(state, event, reason="karena")
        except Conflict:
            continue
        passed.append(event)
        for gate, behind in GATES.items():
            assert state not in behind or gate in passed
    if state in FINAL_STATES:
        assert conferences.allowed_events(state) == ()


@given(st.lists(st.sampled_from(EVENTS), max_size=30))
def test_nothing_is_mailed_to_participants_before_the_principal_approved(events):
    state, was_invited = conferences.FIRST_STATE, False
    approved = False
    for event in events:
        try:
            state = conferences.move(state, event, reason="karena")
        except Conflict:
            continue
        approved = approved or event == "approve"
        was_invited = was_invited or event == "invite"
        if conferences.may_mail(state, was_invited=was_invited):
            assert approved


@given(STATES)
def test_every_state_can_reach_a_proper_end(state):
    seen, todo = set(), [state]
    while todo:
        here = todo.pop()
        seen.add(here)
        todo += [
            target for (origin, _), target in TRANSITIONS.items() if origin == here and target not in seen
        ]
    assert seen & FINAL_STATES
    if state != "cancelled":
        assert "completed" in seen


@given(STATES, st.sampled_from(EVENTS))
def test_the_table_decides_and_a_reason_is_asked_where_one_is_due(state, event):
    allowed = event in conferences.allowed_events(state)
    if not allowed:
        with pytest.raises(Conflict):
            conferences.move(state, event, reason="karena")
    elif event in conferences.EVENTS_WITH_REASON:
        with pytest.raises(Invalid) as refusal:
            conferences.move(state, event, reason=" ")
        assert refusal.value.field == "reason"
    else:
        assert conferences.move(state, event) in CONFERENCE_STATES


@given(STATES)
def test_any_conference_that_has_not_ended_can_be_cancelled_with_a_reason(state):
    if state in FINAL_STATES:
        with pytest.raises(Conflict):
            conferences.move(state, "cancel", reason="x")
    else:
        assert conferences.move(state, "cancel", reason="Keluarga pindah") == "cancelled"


def test_a_cancelled_conference_tells_only_those_who_had_been_invited():
    assert conferences.may_mail("cancelled", was_invited=True)
    assert not conferences.may_mail("cancelled")


def test_what_was_signed_off_or_cancelled_is_locked():
    locked = {state for state in CONFERENCE_STATES.keys if conferences.is_locked(state)}
    assert locked == {"monitoring", "completed", "cancelled"}


def test_a_complete_request_can_be_handed_in():
    conferences.check_can_request(a_request(), now=NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": "  "}, "purpose"),
        ({"purpose": "Masalah Rambutan di kelas"}, "purpose"),
        ({"purpose": "Pertemuan RAMBUTAN JERUK"}, "purpose"),
        ({"place": ""}, "place"),
        ({"place": "Rumah Jeruk"}, "place"),
        ({"starts_at": None}, "starts_at"),
        ({"starts_at": NOW}, "starts_at"),
        ({"ends_at": None}, "ends_at"),
        ({"ends_at": NOW + timedelta(days=3)}, "ends_at"),
        ({"ends_at": NOW + timedelta(days=9)}, "ends_at"),
        ({"invitees": ()}, "participants"),
        ({"invitees": (Invitee("commitment", is_requester=True),)}, "participants"),
        ({"invitees": (Invitee("curiosity"),)}, "why"),
        ({"invitees": (Invitee("easing", do_not_contact=True),)}, "participant"),
        ({"requester_signed": False}, "signature"),
    ],
)
def test_an_incomplete_request_names_what_is_wrong_and_never_the_student(changes, field):
    with pytest.raises(Invalid) as refusal:
        conferences.check_can_request(a_request(**changes), now=NOW)
    assert refusal.value.field == field
    assert "rambutan" not in str(refusal.value).lower()


def test_a_request_is_approved_only_while_its_meeting_lies_ahead():
    later = NOW + timedelta(minutes=1)
    conferences.check_can_approve("requested", starts_at=later, now=NOW)
    with pytest.raises(Conflict):
        conferences.check_can_approve("requested", starts_at=NOW, now=NOW)
    with pytest.raises(Conflict):
        conferences.check_can_approve("draft", starts_at=later, now=NOW)


@given(STATES, st.integers(-120, 120))
def test_an_answer_can_be_changed_until_the_meeting_starts(state, minutes):
    starts_at = NOW + timedelta(minutes=minutes)
    if state in ("approved", "invited") and minutes > 0:
        conferences.check_can_answer(state, starts_at, NOW)
    else:
        with pytest.raises(Conflict):
            conferences.check_can_answer(state, starts_at, NOW)
