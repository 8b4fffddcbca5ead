"""Answers and signatures: by oneself in the app, as a guest, on behalf; until the meeting starts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.services.stage import STARTS_AT, Stage
from webapp import tenancy
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.services import access, answers, conferences, pledges


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world).invited()


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world).invited()


def test_staff_answer_in_the_app_and_change_their_answer(stage, as_superuser):
    with stage.as_(stage.teacher) as actor:
        answers.answer(actor, stage.conference_id, answer="no", message="Ada ujian")
    with stage.as_(stage.teacher) as actor:
        answers.answer(actor, stage.conference_id, answer="other_time", proposed_time="Jumat pagi")
    row = stage.participant("staff")
    assert (row.answer, row.proposed_time, row.answer_channel) == ("other_time", "Jumat pagi", "app")
    assert row.answer_message is None
    trail = as_superuser.execute(
        text(
            "SELECT detail->>'answer' FROM audit_entries"
            " WHERE subject_id = :id AND action = 'answer.given' ORDER BY id"
        ),
        {"id": row.id},
    ).scalars()
    assert list(trail) == ["no", "other_time"]


def test_a_guest_answers_and_signs_as_themselves_only(stage, other):
    guest = stage.guest()
    with stage.world.app.app_context(), tenancy.work(guest):
        answers.answer(guest, stage.conference_id, answer="yes", message="Saya datang")
        pledges.sign(guest, stage.conference_id, typed_name="Wali Rekaan")
        with pytest.raises(NotFound):
            answers.answer(guest, other.conference_id, answer="yes")
    row = stage.participant("guardian")
    assert (row.answer, row.answer_channel, row.signed_name, row.signed_channel) == (
        "yes",
        "link",
        "Wali Rekaan",
        "link",
    )
    assert stage.participant("expert").answer == "pending"
    assert other.participant("guardian").answer == "pending"


def test_the_team_records_an_answer_given_by_phone(stage):
    row = stage.participant("guardian")
    with stage.as_(stage.counsellor) as actor:
        answers.record_on_behalf(actor, row.id, answer="yes", channel="phone", message="Akan datang")
    row = stage.participant("guardian")
    assert (row.answer, row.answer_channel, row.answer_recorded_by) == (
        "yes",
        "phone",
        stage.counsellor.user_id,
    )


def test_nobody_else_records_an_answer_for_another(stage, other):
    row = stage.participant("guardian")
    for person, school in ((stage.teacher, stage), (stage.principal, stage), (other.counsellor, other)):
        with school.as_(person) as actor, pytest.raises(NotFound):
            answers.record_on_behalf(actor, row.id, answer="yes", channel="phone")
    with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid):
        answers.record_on_behalf(actor, row.id, answer="yes", channel="link")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"answer": "pending"}, "answer"),
        ({"answer": "maybe"}, "answer"),
        ({"answer": "other_time"}, "proposed_time"),
        ({"answer": "yes", "message": "x" * 2001}, "message"),
    ],
)
def test_an_answer_is_one_of_three_and_another_time_says_when(stage, given, field):
    with stage.as_(stage.teacher) as actor, pytest.raises(Invalid) as refusal:
        answers.answer(actor, stage.conference_id, **given)
    assert refusal.value.field == field


def test_answers_close_when_the_meeting_starts(stage):
    row = stage.participant("guardian")
    with stage.as_(stage.teacher, when=STARTS_AT - timedelta(seconds=1)) as actor:
        answers.answer(actor, stage.conference_id, answer="yes")
    with stage.as_(stage.teacher, when=STARTS_AT) as actor, pytest.raises(Conflict):
        answers.answer(actor, stage.conference_id, answer="no")
    with stage.as_(stage.counsellor, when=STARTS_AT) as actor, pytest.raises(Conflict):
        answers.record_on_behalf(actor, row.id, answer="no", channel="phone")
    guest = stage.guest(when=STARTS_AT)
    with stage.world.app.app_context(), tenancy.work(guest), pytest.raises(Conflict):
        answers.answer(guest, stage.conference_id, answer="no")


def test_a_cancelled_meeting_is_not_answered(stage):
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Tidak jadi")
    with stage.as_(stage.teacher) as actor, pytest.raises(Conflict):
        answers.answer(actor, stage.conference_id, answer="yes")
    with stage.as_(stage.teacher) as actor, pytest.raises(Conflict):
        pledges.sign(actor, stage.conference_id, typed_name="Wali Kelas Rekaan")


def test_before_approval_a_proposed_participant_takes_no_part(world):
    stage = Stage.build(world).requested()
    with stage.as_(stage.teacher) as actor:
        with pytest.raises(NotFound):
            answers.answer(actor, stage.conference_id, answer="yes")
        with pytest.raises(NotFound):
            pledges.sign(actor, stage.conference_id, typed_name="Wali Kelas Rekaan")


def test_signing_needs_a_name_and_keeps_the_first_signature(stage):
    with stage.as_(stage.teacher) as actor, pytest.raises(Invalid) as refusal:
        pledges.sign(actor, stage.conference_id, typed_name=" . ")
    assert refusal.value.field == "signature"
    with stage.as_(stage.teacher) as actor:
        pledges.sign(actor, stage.conference_id, typed_name="Wali Kelas Rekaan")
        pledges.sign(actor, stage.conference_id, typed_name="Nama Lain")
        own = access.own_participant(actor, stage.conference_id)
        assert own is not None
        assert own.signed_name == "Wali Kelas Rekaan"
