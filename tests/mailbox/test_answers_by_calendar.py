"""Answers that come back from calendars: which count, which wait for a person, which change nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.mailbox import letters
from tests.mailbox.conftest import REPLY_ADDRESS, Post, invited, mark_sent, reasons
from tests.mailbox.letters import Said
from tests.services.stage import STARTS_AT, Stage
from webapp import tenancy
from webapp.mail.reply_address import tagged
from webapp.services import answers, conferences, guests, incoming_review, invitations
from webapp.tenancy import PLATFORM_SCHOOL_ID

SOON = MONDAY + timedelta(minutes=30)


@pytest.mark.parametrize("calendar", letters.CALENDARS)
@pytest.mark.parametrize(("partstat", "answer"), [("ACCEPTED", "yes"), ("DECLINED", "no")])
def test_an_answer_from_each_calendar_counts_as_its_participants(
    post: Post, two, as_superuser, calendar, partstat, answer
):
    stage, other = two
    said = Said(partstat, SOON, "Saya usahakan")
    became = post.read(letters.CALENDARS[calendar](invited(stage), said))
    assert became == {"counted": 1}
    row = stage.participant("guardian")
    assert (row.answer, row.answer_channel, row.answer_message) == (answer, "calendar", "Saya usahakan")
    assert row.answered_at == post.now
    assert stage.participant("expert").answer == "pending"
    assert other.participant("guardian").answer == "pending"
    assert reasons(as_superuser, stage) == [("done", "counted")]
    assert reasons(as_superuser, other) == []
    assert post.folders() == {"Pamong-done": 1}


def test_staff_answer_from_their_calendar_too(post: Post, two):
    stage, other = two
    post.read(letters.outlook(invited(stage, "staff"), Said("ACCEPTED", SOON)))
    assert stage.participant("staff").answer == "yes"
    assert other.participant("staff").answer == "pending"


def test_every_participant_has_an_address_of_their_own_that_stays_through_changes(post: Post, two):
    stage, _ = two
    addresses = {
        invited(place, kind).organiser for place in two for kind in ("guardian", "expert", "staff")
    }
    assert len(addresses) == 6
    assert all(address.startswith("jawaban+") for address in addresses)
    before = invited(stage).organiser
    with stage.as_(stage.counsellor) as actor:
        conferences.reschedule(
            actor,
            stage.conference_id,
            starts_at=STARTS_AT + timedelta(days=1),
            ends_at=STARTS_AT + timedelta(days=1, hours=1),
            place="Aula",
        )
    assert invited(stage, mail="invitation_update").organiser == before
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Tidak jadi")
    assert invited(stage, mail="conference_cancelled").organiser == before


def test_only_the_hash_of_an_address_is_stored(post: Post, two, as_superuser):
    stage, _ = two
    token = invited(stage).organiser.partition("+")[2].partition("@")[0]
    stored = as_superuser.execute(text("SELECT reply_addresses::text FROM reply_addresses")).scalars().all()
    assert stored
    assert all(token not in row for row in stored)


def test_without_a_mailbox_the_school_itself_is_the_organiser(app, world, as_superuser):
    stage = Stage.build(world).invited()
    assert invited(stage).organiser == "sekolah@contoh.example"
    made = as_superuser.scalar(
        text("SELECT count(*) FROM reply_addresses WHERE school_id = :id"), {"id": stage.school.id}
    )
    assert made == 0


def test_the_newer_of_two_answers_holds_whatever_their_order(post: Post, two, as_superuser):
    stage, _ = two
    first = letters.gmail(invited(stage), Said("ACCEPTED", SOON))
    second = letters.gmail(invited(stage), Said("DECLINED", SOON + timedelta(minutes=1)))
    assert post.read(second, first) == {"counted": 1, "known": 1}
    assert stage.participant("guardian").answer == "no"
    later = letters.apple(invited(stage), Said("ACCEPTED", SOON + timedelta(minutes=2)))
    post.now += timedelta(hours=1)
    assert post.read(later) == {"counted": 1}
    assert stage.participant("guardian").answer == "yes"


def test_a_replayed_answer_changes_nothing(post: Post, two, as_superuser):
    stage, _ = two
    mail = letters.gmail(invited(stage), Said("ACCEPTED", SOON))
    post.read(mail)
    guest = stage.guest(when=post.now + timedelta(minutes=5))
    with stage.world.app.app_context(), tenancy.work(guest):
        answers.answer(guest, stage.conference_id, answer="no")
    post.now += timedelta(hours=1)
    again = b"Received: from elsewhere.example\r\n" + mail
    assert post.read(mail, again, mail) == {"known": 3}
    assert stage.participant("guardian").answer == "no"
    assert reasons(as_superuser, stage) == [("done", "counted")]
    assert post.folders() == {"Pamong-done": 4}


def test_an_answer_on_the_page_is_not_undone_by_an_older_one_that_comes_late(post: Post, two, as_superuser):
    stage, _ = two
    guest = stage.guest(when=SOON + timedelta(minutes=5))
    with stage.world.app.app_context(), tenancy.work(guest):
        answers.answer(guest, stage.conference_id, answer="no")
    post.read(letters.gmail(invited(stage), Said("ACCEPTED", SOON)))
    assert stage.participant("guardian").answer == "no"
    assert reasons(as_superuser, stage) == [("review", "older_than_answer")]


def test_a_known_sender_without_the_secret_address_is_listed_and_does_not_count(
    post: Post, two, as_superuser
):
    stage, other = two
    known = invited(stage)
    said = Said("ACCEPTED", SOON, "Saya pasti datang")
    forged = letters.gmail(letters.Invited(**{**vars(known), "organiser": REPLY_ADDRESS}), said)
    assert post.read(forged) == {"not_secret": 1}
    assert stage.participant("guardian").answer == "pending"
    assert reasons(as_superuser, stage) == [("review", "not_secret")]
    with stage.as_(stage.counsellor) as actor:
        (line,) = incoming_review.page(actor).lines
    assert (line.sender, line.text, line.said.key) == (known.attendee, "Saya pasti datang", "yes")
    for person, place in ((other.counsellor, other), (stage.principal, stage), (stage.teacher, stage)):
        with place.as_(person):
            seen = tenancy.session.execute(text("SELECT count(*) FROM incoming_mails")).scalar()
        assert seen == 0
    assert post.folders() == {"Pamong-review": 1}


def test_a_guessed_address_and_a_stranger_belong_to_no_school_and_leave_no_text(
    post: Post, two, as_superuser
):
    stage, other = two
    guessed = tagged(REPLY_ADDRESS, "a" * 32)
    wrong = letters.Invited(**{**vars(invited(stage)), "organiser": guessed})
    mails = (
        letters.gmail(wrong, Said("ACCEPTED", SOON), sender="orang@asing.example"),
        letters.written(to=REPLY_ADDRESS, sender="orang@asing.example", text="Zubaidah"),
        letters.written(to=REPLY_ADDRESS, sender=invited(stage).attendee, text="Dari wali", number=2),
    )
    assert post.read(*mails) == {"unknown": 3}
    assert reasons(as_superuser, stage) == reasons(as_superuser, other) == []
    rows = as_superuser.execute(
        text("SELECT sender_enc, text_enc FROM incoming_mails WHERE school_id = :id"),
        {"id": PLATFORM_SCHOOL_ID},
    ).all()
    assert len(rows) >= 3
    assert all(tuple(row) == (None, None) for row in rows)
    assert stage.participant("guardian").answer == "pending"


def test_one_participants_address_opens_no_other_meeting_and_no_other_school(post: Post, two, as_superuser):
    stage, other = two
    mine, theirs = invited(stage), invited(other)
    theirs_to_mine = letters.Invited(**{**vars(theirs), "organiser": mine.organiser})
    unknown_meeting = letters.Invited(**{**vars(mine), "uid": f"{mine.uid}x"})
    for wrong in (theirs_to_mine, unknown_meeting):
        post.read(letters.gmail(wrong, Said("DECLINED", SOON)))
    assert reasons(as_superuser, stage) == [("review", "wrong_meeting")] * 2
    assert reasons(as_superuser, other) == []
    assert stage.participant("guardian").answer == other.participant("guardian").answer == "pending"


def test_two_addresses_in_one_mail_answer_the_meeting_that_it_names(post: Post, two):
    stage, other = two
    mine, theirs = invited(stage), invited(other)
    both = letters.gmail(mine, Said("ACCEPTED", SOON), to=f"{theirs.organiser}, {mine.organiser}")
    assert post.read(both) == {"counted": 1}
    assert stage.participant("guardian").answer == "yes"
    assert other.participant("guardian").answer == "pending"


def test_an_answer_to_the_meeting_as_it_was_is_listed_and_one_to_the_new_time_counts(
    post: Post, two, as_superuser
):
    stage, _ = two
    old = invited(stage)
    with stage.as_(stage.counsellor) as actor:
        conferences.reschedule(
            actor,
            stage.conference_id,
            starts_at=STARTS_AT + timedelta(days=1),
            ends_at=STARTS_AT + timedelta(days=1, hours=1),
            place="Aula",
        )
    mark_sent(stage)
    post.read(letters.outlook(old, Said("ACCEPTED", SOON)))
    assert stage.participant("guardian").answer == "pending"
    new = invited(stage, mail="invitation_update")
    assert new.sequence == old.sequence + 1
    post.read(letters.outlook(new, Said("ACCEPTED", SOON + timedelta(minutes=1))))
    assert stage.participant("guardian").answer == "yes"
    assert reasons(as_superuser, stage) == [("review", "old_version"), ("done", "counted")]


def test_a_forwarded_invitation_answered_by_another_person_is_listed(post: Post, two, as_superuser):
    stage, _ = two
    forwarded = letters.Invited(**{**vars(invited(stage)), "attendee": "tetangga@contoh.example"})
    post.read(letters.gmail(forwarded, Said("ACCEPTED", SOON)))
    assert reasons(as_superuser, stage) == [("review", "other_person")]
    assert stage.participant("guardian").answer == "pending"


def test_after_this_is_not_for_me_and_a_new_address_the_old_one_is_dead(post: Post, two, as_superuser):
    stage, _ = two
    old = invited(stage)
    guest = stage.guest(when=SOON)
    with stage.world.app.app_context(), tenancy.work(guest):
        guests.disown(guest)
    post.read(letters.gmail(old, Said("ACCEPTED", SOON)))
    row = stage.participant("guardian")
    with stage.as_(stage.counsellor, when=SOON + timedelta(minutes=1)) as actor:
        invitations.readdress(actor, row.id, email="baru@contoh.example", phone="")
    new = invited(stage)
    assert new.organiser != old.organiser
    assert post.read(letters.gmail(old, Said("DECLINED", SOON + timedelta(minutes=2)))) == {"revoked": 1}
    assert stage.participant("guardian").answer == "pending"
    assert post.read(letters.gmail(new, Said("ACCEPTED", SOON + timedelta(minutes=3)))) == {"counted": 1}
    assert [reason for _, reason in reasons(as_superuser, stage)] == ["revoked", "revoked", "counted"]


def test_a_participant_who_was_taken_off_does_not_answer(post: Post, two, as_superuser):
    stage, _ = two
    before = invited(stage, "expert")
    as_superuser.execute(
        text("UPDATE participants SET removed_at = now() WHERE id = :id"),
        {"id": stage.participant("expert").id},
    )
    as_superuser.commit()
    post.read(letters.gmail(before, Said("ACCEPTED", SOON)))
    assert reasons(as_superuser, stage) == [("review", "not_invited")]


def test_once_the_meeting_has_started_or_is_called_off_nothing_counts(post: Post, two, as_superuser):
    stage, other = two
    mine, theirs = invited(stage), invited(other)
    with other.as_(other.counsellor) as actor:
        conferences.cancel(actor, other.conference_id, reason="Tidak jadi")
    post.now = STARTS_AT
    became = post.read(
        letters.gmail(mine, Said("ACCEPTED", SOON)), letters.gmail(theirs, Said("ACCEPTED", SOON))
    )
    assert became == {"meeting_started": 1, "meeting_cancelled": 1}
    assert stage.participant("guardian").answer == other.participant("guardian").answer == "pending"


@pytest.mark.parametrize(
    ("partstat", "reason"),
    [("TENTATIVE", "tentative"), ("DELEGATED", "unclear"), ("NEEDS-ACTION", "unclear"), ("X", "unclear")],
)
def test_perhaps_is_no_answer_and_a_person_reads_it(post: Post, two, as_superuser, partstat, reason):
    stage, _ = two
    post.read(letters.outlook(invited(stage), Said(partstat, SOON, "Tergantung jadwal kerja")))
    assert stage.participant("guardian").answer == "pending"
    with stage.as_(stage.counsellor) as actor:
        (line,) = incoming_review.page(actor).lines
    assert (line.reason.key, line.text, line.said) == (reason, "Tergantung jadwal kerja", None)


def test_another_time_is_shown_to_the_team(post: Post, two):
    stage, _ = two
    mail = letters.gmail(invited(stage), Said("TENTATIVE", SOON)).replace(b"METHOD:REPLY", b"METHOD:COUNTER")
    clear_only = mail.partition(b"Content-Type: application/ics")[0] + b"\r\n--000000000000aa01--\r\n"
    assert post.read(clear_only) == {"counter": 1}
    with stage.as_(stage.counsellor) as actor:
        (line,) = incoming_review.page(actor).lines
    assert line.text.startswith("2026-11-26 04:00 UTC")


def test_who_is_away_and_who_writes_by_hand_are_listed(post: Post, two, as_superuser):
    stage, other = two
    mine = invited(stage)
    away = letters.written(
        to=REPLY_ADDRESS,
        sender=mine.attendee,
        text="Saya sedang cuti",
        headers=("Auto-Submitted: auto-replied", f"In-Reply-To: {mine.message_id}"),
    )
    by_hand = letters.written(
        to=mine.organiser,
        sender=mine.attendee,
        text="Maaf, bisa hari Jumat?\r\n> Undangan pertemuan sekolah\r\n",
        number=2,
    )
    assert post.read(away, by_hand) == {"automatic": 1, "written": 1}
    with stage.as_(stage.counsellor) as actor:
        texts = {line.reason.key: line.text for line in incoming_review.page(actor).lines}
    assert texts == {"automatic": None, "written": "Maaf, bisa hari Jumat?"}
    assert reasons(as_superuser, other) == []
