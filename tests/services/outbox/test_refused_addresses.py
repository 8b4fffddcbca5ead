"""An address that refuses mails, and a person who is shut out of a case: nothing more goes to them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.conference_world import Meeting
from tests.factories import MONDAY
from tests.mail.servers import scripted
from tests.services.outbox.delivery import Clock, run
from tests.services.stage import Stage
from tests.services.test_dues import local
from webapp import tenancy
from webapp.domain.errors import Conflict
from webapp.models.students import Guardian
from webapp.services import (
    attention,
    case_team,
    conferences,
    dues_sweep,
    guest_mail,
    invitations,
    outbox_view,
    participants,
    reminders,
)

MONDAY_BEFORE, DAY_BEFORE = local(30, 7), local(2, 7, month=12)  # of a meeting on Thursday, 3 December
MEETING = {
    "starts_at": MONDAY + timedelta(days=10, hours=2),
    "ends_at": MONDAY + timedelta(days=10, hours=3),
}
GUARDIAN, EXPERT = "wali.rekaan@contoh.example", "psikolog@contoh.example"


@pytest.fixture
def stage(app, world) -> Stage:
    return Stage.build(world).invited(**MEETING)


@pytest.fixture
def other(app, world, clock) -> Stage:
    """Another school, whose invitations have arrived."""
    stage = Stage.build(world).invited(**MEETING)
    deliver(clock)
    return stage


def deliver(clock: Clock, answer: str = "") -> None:
    with scripted({"RCPT": answer} if answer else {}) as server:
        run(server, clock)


def remind(stage: Stage, clock: Clock, at: datetime) -> list[str]:
    """Make the reminders of a morning and send them; who got one that morning."""
    known = len(stage.mails())
    dues_sweep.sweep(at, school=stage.school.slug)
    clock.at = max(clock.at, at) + timedelta(minutes=1)
    deliver(clock)
    return sorted(
        mail.to_address
        for mail in stage.mails()[known:]
        if (mail.kind, mail.state) == ("answer_reminder", "sent")
    )


def to_be_phoned(stage: Stage) -> set[int | None]:
    with stage.as_(stage.counsellor) as actor:
        return {matter.participant_id for matter in attention.bounced(actor)}


def withheld(stage: Stage) -> set[tuple[str, str]]:
    """Who was to get a mail that is withheld, and what the outbox page says of it."""
    with stage.as_(stage.counsellor) as actor:
        lines = outbox_view.page(actor, state="withheld").lines
    return {(line.to_address, line.reason.key if line.reason else "") for line in lines}


def test_an_address_that_refuses_mails_gets_no_more_until_it_is_corrected(other, stage, clock):
    guardian = stage.participant("guardian")
    deliver(clock, "550 no such mailbox")
    assert guardian.id in to_be_phoned(stage)
    assert to_be_phoned(other) == set()
    assert remind(other, clock, MONDAY_BEFORE) == sorted([GUARDIAN, EXPERT, other.teacher.email])
    assert remind(stage, clock, MONDAY_BEFORE) == []
    with stage.as_(stage.counsellor, when=MONDAY_BEFORE) as actor:
        assert invitations.readdress(actor, guardian.id, email="benar@contoh.example", phone="")
    assert guardian.id not in to_be_phoned(stage)
    assert remind(stage, clock, DAY_BEFORE) == ["benar@contoh.example"]
    assert "benar@contoh.example" in {
        mail.to_address for mail in stage.mails("invitation") if mail.state == "sent"
    }


def test_what_was_queued_to_an_address_before_it_bounced_is_withheld_with_the_reason(other, stage, clock):
    with stage.as_(stage.counsellor) as actor:
        asked = [row.id for row in participants.of(actor, stage.conference_id)]
        assert len(reminders.remind(actor, stage.conference_id, asked).mailed) >= 2
    deliver(clock, "550 no such mailbox")
    deliver(clock)
    assert {(address, "address_bounced") for address in (GUARDIAN, EXPERT)} <= withheld(stage)
    assert withheld(other) == set()


def test_whoever_sends_a_bounced_mail_again_has_the_address_tried_again(other, stage, clock):
    deliver(clock, "552 mailbox full")
    guardian = stage.participant("guardian")
    with stage.as_(stage.counsellor) as actor:
        line = next(
            line for line in outbox_view.page(actor, state="bounced").lines if line.to_address == GUARDIAN
        )
        outbox_view.retry(actor, line.id)
    deliver(clock)
    assert guardian.id not in to_be_phoned(stage)
    assert remind(stage, clock, MONDAY_BEFORE) == [GUARDIAN]


def test_a_guest_at_a_refusing_address_is_told_to_phone_for_a_code(other, stage, clock):
    with stage.world.app.app_context(), tenancy.work(stage.guest("guardian")) as _:
        guest_mail.send_code(tenancy.current().actor)
    deliver(clock, "550 no such mailbox")
    with (
        stage.world.app.app_context(),
        tenancy.work(stage.guest("guardian")),
        pytest.raises(Conflict, match="phone the school"),
    ):
        guest_mail.send_code(tenancy.current().actor)
    with other.world.app.app_context(), tenancy.work(other.guest("guardian")):
        guest_mail.send_code(tenancy.current().actor)


def test_after_the_meeting_a_corrected_address_gets_a_new_link_and_the_reminders(world, app, clock):
    stage = Meeting.build(world).signed_off()
    guardian = stage.participant("guardian")
    deliver(clock, "550 no such mailbox")
    assert guardian.id in to_be_phoned(stage)
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        assert invitations.readdress(actor, guardian.id, email="benar@contoh.example", phone="")
    clock.at = stage.after + timedelta(minutes=1)
    deliver(clock)
    assert [mail.to_address for mail in stage.mails("fresh_link")] == ["benar@contoh.example"]
    clock.at = local(10, 7, month=12)
    dues_sweep.sweep(clock.at, school=stage.school.slug)
    told = {mail.to_address for mail in stage.mails() if mail.kind.startswith("commitment")}
    assert "benar@contoh.example" in told
    assert GUARDIAN not in told


def test_mails_to_somebody_shut_out_after_they_were_queued_are_withheld(other, stage, clock):
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=stage.teacher.user_id, reason="Pihak dalam kasus")
    deliver(clock)
    assert withheld(stage) == {(stage.teacher.email, "shut_out")}
    assert {mail.state for mail in stage.mails("invitation") if mail.to_address == GUARDIAN} == {"sent"}
    assert remind(stage, clock, MONDAY_BEFORE) == sorted([GUARDIAN, EXPERT])
    assert other.teacher.email in remind(other, clock, MONDAY_BEFORE)
    before = len(stage.mails())
    with stage.as_(stage.counsellor, when=MONDAY_BEFORE) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Sakit")
    told = {mail.to_address for mail in stage.mails()[before:]}
    assert told >= {GUARDIAN, EXPERT}
    assert stage.teacher.email not in told


def test_an_approver_who_is_shut_out_is_not_reminded_any_more(world, app, clock):
    stage, other = Stage.build(world).requested(**MEETING), Stage.build(world).requested(**MEETING)
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(actor, stage.case_id, user_id=stage.principal.user_id, reason="Pihak dalam kasus")
    for each in (stage, other):
        dues_sweep.sweep(local(24, 7), school=each.school.slug)
    clock.at = local(24, 8)
    deliver(clock)
    assert withheld(stage) == {(stage.principal.email, "shut_out")}
    assert stage.mails("approval_reminder") == []
    assert {mail.state for mail in other.mails("approval_reminder")} == {"sent"}


def test_the_outbox_says_why_a_guardians_mail_stays_here(other, stage, clock):
    with tenancy.work(tenancy.system(stage.school.id, MONDAY)) as session:
        session.get(Guardian, (stage.school.id, stage.guardian_id)).do_not_contact = True
    deliver(clock)
    assert withheld(stage) == {(GUARDIAN, "do_not_contact")}
    assert withheld(other) == set()
