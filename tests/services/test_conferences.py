"""A conference from its draft to its invitations, in two schools."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import MONDAY
from tests.services.stage import STARTS_AT, STUDENT, Stage
from webapp import tenancy
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.models.conferences import ConferenceRequest
from webapp.models.schools import School
from webapp.services import access, activities, conferences, participants
from webapp.services.participants import Proposed


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world)


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world)


def test_a_counsellor_drafts_a_request_and_takes_part_in_it(stage):
    stage.drafted()
    with stage.as_(stage.counsellor) as actor:
        rows = participants.of(actor, stage.conference_id)
        request = access.get(actor, ConferenceRequest, stage.conference_id)
        assert [row.kind for row in rows] == ["staff", "staff", "guardian", "expert"]
        assert rows[0].user_id == stage.counsellor.user_id
        assert rows[0].answer == "yes"
        assert request.initials == "Z.C."
        assert request.purpose == "Mencari jalan keluar bersama"
    assert stage.mails() == []


def test_a_class_teacher_asks_for_a_conference_in_a_primary_school(world):
    stage = Stage.build(world, level="sd")
    class_teacher = world.person(stage.school, "class_teacher")
    stage.counsellor = class_teacher
    with stage.as_(class_teacher) as actor:
        from webapp.services import cases

        stage.case_id = cases.open_case(
            actor,
            student_id=stage.student_id,
            field="academic",
            source="teacher",
            severity="low",
            summary="Rekaan",
        ).id
    stage.invited()
    assert stage.conference().state == "invited"


def test_only_the_case_team_requests_and_only_its_own_school(stage, other):
    stage.drafted()
    stranger = stage.world.person(stage.school, "counsellor")
    for person, school in ((stranger, stage), (stage.teacher, stage), (other.counsellor, other)):
        with school.as_(person) as actor:
            with pytest.raises(NotFound):
                conferences.start(actor, stage.case_id, stage.draft())
            with pytest.raises(NotFound):
                conferences.edit(actor, stage.conference_id, stage.draft())
            with pytest.raises(NotFound):
                conferences.cancel(actor, stage.conference_id, reason="x")


@pytest.mark.parametrize("words", [STUDENT, "Tentang Zubaidah", "contohwati dan teman"])
def test_the_purpose_never_names_the_student(stage, words):
    with pytest.raises(Invalid) as refusal:
        stage.drafted(purpose=words)
    assert refusal.value.field == "purpose"


def test_neither_place_nor_expected_role_names_the_student(stage):
    with pytest.raises(Invalid):
        stage.drafted(place="Rumah Zubaidah")
    named = Proposed("staff", "information", "Menemani Zubaidah", user_id=stage.teacher.user_id)
    with pytest.raises(Invalid) as refusal:
        stage.drafted(proposed=(named,))
    assert refusal.value.field == "role_expected"


def test_a_guardian_of_another_student_or_school_is_no_guardian_here(stage, other):
    stranger = stage.world.guardian(stage.school, stage.world.student(stage.school))
    for guardian_id in (stranger, other.guardian_id):
        with pytest.raises(Invalid):
            stage.drafted(proposed=(Proposed("guardian", "information", "x", guardian_id=guardian_id),))


def test_staff_of_another_school_and_people_shut_out_are_not_asked(stage, other):
    with pytest.raises(Invalid):
        stage.drafted(proposed=(Proposed("staff", "information", "x", user_id=other.teacher.user_id),))
    _shut_out(stage, stage.teacher)
    with pytest.raises(Invalid):
        stage.drafted()


def test_an_incomplete_draft_is_kept_but_not_sent(stage):
    stage.drafted(starts_at=None, ends_at=None, place="")
    with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid) as refusal:
        conferences.request(actor, stage.conference_id, signed_name="Guru Rekaan")
    assert refusal.value.field == "starts_at"
    assert stage.mails() == []
    assert stage.conference().state == "draft"


def test_a_request_needs_the_requesters_signature(stage):
    stage.drafted()
    with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid) as refusal:
        conferences.request(actor, stage.conference_id, signed_name=" ")
    assert refusal.value.field == "signature"


def test_the_principal_is_told_of_a_request_and_nobody_else_is(stage, other):
    stage.requested()
    (mail,) = stage.mails()
    assert (mail.kind, mail.to_address) == ("approval_requested", stage.principal.email)
    assert f"/s/{stage.school.slug}/conferences/{stage.conference_id}/" in mail.facts["link"]
    assert "Zubaidah" not in str(mail)
    assert other.mails() == []
    conference = stage.conference()
    assert conference.state == "requested"
    assert conference.approver_id == stage.principal.user_id
    with stage.as_(stage.counsellor) as actor:
        own = access.own_participant(actor, stage.conference_id)
        assert own is not None
        assert own.signed_name == stage.counsellor.name


def test_a_waiting_request_cannot_be_edited_until_it_is_withdrawn(stage):
    stage.requested()
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        conferences.edit(actor, stage.conference_id, stage.draft())
    with stage.as_(stage.counsellor) as actor:
        conferences.withdraw(actor, stage.conference_id)
        conferences.edit(actor, stage.conference_id, stage.draft(place="Aula"))
    assert stage.conference().state == "draft"
    assert stage.conference().place == "Aula"


def test_approval_invites_every_participant_with_an_address_once(stage, other):
    stage.invited()
    invitations_sent = stage.mails("invitation")
    assert {mail.to_address for mail in invitations_sent} == {
        stage.counsellor.email,
        stage.teacher.email,
        "wali.rekaan@contoh.example",
        "psikolog@contoh.example",
    }
    links = {mail.to_address: mail.facts["link"] for mail in invitations_sent}
    assert "/g/" in links["wali.rekaan@contoh.example"]
    assert "/g/" in links["psikolog@contoh.example"]
    assert f"/s/{stage.school.slug}/conferences/" in links[stage.teacher.email]
    assert [mail.to_address for mail in stage.mails("request_approved")] == [stage.counsellor.email]
    assert not any("Zubaidah" in str(mail) or "Z.C." in str(mail) for mail in stage.mails())
    assert stage.conference().invited_by == f"{stage.principal.name}, Kepala sekolah"
    assert {mail.facts["organiser_address"] for mail in invitations_sent} == {"sekolah@contoh.example"}
    assert len({mail.facts["uid"] for mail in invitations_sent}) == 4
    assert other.mails() == []


def test_approving_twice_invites_once(stage):
    stage.invited()
    with stage.as_(stage.principal) as actor, pytest.raises(Conflict):
        conferences.approve(actor, stage.conference_id)
    assert len(stage.mails("invitation")) == 4


def test_only_whoever_the_request_lies_with_approves_it(stage, other):
    stage.requested()
    second = stage.world.person(stage.school, "counsellor")
    for person, school in (
        (stage.counsellor, stage),
        (second, stage),
        (stage.teacher, stage),
        (other.principal, other),
    ):
        with school.as_(person) as actor:
            with pytest.raises(NotFound):
                conferences.approve(actor, stage.conference_id)
            with pytest.raises(NotFound):
                conferences.return_request(actor, stage.conference_id, reason="Belum lengkap")
    assert stage.conference().state == "requested"


def test_a_request_whose_time_has_passed_is_returned_not_approved(stage):
    stage.requested()
    with stage.as_(stage.principal, when=STARTS_AT) as actor, pytest.raises(Conflict):
        conferences.approve(actor, stage.conference_id)
    assert stage.mails("invitation") == []


def test_a_returned_request_is_edited_and_sent_again(stage):
    stage.requested()
    with stage.as_(stage.principal) as actor, pytest.raises(Invalid):
        conferences.return_request(actor, stage.conference_id, reason=" ")
    with stage.as_(stage.principal) as actor:
        conferences.return_request(actor, stage.conference_id, reason="Undang juga wali kelas")
    (mail,) = stage.mails("request_returned")
    assert mail.to_address == stage.counsellor.email
    assert "wali kelas" not in str(mail)
    with stage.as_(stage.counsellor) as actor:
        activity = activities.get(actor, stage.conference_id)
        assert activities.recorded(actor, activity.id) == {}
        conferences.edit(actor, stage.conference_id, stage.draft(place="Aula"))
        conferences.request(
            actor.seen_at(MONDAY + timedelta(hours=1)), stage.conference_id, signed_name="Guru Rekaan"
        )
    assert len(stage.mails("approval_requested")) == 2
    assert stage.mails("invitation") == []


def test_the_substitute_approves_when_the_principal_is_shut_out_of_the_case(stage):
    substitute = stage.world.person(stage.school, "teacher")
    with (
        stage.world.app.app_context(),
        tenancy.work(tenancy.Actor("setup", MONDAY, school_id=stage.school.id)),
    ):
        school = tenancy.session.get(School, stage.school.id)
        school.substitute_approver_id = substitute.user_id
    _shut_out(stage, stage.principal)
    stage.requested()
    assert [mail.to_address for mail in stage.mails()] == [substitute.email]
    with stage.as_(stage.principal) as actor, pytest.raises(NotFound):
        conferences.approve(actor, stage.conference_id)
    with stage.as_(substitute) as actor:
        conferences.approve(actor, stage.conference_id)
    assert len(stage.mails("invitation")) == 4
    assert len(stage.mails("request_approved")) == 1


# --- addresses ------------------------------------------------------------------------------------


def _shut_out(stage: Stage, person) -> None:
    from webapp.models.cases import CaseExclusion

    with stage.as_(stage.counsellor) as actor:
        tenancy.add(
            CaseExclusion(
                case_id=stage.case_id, user_id=person.user_id, added_by=actor.person_id, added_at=actor.at
            )
        )
