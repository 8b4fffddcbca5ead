"""People asked, and asked no more, after the invitations went out; two schools."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.services.stage import STARTS_AT, STUDENT, Stage
from webapp import tenancy
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.models.background import Due
from webapp.services import conferences, guests, participant_changes, participants
from webapp.services.participants import Proposed


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world).invited()


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world).invited()


def expert(**changes) -> Proposed:
    values = {
        "name": "Perawat Rekaan",
        "email": "perawat@contoh.example",
        "role_expected": "Memberi pandangan",
        "locale": "en",
    }
    return Proposed("expert", "easing", **(values | changes))


def names(stage: Stage) -> list[str]:
    with stage.as_(stage.counsellor) as actor:
        return [row.name or "" for row in participants.of(actor, stage.conference_id)]


def test_somebody_added_later_is_invited_at_once_and_nobody_else_is_told_anything(stage, other):
    before = len(stage.mails())
    with stage.as_(stage.counsellor) as actor:
        row_id = participant_changes.add(actor, stage.conference_id, expert()).id
    new = stage.mails()[before:]
    assert [(mail.kind, mail.participant_id) for mail in new] == [("invitation", row_id)]
    with stage.as_(stage.counsellor):
        waiting = select(Due.kind).where(Due.school_id == stage.school.id, Due.subject_id == row_id)
        assert "answer_reminder" in tenancy.session.scalars(waiting).all()
    assert "Perawat Rekaan" not in names(other)


def test_somebody_taken_off_hears_it_by_calendar_and_their_link_and_reminders_end(stage):
    guardian, guest = stage.participant("guardian"), stage.guest("guardian")
    with stage.as_(stage.counsellor) as actor:
        participant_changes.remove(actor, guardian.id)
    told = stage.mails("invitation_withdrawn")
    assert [(mail.participant_id, mail.facts["sequence"]) for mail in told] == [(guardian.id, 1)]
    assert guardian.name not in names(stage)
    with stage.world.app.app_context(), pytest.raises(NotFound):
        guests.identify(stage.token("guardian"), {}, now=guest.at)
    with stage.as_(stage.counsellor):
        left = select(Due.id).where(Due.subject_id == guardian.id, Due.state == "waiting")
        assert tenancy.session.scalars(left).all() == []
    # An invitation that had not left is not followed by its opposite: it does not leave at all.
    states = {mail.state for mail in stage.mails("invitation") if mail.participant_id == guardian.id}
    assert states == {"superseded"}


def test_somebody_asked_again_has_a_newer_entry_than_the_one_that_took_them_off(stage):
    guardian = stage.participant("guardian")
    with stage.as_(stage.counsellor) as actor:
        participant_changes.remove(actor, guardian.id)
    again = Proposed("guardian", "information", "Bercerita", guardian_id=stage.guardian_id, locale="en")
    with stage.as_(stage.counsellor, when=stage.now + timedelta(hours=1)) as actor:
        assert participant_changes.add(actor, stage.conference_id, again).id == guardian.id
    mails = [mail for mail in stage.mails() if mail.participant_id == guardian.id]
    assert [(mail.kind, mail.facts["sequence"]) for mail in mails] == [
        ("invitation", 0),
        ("invitation_withdrawn", 1),
        ("invitation", 1),
    ]
    # And a later change of the whole meeting is newer still.
    stage.delivered()
    with stage.as_(stage.counsellor, when=stage.now + timedelta(hours=2)) as actor:
        day = STARTS_AT + timedelta(days=1)
        conferences.reschedule(
            actor, stage.conference_id, starts_at=day, ends_at=day + timedelta(hours=1), place="Aula"
        )
    moved = [mail for mail in stage.mails("invitation_update") if mail.participant_id == guardian.id]
    assert [mail.facts["sequence"] for mail in moved] == [2]


def test_only_the_team_of_the_school_changes_the_list(stage, other):
    guardian = stage.participant("guardian")
    stranger = stage.world.person(stage.school, "counsellor")
    for person, school in ((stranger, stage), (stage.teacher, stage), (other.counsellor, other)):
        with school.as_(person) as actor:
            with pytest.raises(NotFound):
                participant_changes.add(actor, stage.conference_id, expert())
            with pytest.raises(NotFound):
                participant_changes.remove(actor, guardian.id)
    assert guardian.name in names(stage)


def test_the_list_is_changed_between_approval_and_the_start_and_keeps_its_requester(stage, world):
    with stage.as_(stage.counsellor) as actor:
        own = next(
            row
            for row in participants.of(actor, stage.conference_id)
            if row.user_id == stage.counsellor.user_id
        )
        with pytest.raises(Conflict):
            participant_changes.remove(actor, own.id)
    with stage.as_(stage.counsellor, when=STARTS_AT) as actor, pytest.raises(Conflict):
        participant_changes.add(actor, stage.conference_id, expert())
    waiting = Stage.build(world).requested()
    with waiting.as_(waiting.counsellor) as actor, pytest.raises(Conflict):
        participant_changes.add(actor, waiting.conference_id, expert())


def test_nobody_is_added_who_stands_there_is_named_by_a_role_or_may_not_be_contacted(stage):
    with stage.as_(stage.counsellor) as actor:
        there = Proposed("staff", "information", "x", user_id=stage.teacher.user_id)
        with pytest.raises(Conflict):
            participant_changes.add(actor, stage.conference_id, there)
        with pytest.raises(Invalid):
            participant_changes.add(actor, stage.conference_id, expert(role_expected=f"Menemani {STUDENT}"))
        with pytest.raises(Invalid):
            participant_changes.add(actor, stage.conference_id, expert(role_expected=" "))
    barred = stage.world.guardian(stage.school, stage.student_id, do_not_contact=True)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid):
        participant_changes.add(
            actor, stage.conference_id, Proposed("guardian", "information", "x", guardian_id=barred)
        )
    assert len(names(stage)) == 4
