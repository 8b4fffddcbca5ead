"""What a conference records, and what concluding, signing off and completing ask."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import minutes
from webapp.domain.conferences import APPROVED_STATES
from webapp.domain.declared.conference import CASE_CONFERENCE
from webapp.domain.errors import Conflict, Forbidden, Invalid
from webapp.domain.minutes import (
    CONCLUSION_SECTIONS,
    PREREQUISITES,
    REQUIRED_SECTIONS,
    ConferenceFacts,
    PresentPerson,
    Statement,
)
from webapp.domain.procedure_rules import missing_steps
from webapp.domain.words import CONFERENCE_STATES, CONTENT_SECTIONS

TODAY = date(2026, 8, 3)
SECTIONS = st.sampled_from(CONTENT_SECTIONS.keys)
HELD = ConferenceFacts(
    state="open",
    recorded_sections=frozenset({*REQUIRED_SECTIONS, "decisions"}),
    present=(PresentPerson(signed=True, agreed=True), PresentPerson(signed=True, reservation="Perlu waktu")),
    tasks=1,
)
SIGNED = replace(HELD, state="concluded", counsellor_signed=True, principal_signed=True)


def test_every_section_has_its_place_in_the_order():
    assert set(PREREQUISITES) == set(CONTENT_SECTIONS.keys)


def test_strengths_come_before_symptoms():
    with pytest.raises(Conflict) as refusal:
        minutes.check_section_allowed("symptoms", {"purpose"})
    assert str(refusal.value) == "Record the student's strengths first."
    minutes.check_section_allowed("strengths", set())
    minutes.check_section_allowed("symptoms", {"strengths"})


@given(st.lists(SECTIONS, max_size=40))
def test_in_whatever_order_people_write_symptoms_never_stand_without_a_strength(sections):
    recorded: set[str] = set()
    for section in sections:
        try:
            minutes.check_section_allowed(section, recorded)
        except Conflict:
            continue
        recorded.add(section)
        if recorded - {"purpose"}:
            assert "strengths" in recorded
        if recorded & set(CONCLUSION_SECTIONS):
            assert "discussion" in recorded


@given(st.lists(st.tuples(SECTIONS, st.booleans()), max_size=60))
def test_emptying_a_section_never_leaves_another_without_its_ground(acts):
    recorded: set[str] = set()
    for section, fill in acts:
        try:
            if fill:
                minutes.check_section_allowed(section, recorded)
                recorded.add(section)
            else:
                minutes.check_section_can_be_emptied(section, recorded)
                recorded.discard(section)
        except Conflict:
            continue
        assert all(set(PREREQUISITES[key]) <= recorded for key in recorded)


def test_an_unknown_section_is_refused():
    with pytest.raises(Invalid):
        minutes.check_section_allowed("verdict", set(CONTENT_SECTIONS.keys))


def test_content_opens_only_after_the_commitment_is_signed():
    minutes.check_signed(True)
    with pytest.raises(Forbidden):
        minutes.check_signed(False)
    with pytest.raises(Forbidden):
        minutes.check_can_write("open", "strengths", signed=False)


@given(st.sampled_from(CONFERENCE_STATES.keys), SECTIONS)
def test_only_the_description_is_prepared_and_nothing_changes_after_the_end(state, section):
    ahead = {"draft", "requested", "returned", "approved", "invited"}
    may = state == "open" or (state in ahead and section in minutes.PREPARABLE_SECTIONS)
    if may:
        minutes.check_can_write(state, section, signed=True)
    else:
        with pytest.raises(Conflict):
            minutes.check_can_write(state, section, signed=True)


def test_guests_read_content_only_while_the_conference_is_open():
    readable = {state for state in CONFERENCE_STATES.keys if minutes.content_open_to_guests(state)}
    assert readable == {"open", "concluded"}


TWO = (Statement("Hadir setiap hari", "wali kelas"), Statement("Sering tidak ada", "orang tua"))


def test_a_conflict_of_information_is_clarified_or_left_open():
    minutes.check_conflict_of_information(TWO)
    minutes.check_conflict_of_information(TWO, state="clarified", clarification="Dua pekan sakit")
    minutes.check_conflict_of_information(TWO, state="left_open")


@pytest.mark.parametrize(
    ("statements", "state", "clarification"),
    [
        (TWO[:1], "unresolved", ""),
        ((TWO[0], Statement(" ", "orang tua")), "unresolved", ""),
        ((TWO[0], Statement("Sering tidak ada", "")), "unresolved", ""),
        (TWO, "clarified", " "),
        (TWO, "left_open", "Dua pekan sakit"),
        (TWO, "forgotten", ""),
    ],
)
def test_a_conflict_of_information_that_says_too_little_or_too_much_is_refused(
    statements, state, clarification
):
    with pytest.raises(Invalid):
        minutes.check_conflict_of_information(statements, state=state, clarification=clarification)


def test_a_task_belongs_to_a_participant_and_lies_ahead():
    task = {
        "what": "Mendampingi belajar",
        "due_on": TODAY,
        "participant_id": 7,
        "participant_ids": {7, 8},
        "on": TODAY,
    }
    minutes.check_task(**task)
    for change in ({"what": " "}, {"due_on": None}, {"due_on": date(2026, 8, 2)}, {"participant_id": 9}):
        with pytest.raises(Invalid):
            minutes.check_task(**{**task, **change})


def test_a_full_meeting_concludes_is_signed_off_and_completed():
    minutes.check_can_conclude(HELD)
    minutes.check_can_sign_off(SIGNED)
    minutes.check_can_complete(replace(SIGNED, state="monitoring"))


@pytest.mark.parametrize("section", REQUIRED_SECTIONS)
def test_a_meeting_does_not_conclude_without_a_required_section(section):
    with pytest.raises(Conflict) as refusal:
        minutes.check_can_conclude(replace(HELD, recorded_sections=HELD.recorded_sections - {section}))
    assert refusal.value.params["section"].key == section


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "invited"},
        {"present": ()},
        {"present": (*HELD.present, PresentPerson(signed=False, agreed=True))},
        {"recorded_sections": frozenset(REQUIRED_SECTIONS)},
        {"unresolved_conflicts": 1},
        {"tasks": 0},
    ],
)
def test_a_meeting_does_not_conclude_without(changes):
    with pytest.raises(Conflict):
        minutes.check_can_conclude(replace(HELD, **changes))
    with pytest.raises(Conflict):
        minutes.check_can_sign_off(replace(SIGNED, **{"state": "concluded", **changes}))


@pytest.mark.parametrize("section", CONCLUSION_SECTIONS)
def test_one_conclusion_of_any_kind_is_enough(section):
    minutes.check_can_conclude(replace(HELD, recorded_sections=frozenset({*REQUIRED_SECTIONS, section})))


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "open"},
        {"counsellor_signed": False},
        {"principal_signed": False},
        {"present": (PresentPerson(signed=True),)},
        {"present": (*HELD.present, PresentPerson(signed=True, reservation="  "))},
    ],
)
def test_minutes_are_not_signed_off_without(changes):
    with pytest.raises(Conflict):
        minutes.check_can_sign_off(replace(SIGNED, **changes))


@pytest.mark.parametrize("changes", [{"open_commitments": 2}, {"open_goals": 1}, {"state": "concluded"}])
def test_a_conference_is_not_completed_while_something_is_watched(changes):
    with pytest.raises(Conflict):
        minutes.check_can_complete(replace(SIGNED, **{"state": "monitoring", **changes}))


def test_facts_show_which_steps_of_the_procedure_are_done():
    assert minutes.recorded_steps(ConferenceFacts(state="draft")) == frozenset()
    asked = minutes.recorded_steps(ConferenceFacts(state="requested"))
    assert asked == {"preparation.request"}
    done = minutes.recorded_steps(replace(SIGNED, state="completed", minutes_issued=True))
    assert missing_steps(CASE_CONFERENCE, done) == ()


@given(
    st.builds(
        ConferenceFacts,
        state=st.sampled_from(CONFERENCE_STATES.keys),
        recorded_sections=st.frozensets(SECTIONS),
        present=st.lists(st.builds(PresentPerson, st.booleans(), st.booleans()), max_size=3).map(tuple),
        unresolved_conflicts=st.integers(0, 1),
        tasks=st.integers(0, 2),
        minutes_issued=st.booleans(),
        open_commitments=st.integers(0, 2),
        observations=st.integers(0, 2),
    )
)
def test_steps_shown_as_done_are_steps_of_the_procedure(facts):
    paths = {path for stage in CASE_CONFERENCE.stages for path in stage.paths()}
    done = minutes.recorded_steps(facts)
    assert done <= paths
    assert ("preparation.approval" in done) == (facts.state in APPROVED_STATES)
    if "report.report" in done:
        assert facts.minutes_issued
