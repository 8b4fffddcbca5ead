"""Key people who cannot come, and the commitment declined: what shows, who is told, what is decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conference_world import DURING, Meeting
from tests.services.stage import ENDS_AT, STARTS_AT
from webapp import tenancy
from webapp.domain.errors import Conflict, NotFound
from webapp.models.background import Due
from webapp.models.conferences import Participant
from webapp.models.students import Guardian
from webapp.services import (
    absences,
    access,
    answers,
    commitments,
    conference_view,
    conferences,
    content,
    dues_sweep,
    guests,
    meeting,
    participant_changes,
    participants,
    pledges,
    today,
)


@pytest.fixture
def stage(world) -> Meeting:
    return with_key_guardian(Meeting.build(world))


@pytest.fixture
def other(world) -> Meeting:
    return with_key_guardian(Meeting.build(world))


def with_key_guardian(stage: Meeting) -> Meeting:
    teacher, guardian, expert = stage.draft().proposed
    return stage.invited(proposed=(teacher, replace(guardian, is_key=True), expert))


def missed(stage: Meeting, *, when=None) -> dict[str, str]:
    with stage.as_(stage.counsellor, when=when) as actor:
        _, view = conference_view.show(actor, stage.conference_id)
        return {row.kind.key: row.missed.key for row in view.missed if row.missed}


def needs(stage: Meeting, person=None, *, when=None) -> set[str]:
    with stage.as_(person or stage.counsellor, when=when) as actor:
        return {need.kind for need in today.show(actor).needs}


def sweep(stage: Meeting, at) -> None:
    with stage.world.app.app_context():
        dues_sweep.sweep(at, school=stage.school.slug)


def say_no(stage: Meeting, kind: str = "guardian", *, when=None) -> None:
    with stage.as_guest(kind, when=when or stage.now, verified=False) as actor:
        answers.answer(actor, stage.conference_id, answer="no", message="Ada urusan")


# --- key people -----------------------------------------------------------------------------------


def test_a_key_person_who_cannot_come_shows_on_the_page_and_today_and_in_no_other_school(stage, other):
    assert missed(stage) == {}
    say_no(stage, "expert")  # nobody waits for a decision over somebody who is not key
    assert "key_missing" not in needs(stage)
    say_no(stage)
    assert missed(stage) == {"guardian": "no"}
    assert "key_missing" in needs(stage)
    assert "key_missing" not in needs(stage, stage.principal)
    assert "key_missing" not in needs(other)
    with stage.as_(stage.teacher) as actor:
        _, view = conference_view.show(actor, stage.conference_id)
        assert view.missed == ()  # for the team alone


def test_a_silent_key_person_shows_once_the_deadline_has_passed(stage):
    before, after = STARTS_AT - timedelta(hours=25), STARTS_AT - timedelta(hours=24)
    assert missed(stage, when=before) == {}
    assert "key_missing" not in needs(stage, when=before)
    assert missed(stage, when=after) == {"guardian": "silent"}
    assert "key_missing" in needs(stage, when=after)


def test_held_all_the_same_with_a_reason_it_waits_no_more_until_the_absence_changes(stage):
    say_no(stage)
    with stage.as_(stage.counsellor) as actor:
        assert absences.hold_without(actor, stage.conference_id, reason="Sudah bicara lewat telepon") == 1
    assert missed(stage) == {}
    assert "key_missing" not in needs(stage)
    with stage.as_(stage.counsellor) as actor:
        _, view = conference_view.show(actor, stage.conference_id)
        assert [row.held_without for row in view.held_without] == ["Sudah bicara lewat telepon"]
    with stage.as_guest("guardian", when=stage.now, verified=False) as actor:
        given = {"answer": "other_time", "proposed_time": "Sore"}
        answers.answer(actor, stage.conference_id, **given)
    assert missed(stage) == {"guardian": "other_time"}


def test_postponing_asks_everyone_anew_and_forgets_what_was_decided(stage):
    say_no(stage)
    with stage.as_(stage.counsellor) as actor:
        absences.hold_without(actor, stage.conference_id, reason="Rekaan")
        later = {"starts_at": STARTS_AT + timedelta(days=7), "ends_at": ENDS_AT + timedelta(days=7)}
        conferences.reschedule(actor, stage.conference_id, place="Ruang BK", **later)
    assert missed(stage) == {}
    row = stage.participant("guardian")
    assert (row.answer, row.held_without_at, row.held_without_reason) == ("pending", None, None)
    assert missed(stage, when=STARTS_AT + timedelta(days=6)) == {"guardian": "silent"}


def test_only_the_team_decides(stage, other):
    say_no(stage)
    for person, school in ((stage.teacher, stage), (stage.principal, stage), (other.counsellor, other)):
        with school.as_(person) as actor, pytest.raises(NotFound):
            absences.hold_without(actor, stage.conference_id, reason="Rekaan")
    assert missed(stage) == {"guardian": "no"}


def test_a_meeting_called_off_asks_for_no_decision(stage):
    say_no(stage)
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Rekaan")
    assert missed(stage) == {}
    assert "key_missing" not in needs(stage)


# --- the commitment declined ------------------------------------------------------------------------


def decline(stage: Meeting, kind: str = "guardian", *, when=None) -> None:
    with stage.as_guest(kind, when=when or stage.now, verified=False) as actor:
        pledges.refuse(actor, stage.conference_id, message="Saya keberatan")


def test_a_guest_who_declines_shows_and_the_requester_is_told_once_in_neutral_words(stage, other):
    decline(stage, "expert")
    assert missed(stage) == {"expert": "refused"}
    assert "pledge_refused" in needs(stage)
    assert "pledge_refused" not in needs(other)
    for _ in range(2):
        sweep(stage, stage.now + timedelta(minutes=1))
    (mail,) = stage.mails("pledge_refused")
    assert mail.to_address == stage.counsellor.email
    assert "Psikolog" not in str(mail)
    assert "keberatan" not in str(mail)


def test_minds_may_change_until_the_meeting_and_the_news_that_holds_no_more_is_not_sent(stage):
    decline(stage)
    with stage.as_guest("guardian", when=stage.now, verified=False) as actor:
        pledges.sign(actor, stage.conference_id, typed_name="Wali Rekaan")
    sweep(stage, stage.now + timedelta(minutes=1))
    assert stage.mails("pledge_refused") == []
    assert missed(stage) == {}
    assert stage.participant("guardian").pledge_refused_at is None
    with stage.as_guest("guardian", when=stage.now, verified=False) as actor, pytest.raises(Conflict):
        pledges.refuse(actor, stage.conference_id)


def test_whoever_declined_reads_nothing_is_not_reminded_takes_no_task_and_is_not_present(stage):
    decline(stage)
    guardian = stage.participant("guardian")
    with stage.as_(stage.counsellor):
        kinds = select(Due.kind).where(
            Due.subject_id == guardian.id,
            Due.state == "waiting",
            Due.kind.in_(("answer_reminder", "attendance_reminder")),
        )
        assert tenancy.session.scalars(kinds).all() == []
    with stage.as_(stage.counsellor, when=DURING) as actor:
        meeting.open_meeting(actor, stage.conference_id)
        row = stage_row(actor, stage, "guardian")
        with pytest.raises(Conflict):
            meeting.record_attendance(actor, stage.conference_id, {row.id: "present"})
        given = {"participant_id": row.id, "what": "Rekaan", "due_on": stage.due_on}
        with pytest.raises(Conflict):
            commitments.propose(actor, stage.conference_id, **given)
    with stage.as_guest("guardian") as actor:
        with pytest.raises(NotFound):
            content.read(actor, stage.conference_id)
        # Too late to change one's mind alone.
        with pytest.raises(Conflict):
            pledges.sign(actor, stage.conference_id, typed_name="Wali Rekaan")


def test_after_a_talk_the_counsellor_lets_them_answer_anew(stage, other):
    decline(stage)
    guardian = stage.participant("guardian")
    with other.as_(other.counsellor) as actor, pytest.raises(NotFound):
        absences.ask_anew(actor, guardian.id)
    with stage.as_(stage.counsellor, when=DURING) as actor:
        meeting.open_meeting(actor, stage.conference_id)
        absences.ask_anew(actor, guardian.id)
        with pytest.raises(Conflict):
            absences.ask_anew(actor, guardian.id)
    with stage.as_guest("guardian") as actor:
        pledges.sign(actor, stage.conference_id, typed_name="Wali Rekaan")
        assert content.read(actor, stage.conference_id)


def test_a_refusal_on_paper_takes_somebody_out_of_the_open_meeting(stage, other):
    with stage.as_(stage.counsellor, when=DURING) as actor:
        meeting.open_meeting(actor, stage.conference_id)
        row = stage_row(actor, stage, "guardian")
        meeting.record_attendance(actor, stage.conference_id, {row.id: "present"})
        pledges.refuse_on_behalf(actor, row.id, channel="paper")
        assert row.attendance == "absent"
    with other.as_(other.counsellor, when=DURING) as actor, pytest.raises(NotFound):
        pledges.refuse_on_behalf(actor, row.id, channel="paper")


def test_nothing_is_recorded_of_a_guardian_who_may_not_be_contacted(stage, other):
    for each in (stage, other):
        decline(each)
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).do_not_contact = True
    with stage.as_(stage.counsellor) as actor:
        row = stage_row(actor, stage, "guardian")
        with pytest.raises(Conflict):
            absences.ask_anew(actor, row.id)
        with pytest.raises(Conflict):
            pledges.refuse_on_behalf(actor, row.id, channel="phone")
    with other.as_(other.counsellor) as actor:
        absences.ask_anew(actor, stage_row(actor, other, "guardian").id)
        pledges.refuse_on_behalf(actor, stage_row(actor, other, "guardian").id, channel="phone")


def test_staff_may_decline_as_well_and_are_missed(stage):
    with stage.as_(stage.teacher) as actor:
        pledges.refuse(actor, stage.conference_id)
    assert missed(stage) == {"staff": "refused"}


def test_somebody_replaced_is_missed_no_more(stage):
    decline(stage)
    with stage.as_(stage.counsellor) as actor:
        participant_changes.remove(actor, stage_row(actor, stage, "guardian").id)
    assert missed(stage) == {}
    assert "pledge_refused" not in needs(stage)


def test_an_invitation_that_reached_the_wrong_person_is_told_and_shown_until_the_address_is_right(stage):
    with stage.as_guest("expert", when=stage.now, verified=False) as actor:
        guests.disown(actor)
    assert missed(stage) == {"expert": "disowned"}
    assert "disowned" in needs(stage)
    sweep(stage, stage.now + timedelta(minutes=1))
    assert [mail.to_address for mail in stage.mails("invitation_disowned")] == [stage.counsellor.email]
    with stage.as_(stage.counsellor) as actor:
        row = stage_row(actor, stage, "expert")
        participants.change_contact(actor, row, email="benar@contoh.example", phone="")
    assert "disowned" not in needs(stage)


def stage_row(actor, stage: Meeting, kind: str) -> Participant:
    return next(
        row
        for row in participants.of(actor, stage.conference_id)
        if row.kind == kind and row.user_id != stage.counsellor.user_id
    )
