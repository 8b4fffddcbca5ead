"""WhatsApp texts and reminders by hand: to whom, when, how often, and what is recorded."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.services.stage import STARTS_AT, STUDENT, Stage
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.models.conferences import Participant
from webapp.models.students import Guardian
from webapp.services import access, answers, guests, invitations, meeting, reminders, whatsapp


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world).invited()


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world).invited()


def compose(stage: Stage, kind: str = "expert", *, by=None, when=MONDAY) -> whatsapp.Message:
    participant_id = stage.participant(kind).id
    with stage.as_(by or stage.counsellor, when=when) as actor:
        return whatsapp.compose(actor, stage.conference_id, participant_id)


def remind(stage: Stage, *kinds: str, by=None, when=MONDAY) -> reminders.Reminded:
    ids = [stage.participant(kind).id for kind in kinds]
    with stage.as_(by or stage.counsellor, when=when) as actor:
        return reminders.remind(actor, stage.conference_id, ids)


def change(stage: Stage, kind: str, **values) -> None:
    participant_id = stage.participant(kind).id
    with stage.as_(stage.counsellor) as actor:
        row = access.get(actor, Participant, participant_id)
        for name, value in values.items():
            setattr(row, name, value)


def forbid(stage: Stage) -> None:
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).do_not_contact = True


# --- WhatsApp -------------------------------------------------------------------------------------


def test_the_text_holds_time_place_and_a_link_that_opens_the_invitation(stage):
    message = compose(stage)
    for expected in ("Psikolog Rekaan", "26 November 2026", "Ruang BK", "/g/"):
        assert expected in message.text
    address = urlsplit(message.url)
    assert (address.netloc, address.path) == ("wa.me", "/6281200000000")
    assert parse_qs(address.query)["text"] == [message.text]
    token = message.text.partition("/g/")[2].partition("/")[0]
    with stage.world.app.app_context():
        arrival = guests.identify(token, {}, now=MONDAY)
    assert arrival.is_live
    assert arrival.actor.participant_id == message.participant_id


def test_the_text_names_neither_student_nor_case_and_is_written_in_the_guests_language(stage):
    english = compose(stage).text
    change(stage, "expert", locale="id")
    indonesian = compose(stage).text
    assert "Where: Ruang BK" in english
    assert "Tempat: Ruang BK" in indonesian
    for words in (english, indonesian):
        assert not [name for name in STUDENT.split() if name in words]
        assert "kasus" not in words.casefold()
        assert "case" not in words.casefold()


def test_the_trail_says_who_made_a_text_and_when_and_never_what_it_said(stage, as_superuser):
    message = compose(stage)
    wanted = (
        "SELECT person_id, at, detail::text FROM audit_entries"
        " WHERE action = 'whatsapp.composed' AND subject_id = :id"
    )
    (row,) = as_superuser.execute(text(wanted), {"id": message.participant_id}).all()
    assert (row[0], row[1]) == (stage.counsellor.user_id, MONDAY)
    assert "Ruang" not in row[2]
    assert "/g/" not in row[2]


def test_a_number_that_cannot_exist_or_is_missing_is_refused(stage):
    for phone in (None, "+62812"):
        change(stage, "expert", phone=phone)
        with pytest.raises(Invalid):
            compose(stage)


def test_staff_and_whoever_said_not_for_me_get_no_text(stage):
    change(stage, "expert", disowned_at=MONDAY)
    for kind in ("staff", "expert"):
        with pytest.raises(Conflict):
            compose(stage, kind)


def test_no_text_and_no_link_for_a_guardian_who_may_not_be_contacted(stage, other):
    for each in (stage, other):
        change(each, "guardian", phone="+6281200000001")
    assert compose(stage, "guardian").text
    forbid(stage)
    with pytest.raises(Conflict):
        compose(stage, "guardian")
    assert compose(other, "guardian").text


def test_no_text_before_the_approval_nor_once_the_meeting_has_started(world, stage):
    waiting = Stage.build(world).requested()
    with pytest.raises(Conflict):
        compose(waiting)
    with pytest.raises(Conflict):
        compose(stage, when=STARTS_AT)


# --- what comes back on paper or by phone -----------------------------------------------------------


@pytest.mark.parametrize("channel", ["paper", "in_person", "phone"])
def test_a_commitment_is_recorded_with_who_recorded_it_when_and_how(stage, other, channel):
    participant_id = stage.participant("guardian").id
    with stage.as_(stage.counsellor) as actor:
        meeting.sign_on_behalf(actor, participant_id, typed_name="Wali Rekaan", channel=channel)
    row = stage.participant("guardian")
    assert (row.signed_name, row.signed_at, row.signed_channel) == ("Wali Rekaan", MONDAY, channel)
    assert row.signed_recorded_by == stage.counsellor.user_id
    assert other.participant("guardian").signed_at is None


def test_a_commitment_that_was_given_already_stays_as_it_was(stage):
    participant_id = stage.participant("guardian").id
    with stage.as_(stage.counsellor) as actor:
        meeting.sign_on_behalf(actor, participant_id, typed_name="Wali Rekaan", channel="paper")
    with stage.as_(stage.counsellor, when=MONDAY + timedelta(hours=1)) as actor:
        meeting.sign_on_behalf(actor, participant_id, typed_name="Orang Lain", channel="phone")
    row = stage.participant("guardian")
    assert (row.signed_name, row.signed_at, row.signed_channel) == ("Wali Rekaan", MONDAY, "paper")


def test_no_commitment_without_a_name_or_by_another_way(stage):
    participant_id = stage.participant("guardian").id
    for name, channel, field in (("  ", "paper", "signature"), ("Wali Rekaan", "link", "channel")):
        with stage.as_(stage.counsellor) as actor, pytest.raises(Invalid) as refused:
            meeting.sign_on_behalf(actor, participant_id, typed_name=name, channel=channel)
        assert refused.value.field == field


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(
            lambda a, row: answers.record_on_behalf(a, row, answer="yes", channel="phone"), id="answer"
        ),
        pytest.param(
            lambda a, row: meeting.sign_on_behalf(a, row, typed_name="Wali", channel="paper"), id="paper"
        ),
        pytest.param(
            lambda a, row: meeting.sign_on_behalf(a, row, typed_name="Wali", channel="phone"), id="phone"
        ),
        pytest.param(guests.give_code, id="code"),
        pytest.param(
            lambda a, row: invitations.readdress(a, row, email="baru@contoh.example", phone=""), id="contact"
        ),
    ],
)
def test_nothing_is_recorded_and_no_code_given_for_a_guardian_who_may_not_be_contacted(stage, other, act):
    own, strange = stage.participant("guardian").id, other.participant("guardian").id
    forbid(stage)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        act(actor, own)
    row = stage.participant("guardian")
    assert (row.answer, row.signed_at, row.email) == ("pending", None, "wali.rekaan@contoh.example")
    with other.as_(other.counsellor) as actor:
        act(actor, strange)


# --- reminders ------------------------------------------------------------------------------------


def test_those_ticked_are_reminded_by_mail_and_the_others_are_named_to_be_phoned(stage, other):
    change(stage, "guardian", email=None)
    change(stage, "expert", mail_bounced_at=MONDAY)
    done = remind(stage, "staff", "guardian", "expert")
    assert done.mailed == (stage.participant("staff").id,)
    assert set(done.to_phone) == {stage.participant("guardian").id, stage.participant("expert").id}
    assert [mail.participant_id for mail in stage.mails("answer_reminder")] == list(done.mailed)
    assert other.mails("answer_reminder") == []


def test_nobody_is_reminded_twice_on_one_day_and_everybody_can_be_on_the_next(stage):
    assert remind(stage, "guardian").mailed
    again = remind(stage, "guardian", when=MONDAY + timedelta(hours=6))
    assert (again.mailed, again.had_today) == ((), (stage.participant("guardian").id,))
    assert remind(stage, "guardian", when=MONDAY + timedelta(days=1)).mailed
    assert len(stage.mails("answer_reminder")) == 2


def test_who_has_answered_is_not_reminded(stage):
    participant_id = stage.participant("expert").id
    with stage.as_(stage.counsellor) as actor:
        answers.record_on_behalf(actor, participant_id, answer="no", channel="phone")
    done = remind(stage, "expert", "guardian")
    assert (done.answered, len(done.mailed)) == ((participant_id,), 1)
    assert [mail.participant_id for mail in stage.mails("answer_reminder")] == list(done.mailed)


def test_a_guardian_who_may_not_be_contacted_is_not_reminded_and_neither_are_those_beside(stage, other):
    forbid(stage)
    with pytest.raises(Conflict):
        remind(stage, "expert", "guardian")
    assert stage.mails("answer_reminder") == []
    assert len(remind(other, "expert", "guardian").mailed) == 2


def test_nobody_is_reminded_before_the_approval_or_of_a_meeting_that_has_started(world, stage):
    waiting = Stage.build(world).requested()
    with pytest.raises(Conflict):
        remind(waiting, "guardian")
    with pytest.raises(Conflict):
        remind(stage, "guardian", when=STARTS_AT)
    with pytest.raises(Invalid):
        remind(stage)
    assert waiting.mails("answer_reminder") + stage.mails("answer_reminder") == []


def test_only_the_case_team_of_the_same_school_reaches_out(stage, other):
    for act in (lambda by: compose(stage, by=by), lambda by: remind(stage, "guardian", by=by)):
        for by in (stage.teacher, stage.principal):
            with pytest.raises(NotFound):
                act(by)
    strange = stage.participant("expert").id
    with other.as_(other.counsellor) as actor:
        with pytest.raises(NotFound):
            whatsapp.compose(actor, other.conference_id, strange)
        with pytest.raises(NotFound):
            reminders.remind(actor, other.conference_id, [strange])


def test_the_trail_names_each_one_who_was_reminded(stage, as_superuser):
    done = remind(stage, "guardian", "expert")
    wanted = "SELECT subject_id FROM audit_entries WHERE action = 'participant.reminded' AND person_id = :id"
    found = as_superuser.execute(text(wanted), {"id": stage.counsellor.user_id}).scalars().all()
    assert sorted(found) == sorted(done.mailed)
