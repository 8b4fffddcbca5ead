"""Who decides when the person asked is shut out of the case while something waits for them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.conference_world import Meeting
from tests.services.stage import Stage
from webapp.domain.errors import NotFound
from webapp.services import case_team, conclusions, conferences


@pytest.fixture
def two(world) -> tuple[Stage, Stage]:
    return Stage.build(world).requested(), Stage.build(world).requested()


def shut_out_the_principal(stage: Stage) -> None:
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=stage.principal.user_id, reason="Pihak dalam kasus.")


def test_a_waiting_request_goes_to_the_other_principal_who_is_told_by_mail(world, two):
    stage, elsewhere = two
    second = world.person(stage.school, "principal")
    shut_out_the_principal(stage)
    assert stage.conference().approver_id == second.user_id
    told = [mail.to_address for mail in stage.mails("approval_requested")]
    assert told == [stage.principal.email, second.email]
    with stage.as_(second) as actor:
        assert conferences.approve(actor, stage.conference_id).state == "invited"
    assert elsewhere.conference().approver_id == elsewhere.principal.user_id
    assert len(elsewhere.mails("approval_requested")) == 1


def test_who_was_shut_out_cannot_decide_any_more(world, two):
    stage, _ = two
    world.person(stage.school, "principal")
    shut_out_the_principal(stage)
    with pytest.raises(NotFound), stage.as_(stage.principal) as actor:
        conferences.approve(actor, stage.conference_id)


def test_with_nobody_else_the_request_is_a_draft_again_and_nobody_is_reminded(two, as_superuser):
    stage, elsewhere = two
    shut_out_the_principal(stage)
    conference = stage.conference()
    assert (conference.state, conference.approver_id) == ("draft", None)

    def reminders(of: Stage) -> int:
        return as_superuser.scalar(
            text("SELECT count(*) FROM dues WHERE subject_id = :c AND state = 'waiting'"),
            {"c": of.conference_id},
        )

    assert reminders(stage) == 0
    assert reminders(elsewhere) > 0


def test_the_second_signature_is_asked_of_somebody_else(world):
    stage = Meeting.build(world).agreed()
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        conclusions.sign_off(actor, stage.conference_id, part="counsellor")
    second = world.person(stage.school, "principal")
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=stage.principal.user_id, reason="Pihak.")
    told = [mail.to_address for mail in stage.mails("signature_requested")]
    assert told == [stage.principal.email, second.email]
    with stage.as_(second, when=stage.after) as actor:
        assert conclusions.sign_off(actor, stage.conference_id, part="principal").state == "monitoring"
