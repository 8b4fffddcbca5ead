"""A conference after its request: cancelled, moved, whom nobody may contact, other addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.services.stage import ENDS_AT, STARTS_AT, Stage
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.services import access, activities, conferences, guests, invitations, participants
from webapp.services.participants import Proposed


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world)


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world)


def test_steps_follow_the_procedure(stage):
    stage.invited()
    with stage.as_(stage.counsellor) as actor:
        progress = activities.progress(actor, activities.get(actor, stage.conference_id))
    assert [stage_view.state for stage_view in progress.stages] == ["done", "current", "todo", "todo"]
    assert progress.current == "conduct"
    assert len(progress.stage("conduct").missing) == 4
    assert progress.person_ids == {stage.counsellor.user_id, stage.principal.user_id}


def test_cancelling_tells_those_who_were_invited_and_keeps_the_reason_inside(stage):
    stage.invited()
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Peserta didik pindah")
        activity = activities.get(actor, stage.conference_id)
        assert activity.state == "cancelled"
        assert activity.end_reason == "Peserta didik pindah"
    cancelled = stage.mails("conference_cancelled")
    assert len(cancelled) == 4
    assert {mail.facts["sequence"] for mail in cancelled} == {1}
    uids = {mail.to_address: mail.facts["uid"] for mail in stage.mails("invitation")}
    assert all(mail.facts["uid"] == uids[mail.to_address] for mail in cancelled)
    assert not any("pindah" in str(mail) for mail in cancelled)


@pytest.mark.parametrize("brought_to", ["drafted", "requested"])
def test_cancelling_before_approval_tells_nobody(stage, brought_to):
    getattr(stage, brought_to)()
    before = len(stage.mails())
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Tidak jadi")
    assert len(stage.mails()) == before
    assert stage.conference().state == "cancelled"


def test_a_cancelled_conference_stays_cancelled(stage):
    stage.invited()
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Tidak jadi")
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        conferences.cancel(actor, stage.conference_id, reason="Lagi")


def test_a_meeting_that_is_over_is_not_called_off_by_mail(stage):
    stage.invited()
    with stage.as_(stage.counsellor, when=ENDS_AT + timedelta(hours=1)) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Tidak terlaksana")
    assert stage.mails("conference_cancelled") == []


def test_moving_the_meeting_tells_everyone_and_asks_anew(stage):
    from webapp.services import answers

    stage.invited().delivered()
    with stage.as_(stage.teacher) as actor:
        answers.answer(actor, stage.conference_id, answer="yes")
    later = STARTS_AT + timedelta(days=1)
    with stage.as_(stage.counsellor) as actor:
        conferences.reschedule(
            actor, stage.conference_id, starts_at=later, ends_at=later + timedelta(hours=1), place="Aula"
        )
    updates = stage.mails("invitation_update")
    assert len(updates) == 4
    assert {mail.facts["sequence"] for mail in updates} == {1}
    assert stage.participant("staff").answer == "pending"


def test_an_invitation_that_has_not_left_when_the_meeting_moves_is_replaced_by_one_with_the_new_time(stage):
    stage.invited()
    later = STARTS_AT + timedelta(days=1)
    with stage.as_(stage.counsellor) as actor:
        conferences.reschedule(
            actor, stage.conference_id, starts_at=later, ends_at=later + timedelta(hours=1), place="Aula"
        )
    assert stage.mails("invitation_update") == []
    states = [(mail.state, mail.facts["sequence"]) for mail in stage.mails("invitation")]
    assert sorted(states) == [("queued", 1)] * 4 + [("superseded", 0)] * 4


def test_nothing_is_sent_to_participants_before_approval_from_any_path(stage):
    """Draft, waiting, returned, withdrawn, cancelled unapproved: the one door stays shut."""
    stage.drafted()
    conference = stage.conference()
    for state in ("draft", "requested", "returned", "cancelled"):
        conference.state = state
        with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
            invitations.Post(actor, conference)


def test_before_approval_there_is_no_link_no_code_and_no_mail_to_a_corrected_address(stage):
    stage.requested()
    row, conference = stage.participant("guardian"), stage.conference()
    for path in (
        lambda actor: guests.mint_link(actor, row, expires_at=ENDS_AT),
        lambda actor: guests.give_code(actor, row.id),
        lambda actor: invitations.send_all(actor, conference, [row]),
        lambda actor: invitations.send_update(actor, conference, [row]),
        lambda actor: invitations.send_cancellation(actor, conference, [row]),
    ):
        with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
            path(actor)
    with stage.as_(stage.counsellor) as actor:
        assert not invitations.readdress(actor, row.id, email="lain@contoh.example", phone="")
    assert [mail.kind for mail in stage.mails()] == ["approval_requested"]


def test_a_guardian_marked_do_not_contact_cannot_be_named(stage):
    barred = stage.world.guardian(stage.school, stage.student_id, do_not_contact=True)
    with pytest.raises(Invalid) as refusal:
        stage.drafted(proposed=(Proposed("guardian", "information", "x", guardian_id=barred),))
    assert refusal.value.field == "participant"
    with stage.as_(stage.counsellor) as actor:
        case = access.get_case(actor, stage.case_id, need="case.read")
        marks = {
            guardian.id: guardian.do_not_contact for guardian in participants.choices(actor, case).guardians
        }
        assert marks == {stage.guardian_id: False, barred: True}


def test_one_marked_after_the_draft_stops_the_request(stage, as_superuser):
    stage.drafted()
    _mark(as_superuser, stage.guardian_id)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid) as refusal:
        conferences.request(actor, stage.conference_id, signed_name="Guru Rekaan")
    assert refusal.value.field == "participant"


def test_one_marked_while_the_request_waits_stops_the_approval(stage, as_superuser):
    stage.requested()
    _mark(as_superuser, stage.guardian_id)
    with stage.as_(stage.principal) as actor, pytest.raises(Conflict):
        conferences.approve(actor, stage.conference_id)
    assert stage.mails("invitation") == []


def test_one_marked_after_the_invitation_is_mailed_nothing_more(stage, as_superuser):
    stage.invited()
    participant = stage.participant("guardian")
    _mark(as_superuser, stage.guardian_id)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        invitations.readdress(actor, participant.id, email="lain@contoh.example", phone="")
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Tidak jadi")
    told = {mail.to_address for mail in stage.mails("conference_cancelled")}
    assert len(told) == 3
    assert "wali.rekaan@contoh.example" not in told


def test_another_address_gets_the_invitation_and_the_old_link_stops(stage, as_superuser):
    stage.invited()
    participant = stage.participant("guardian")
    old = stage.token()
    with stage.as_(stage.counsellor) as actor:
        assert invitations.readdress(
            actor, participant.id, email="Baru@Contoh.example ", phone="0812 0000 0001"
        )
    assert [m.to_address for m in stage.mails("invitation") if m.participant_id == participant.id] == [
        "wali.rekaan@contoh.example",
        "baru@contoh.example",
    ]
    with stage.world.app.app_context():
        assert not guests.identify(old, {}, now=MONDAY).is_live


def test_the_same_address_again_sends_nothing(stage):
    stage.invited()
    participant = stage.participant("guardian")
    with stage.as_(stage.counsellor) as actor:
        assert not invitations.readdress(actor, participant.id, email="wali.rekaan@contoh.example", phone="")
    assert len(stage.mails("invitation")) == 4


def test_only_the_team_corrects_an_address(stage, other):
    stage.invited()
    participant = stage.participant("guardian")
    for person, school in ((stage.teacher, stage), (stage.principal, stage), (other.counsellor, other)):
        with school.as_(person) as actor, pytest.raises(NotFound):
            invitations.readdress(actor, participant.id, email="x@contoh.example", phone="")


def test_a_role_that_requests_no_conference_is_told_so(stage):
    from webapp.models.cases import CaseMember

    with stage.as_(stage.counsellor) as actor:
        tenancy.add(
            CaseMember(
                case_id=stage.case_id,
                user_id=stage.teacher.user_id,
                added_by=actor.person_id,
                added_at=actor.at,
            )
        )
    with stage.as_(stage.teacher) as actor, pytest.raises(Forbidden):
        conferences.start(actor, stage.case_id, stage.draft())


def _mark(superuser, guardian_id: int) -> None:
    superuser.execute(text("UPDATE guardians SET do_not_contact = true WHERE id = :id"), {"id": guardian_id})
    superuser.commit()
