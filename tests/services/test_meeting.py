"""The meeting: opening, attendance, walk-ins, signatures on paper, conclusion and resumption; two schools."""

from __future__ import annotations

import pytest

from tests.conference_world import AFTER, DURING, STUDENT, Meeting
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.models.activities import ActivityStep
from webapp.models.conferences import Participant
from webapp.services import (
    access,
    activities,
    case_team,
    conferences,
    content,
    meeting,
    participant_changes,
    participants,
    pledges,
)
from webapp.services.participants import Proposed


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world)


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world)


def steps(stage: Meeting) -> set[str]:
    with stage.as_(stage.counsellor) as actor:
        return set(activities.recorded(actor, stage.conference_id))


def test_a_meeting_opens_only_after_the_invitations(stage):
    stage.requested()
    with stage.as_(stage.counsellor, when=DURING) as actor, pytest.raises(Conflict):
        meeting.open_meeting(actor, stage.conference_id)
    assert stage.conference().state == "requested"


def test_opening_starts_with_the_purpose_of_the_request_and_only_then_names_the_student(stage):
    stage.invited()
    with stage.as_(stage.counsellor) as actor:
        before = content.read(actor, stage.conference_id)
        assert before["student"].text == ""
        assert before["purpose"].text == ""
    stage.opened()
    with stage.as_(stage.counsellor, when=DURING) as actor:
        texts = content.read(actor, stage.conference_id)
        assert texts["student"].text == f"{STUDENT}\nX-1"
        assert texts["purpose"].text == "Mencari jalan keluar bersama"
    with stage.as_guest() as actor:
        assert content.read(actor, stage.conference_id)["student"].text.startswith(STUDENT)
    assert "conduct.opening" in steps(stage)


def test_only_a_team_member_of_the_same_school_who_has_signed_opens_the_meeting(stage, other):
    stage.invited()
    stranger = stage.world.person(stage.school, "counsellor")
    colleague = stage.world.person(stage.school, "counsellor")
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=colleague.user_id)
    for person, school in (
        (stranger, stage),
        (colleague, stage),
        (stage.teacher, stage),
        (stage.principal, stage),
        (other.counsellor, other),
    ):
        with school.as_(person, when=DURING) as actor, pytest.raises(NotFound):
            meeting.open_meeting(actor, stage.conference_id)
    with stage.as_(stage.counsellor, when=DURING) as actor:
        assert meeting.open_meeting(actor, stage.conference_id).state == "open"


def test_attendance_is_recorded_for_people_of_this_conference_while_it_is_open(stage, other):
    stage.opened()
    other.opened()
    expert, foreign = stage.participant("expert"), other.participant("expert")
    assert expert.attendance == "absent"
    assert stage.participant("guardian").attendance == "present"
    with stage.as_(stage.counsellor, when=DURING) as actor:
        assert meeting.record_attendance(actor, stage.conference_id, {expert.id: "present"}) == 1
        assert meeting.record_attendance(actor, stage.conference_id, {expert.id: "present"}) == 0
        for wrong in ({foreign.id: "present"}, {expert.id: "asleep"}):
            with pytest.raises(Invalid):
                meeting.record_attendance(actor, stage.conference_id, wrong)
    with stage.as_(stage.teacher, when=DURING) as actor, pytest.raises(NotFound):
        meeting.record_attendance(actor, stage.conference_id, {expert.id: "absent"})
    with other.as_(other.counsellor, when=DURING) as actor, pytest.raises(NotFound):
        meeting.record_attendance(actor, stage.conference_id, {expert.id: "absent"})
    assert stage.participant("expert").attendance == "present"


def test_people_who_come_unasked_are_added_and_sign_like_everyone_else(stage):
    stage.opened()
    late = stage.world.person(stage.school, "teacher")
    aunt = stage.world.guardian(stage.school, stage.student_id, email=None)
    with stage.as_(stage.counsellor, when=DURING) as actor:
        left = participant_changes.choices(actor, stage.conference_id).staff
        assert late.user_id in {member.user_id for member in left}
        added = [
            meeting.add_walk_in(actor, stage.conference_id, person)
            for person in (
                Proposed("staff", "information", user_id=late.user_id),
                Proposed("guardian", "commitment", guardian_id=aunt),
                Proposed(
                    "expert", "easing", name="Kader Rekaan", position="Kader posyandu", phone="0812000000"
                ),
            )
        ]
        assert all(row.walk_in and row.attendance == "present" and row.answer == "yes" for row in added)
        # Described as those who were invited: the relation as it is printed, a number that can be dialled.
        assert [row.position for row in added[1:]] == ["Ibu", "Kader posyandu"]
        assert added[2].phone == "+62812000000"
    assert "conduct.opening" not in steps(stage), "those present have not all signed"
    with stage.as_(late, when=DURING) as actor:
        with pytest.raises(NotFound):
            content.read(actor, stage.conference_id)
        pledges.sign(actor, stage.conference_id, typed_name=late.name)
        assert content.read(actor, stage.conference_id)["student"].text.startswith(STUDENT)
    with stage.as_(stage.counsellor, when=DURING) as actor:
        for row in added[1:]:
            signed = meeting.sign_on_behalf(actor, row.id, typed_name="Nama Rekaan", channel="paper")
            assert (signed.signed_channel, signed.signed_name) == ("paper", "Nama Rekaan")
    assert "conduct.opening" in steps(stage)


