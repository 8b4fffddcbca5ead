"""What is said in a conference: the order, versions, conflicts of saves and of information; two schools."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.conference_world import AFTER, DURING, TEXTS, Meeting
from tests.factories import MONDAY
from webapp.domain.errors import Conflict, DomainError, Invalid, NotFound
from webapp.domain.minutes import Statement
from webapp.domain.words import CONTENT_SECTIONS
from webapp.services import (
    behaviours,
    commitments,
    conclusions,
    content,
    information_conflicts,
    meeting,
)

TWO = (Statement("Sakit kepala", "Ibu"), Statement("Tidak ada surat", "Wali kelas"))


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world)


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world)


def save(stage: Meeting, section: str, body: str, version: int = 0, *, person=None, when=DURING):
    with stage.as_(person or stage.counsellor, when=when) as actor:
        return content.save(actor, stage.conference_id, section, text=body, version=version)


def texts_of(stage: Meeting) -> dict[str, str]:
    with stage.as_(stage.counsellor, when=DURING) as actor:
        read = content.read(actor, stage.conference_id)
        return {key: read[key].text for key in CONTENT_SECTIONS.keys if read[key].text}


def test_symptoms_are_refused_until_a_strength_is_recorded(stage):
    stage.opened()
    for section in ("symptoms", "data", "efforts", "discussion", "decisions"):
        with pytest.raises(Conflict):
            save(stage, section, "Teks rekaan")
    save(stage, "strengths", "Rajin")
    assert save(stage, "symptoms", "Sering absen").version == 1
    with pytest.raises(Conflict):
        save(stage, "strengths", " ", 1)
    assert texts_of(stage)["strengths"] == "Rajin"


def test_the_description_is_prepared_before_the_meeting_and_the_rest_is_not(stage):
    stage.drafted()
    with pytest.raises(NotFound):
        save(stage, "strengths", "Rajin", when=MONDAY)
    stage = Meeting.build(stage.world).requested()
    save(stage, "strengths", "Rajin", when=MONDAY)
    save(stage, "symptoms", "Sering absen", when=MONDAY)
    with pytest.raises(Conflict):
        save(stage, "discussion", "Belum ada", when=MONDAY)
    assert set(texts_of(stage)) == {"strengths", "symptoms"}


def test_the_second_of_two_savers_sees_both_texts_and_chooses(stage):
    stage.opened()
    save(stage, "strengths", "Rajin")
    mine = save(stage, "strengths", "Rajin dan ramah", 1)
    assert (mine.version, mine.is_stale) == (2, False)
    late = save(stage, "strengths", "Rajin dan sopan", 1)
    assert (late.is_stale, late.version, late.text) == (True, 2, "Rajin dan ramah")
    assert texts_of(stage)["strengths"] == "Rajin dan ramah"
    chosen = save(stage, "strengths", "Rajin, ramah dan sopan", late.version)
    assert (chosen.version, chosen.is_stale) == (3, False)
    with stage.as_(stage.counsellor, when=DURING) as actor:
        kept = [
            (wording.text, wording.lost)
            for wording in content.history(actor, stage.conference_id, "strengths")
        ]
    assert kept == [
        ("Rajin, ramah dan sopan", False),
        ("Rajin dan sopan", True),
        ("Rajin dan ramah", False),
        ("Rajin", False),
    ]


def test_a_save_whose_answer_was_lost_is_answered_alike_and_kept_once(stage):
    stage.opened()
    first = save(stage, "strengths", "Rajin")
    again = save(stage, "strengths", "Rajin ")
    assert (first.version, again.version, again.is_stale) == (1, 1, False)
    with stage.as_(stage.counsellor, when=DURING) as actor:
        assert len(content.history(actor, stage.conference_id, "strengths")) == 1


@pytest.mark.parametrize("version", [-1, 7])
def test_a_version_that_was_never_given_out_is_refused(stage, version):
    stage.opened()
    with pytest.raises(Invalid):
        save(stage, "strengths", "Rajin", version)


def test_nobody_writes_the_students_name_or_an_unknown_section(stage):
    stage.opened()
    for section in ("student", "verdict"):
        with pytest.raises(Invalid):
            save(stage, section, "Teks", 1)
    with pytest.raises(Invalid):
        save(stage, "strengths", "x" * (content.LONGEST_TEXT + 1))


def test_content_is_for_those_who_have_signed_and_writing_for_the_team(stage, other):
    stage.described()
    other.opened()
    stranger = stage.world.person(stage.school, "counsellor")
    for person, school in (
        (stranger, stage),
        (stage.principal, stage),
        (other.counsellor, other),
        (stage.world.person(stage.school, "school_admin"), stage),
    ):
        with school.as_(person, when=DURING) as actor:
            for refused in (
                lambda actor=actor: content.read(actor, stage.conference_id),
                lambda actor=actor: content.history(actor, stage.conference_id, "strengths"),
                lambda actor=actor: content.save(actor, stage.conference_id, "data", text="x", version=1),
            ):
                with pytest.raises(NotFound):
                    refused()
            assert not any(section.text for section in content.sections(actor, stage.conference_id).values())
    with stage.as_(stage.teacher, when=DURING) as actor:
        assert content.read(actor, stage.conference_id)["symptoms"].text == TEXTS["symptoms"]
        with pytest.raises(NotFound):
            content.save(actor, stage.conference_id, "data", text="x", version=1)
        with pytest.raises(NotFound):
            content.history(actor, stage.conference_id, "strengths")


def test_a_guest_reads_nothing_without_signature_and_code(stage):
    stage.described()
    with stage.as_guest("guardian", verified=False) as actor:
        with pytest.raises(NotFound):
            content.read(actor, stage.conference_id)
        assert not any(section.text for section in content.sections(actor, stage.conference_id).values())
    with stage.as_guest("expert") as actor:
        with pytest.raises(NotFound):
            content.read(actor, stage.conference_id)
        assert not any(section.text for section in content.sections(actor, stage.conference_id).values())
    with stage.as_guest("guardian") as actor:
        assert content.read(actor, stage.conference_id)["strengths"].text == TEXTS["strengths"]


def test_no_text_stands_in_clear_in_the_database(stage, as_superuser):
    stage.described(strengths="Kalimatrahasiarekaan")
    with stage.as_(stage.counsellor, when=DURING) as actor:
        information_conflicts.add(actor, stage.conference_id, topic="Topikrahasia", statements=TWO)
    for table in ("content_fields", "content_versions", "information_conflicts", "conflict_statements"):
        rows = as_superuser.execute(
            text(f"SELECT t::text FROM {table} t WHERE school_id = :school"), {"school": stage.school.id}
        )
        stored = [row[0] for row in rows]
        assert stored
        # Sealed columns read as hexadecimal: neither the words nor their bytes are there.
        for secret in ("Kalimatrahasiarekaan", "Topikrahasia", "Sakit kepala"):
            assert not any(secret in row or secret.encode().hex() in row for row in stored)


def test_conflicting_information_has_two_sources_and_is_clarified_or_left_open(stage, other):
    stage.described()
    with stage.as_(stage.counsellor, when=DURING) as actor:
        for wrong in (TWO[:1], (*TWO[:1], Statement("Tanpa sumber", " "))):
            with pytest.raises(Invalid):
                information_conflicts.add(actor, stage.conference_id, topic="Alasan absen", statements=wrong)
        with pytest.raises(Invalid):
            information_conflicts.add(actor, stage.conference_id, topic=" ", statements=TWO)
        row = information_conflicts.add(actor, stage.conference_id, topic="Alasan absen", statements=TWO)
        for state, words in (("clarified", " "), ("left_open", "tetap begini"), ("won", "x")):
            with pytest.raises(Invalid):
                information_conflicts.settle(actor, row.id, state=state, clarification=words)
        information_conflicts.settle(actor, row.id, state="clarified", clarification="Keduanya benar")
        information_conflicts.settle(actor, row.id, state="left_open")
        view = information_conflicts.of_conference(actor, stage.conference_id)[0]
        assert (view.state, view.clarification, len(view.statements)) == ("left_open", "", 2)
        row_id = row.id
    for person, school in ((stage.teacher, stage), (other.counsellor, other)):
        with school.as_(person, when=DURING) as actor, pytest.raises(NotFound):
            information_conflicts.settle(actor, row_id, state="left_open")


def test_a_conflict_that_is_not_settled_keeps_the_meeting_open(stage):
    stage.with_tasks()
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        row = information_conflicts.add(actor, stage.conference_id, topic="Alasan absen", statements=TWO)
        with pytest.raises(Conflict):
            meeting.conclude(actor, stage.conference_id)
        information_conflicts.settle(actor, row.id, state="left_open")
        assert meeting.conclude(actor, stage.conference_id).state == "concluded"


def test_nothing_is_written_once_the_minutes_are_locked(stage):
    stage.with_tasks()
    with stage.as_(stage.counsellor, when=DURING) as actor:
        goal = behaviours.set_goal(actor, stage.conference_id, behaviour="Datang tepat waktu").id
        conflict = information_conflicts.add(
            actor, stage.conference_id, topic="Alasan absen", statements=TWO
        ).id
        information_conflicts.settle(actor, conflict, state="left_open")
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        meeting.conclude(actor, stage.conference_id)
    stage.speak().sign()
    before = texts_of(stage)
    people = {kind: stage.participant(kind).id for kind in ("guardian", "expert", "staff")}
    cid, due = stage.conference_id, stage.due_on
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        for refused in (
            *(
                lambda section=section: content.save(actor, cid, section, text="Baru", version=1)
                for section in CONTENT_SECTIONS.keys
            ),
            lambda: information_conflicts.add(actor, cid, topic="Lagi", statements=TWO),
            lambda: information_conflicts.settle(actor, conflict, state="clarified", clarification="x"),
            lambda: commitments.propose(actor, cid, participant_id=people["staff"], what="x", due_on=due),
            lambda: behaviours.set_goal(actor, cid, behaviour="Lain"),
            lambda: meeting.record_attendance(actor, cid, {people["expert"]: "present"}),
            lambda: meeting.sign_on_behalf(actor, people["expert"], typed_name="Psikolog", channel="paper"),
            lambda: meeting.conclude(actor, cid),
            lambda: meeting.resume(actor, cid, reason="x"),
            lambda: meeting.open_meeting(actor, cid),
            lambda: conclusions.give_opinion(actor, cid, opinion="agreed"),
            lambda: conclusions.give_opinion_on_behalf(
                actor, people["guardian"], opinion="agreed", channel="phone"
            ),
            lambda: conclusions.sign_off(actor, cid, part="counsellor"),
        ):
            with pytest.raises(Conflict):
                refused()
        assert behaviours.observe(actor, goal, observed_on=actor.today, score=3).score == 3
    with stage.as_guest("guardian", when=AFTER) as actor, pytest.raises(Conflict):
        conclusions.give_opinion(actor, cid, opinion="agreed")
    assert texts_of(stage) == before


ACTS = ("open", "conclude", "sign_off", *(f"write:{key}" for key in CONTENT_SECTIONS.keys), "empty:strengths")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(ACTS), min_size=4, max_size=14))
def test_whatever_the_order_of_acts_symptoms_never_stand_without_strengths(app, world, acts):
    stage = Meeting.build(world).invited()
    for act in acts:
        verb, _sep, section = act.partition(":")
        try:
            with stage.as_(stage.counsellor, when=DURING) as actor:
                if verb == "open":
                    meeting.open_meeting(actor, stage.conference_id)
                elif verb == "conclude":
                    meeting.conclude(actor, stage.conference_id)
                elif verb == "sign_off":
                    conclusions.sign_off(actor, stage.conference_id, part="counsellor")
                elif verb in ("write", "empty"):
                    version = content.sections(actor, stage.conference_id)[section].version
                    body = "Teks rekaan" if verb == "write" else ""
                    content.save(actor, stage.conference_id, section, text=body, version=version)
        except DomainError:
            pass
        with stage.as_(stage.counsellor, when=DURING) as actor:
            recorded = content.recorded_of(content.sections(actor, stage.conference_id))
            if recorded - {"purpose", "strengths"}:
                assert "strengths" in recorded