def test_nobody_is_added_twice_nor_who_may_not_be_there(stage, other):
    stage.opened()
    barred = stage.world.guardian(stage.school, stage.student_id, do_not_contact=True)
    shut_out = stage.world.person(stage.school, "teacher")
    with stage.as_(stage.counsellor, when=DURING) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=shut_out.user_id, reason="pihak dalam kasus")
        for wrong in (
            Proposed("guardian", "information", guardian_id=barred),
            Proposed("guardian", "information", guardian_id=other.guardian_id),
            Proposed("staff", "information", user_id=shut_out.user_id),
            Proposed("staff", "information", user_id=other.teacher.user_id),
            Proposed("expert", "information", name=" "),
            Proposed("expert", "information", name="Tamu", position=f"Paman {STUDENT}"),
            Proposed("pet", "information", name="Tamu"),
        ):
            with pytest.raises(Invalid):
                meeting.add_walk_in(actor, stage.conference_id, wrong)
        with pytest.raises(Conflict):
            meeting.add_walk_in(
                actor, stage.conference_id, Proposed("staff", "information", user_id=stage.teacher.user_id)
            )
    with stage.as_(stage.teacher, when=DURING) as actor, pytest.raises(NotFound):
        meeting.add_walk_in(actor, stage.conference_id, Proposed("expert", "information", name="Tamu"))


def test_a_signature_on_paper_is_recorded_by_the_team_once_with_a_name_and_how(stage, other):
    stage.invited()
    with stage.as_(stage.counsellor, when=DURING) as actor:
        meeting.open_meeting(actor, stage.conference_id)
    guardian = stage.participant("guardian")
    with stage.as_(stage.counsellor, when=DURING) as actor:
        with pytest.raises(Invalid):
            meeting.sign_on_behalf(actor, guardian.id, typed_name="..", channel="paper")
        with pytest.raises(Invalid):
            meeting.sign_on_behalf(actor, guardian.id, typed_name="Wali Rekaan", channel="app")
        meeting.sign_on_behalf(actor, guardian.id, typed_name="Wali Rekaan", channel="in_person")
        again = meeting.sign_on_behalf(actor, guardian.id, typed_name="Orang Lain", channel="paper")
        assert (again.signed_name, again.signed_channel) == ("Wali Rekaan", "in_person")
    for person, school in ((stage.teacher, stage), (other.counsellor, other)):
        with school.as_(person, when=DURING) as actor, pytest.raises(NotFound):
            meeting.sign_on_behalf(actor, guardian.id, typed_name="Wali Rekaan", channel="paper")


def test_a_meeting_is_concluded_when_everything_it_must_hold_is_there(stage):
    stage.described()
    with stage.as_(stage.counsellor, when=AFTER) as actor, pytest.raises(Conflict) as refusal:
        meeting.conclude(actor, stage.conference_id)
    assert "task" in str(refusal.value)
    assert stage.conference().state == "open"


def test_a_concluded_meeting_rests_until_it_is_resumed_with_a_reason(stage):
    stage.agreed()
    assert "report.conclusion" in steps(stage)
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        with pytest.raises(Conflict):
            content.save(actor, stage.conference_id, "decisions", text="Lain", version=1)
        with pytest.raises(Invalid):
            meeting.resume(actor, stage.conference_id, reason=" ")
        meeting.resume(actor, stage.conference_id, reason="Ada yang terlewat")
        assert all(row.opinion is None for row in participants.of(actor, stage.conference_id))
        assert not content.save(actor, stage.conference_id, "decisions", text="Lain", version=1).is_stale
    assert "report.conclusion" not in steps(stage)
    with stage.as_(stage.teacher, when=AFTER) as actor, pytest.raises(NotFound):
        meeting.resume(actor, stage.conference_id, reason="x")


def test_a_cancelled_meeting_opens_no_more_and_its_content_is_closed(stage):
    stage.described()
    with stage.as_(stage.counsellor, when=AFTER) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Tidak jadi")
    for person in (stage.counsellor, stage.teacher):
        with stage.as_(person, when=AFTER) as actor:
            assert not any(text.text for text in content.sections(actor, stage.conference_id).values())
    with stage.as_(stage.counsellor, when=AFTER) as actor, pytest.raises(Conflict):
        content.save(actor, stage.conference_id, "strengths", text="Baru", version=1)


def test_steps_are_recorded_with_who_and_when(stage):
    stage.with_tasks()
    with stage.as_(stage.counsellor) as actor:
        row = activities.recorded(actor, stage.conference_id)["conduct.description"]
        assert isinstance(row, ActivityStep)
        assert (row.done_by, row.done_at) == (stage.counsellor.user_id, DURING)
    assert {"conduct.opening", "conduct.description", "conduct.discussion", "conduct.roles"} <= steps(stage)


def test_two_schools_meet_without_seeing_each_other(stage, other):
    stage.described()
    other.described(strengths="Pandai memasak rekaan")
    for mine, theirs in ((stage, other), (other, stage)):
        their_guardian = theirs.participant("guardian").id
        with mine.as_(mine.counsellor, when=DURING) as actor:
            assert content.read(actor, mine.conference_id)["strengths"].text
            with pytest.raises(NotFound):
                content.read(actor, theirs.conference_id)
            with pytest.raises(NotFound):
                access.get(actor, Participant, their_guardian)
            assert not any(text.text for text in content.sections(actor, theirs.conference_id).values())
