"""Bounces that come back as mail: the outbox shows them as if the server had refused at once."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY
from tests.mail.servers import scripted
from tests.mailbox import letters
from tests.mailbox.conftest import REPLY_ADDRESS, Post, invited, reasons
from tests.services.stage import Stage
from webapp import tenancy
from webapp.mail.smtp import Transport
from webapp.models.background import OutboxMail
from webapp.models.conferences import Conference
from webapp.services import (
    attention,
    conference_view,
    invitations,
    outbox_delivery,
    outbox_view,
    participants,
)


def mail_of(stage: Stage, message_id: str) -> OutboxMail:
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, MONDAY)) as session:
        return session.scalars(
            select(OutboxMail).where(
                OutboxMail.school_id == stage.school.id, OutboxMail.message_id == message_id
            )
        ).one()


@pytest.mark.parametrize("server", letters.SERVERS)
def test_a_report_from_each_server_turns_the_mail_to_bounced_and_says_whom_to_phone(
    post: Post, two, as_superuser, server
):
    stage, other = two
    mine = invited(stage, "expert")
    assert post.read(letters.SERVERS[server](mine, to=REPLY_ADDRESS)) == {"bounced": 1}
    row = mail_of(stage, mine.message_id)
    assert row.state == "bounced"
    assert row.last_response.startswith("5.1.1")
    with stage.as_(stage.counsellor) as actor:
        (line,) = outbox_view.page(actor, state="bounced").lines
        _, view = conference_view.show(actor, stage.conference_id)
        (matter,) = attention.bounced(actor)
    participant = stage.participant("expert")
    assert line.phone == participant.phone
    assert participant.mail_bounced_at == post.now
    assert other.participant("expert").mail_bounced_at is None
    assert next(person for person in view.participants if person.id == participant.id).needs_a_call
    assert matter.participant_id == participant.id
    with other.as_(other.counsellor) as actor:
        assert outbox_view.page(actor, state="bounced").lines == ()
    assert reasons(as_superuser, stage) == [("done", "bounced")]
    assert post.folders() == {"Pamong-done": 1}


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("relayed", "2.0.0")])
def test_a_notice_that_it_still_waits_bounces_nothing(post: Post, two, as_superuser, action, status):
    stage, _ = two
    mine = invited(stage, "expert")
    notice = letters.postfix(mine, to=REPLY_ADDRESS, action=action, status=status)
    assert post.read(notice) == {"delayed": 1}
    assert mail_of(stage, mine.message_id).state == "sent"
    final = letters.postfix(mine, to=REPLY_ADDRESS, action="failed", status="4.4.7")
    assert post.read(final) == {"bounced": 1}
    assert mail_of(stage, mine.message_id).state == "bounced"


def test_a_report_that_comes_again_does_not_bounce_the_mail_that_was_sent_again(post: Post, two):
    stage, _ = two
    mine = invited(stage, "expert")
    report = letters.exchange(mine, to=REPLY_ADDRESS)
    post.read(report)
    mail_id = mail_of(stage, mine.message_id).id
    with stage.as_(stage.counsellor) as actor:
        outbox_view.retry(actor, mail_id)
    assert post.read(report) == {"known": 1}
    assert mail_of(stage, mine.message_id).state == "queued"


def test_a_report_about_a_mail_that_waits_again_lets_the_next_of_its_stream_go(post: Post, two, as_superuser):
    stage, _ = two
    mine = invited(stage, "expert")
    mail_id = mail_of(stage, mine.message_id).id
    as_superuser.execute(
        text("UPDATE outbox SET state = 'deferred', due_at = now() WHERE id = :id"), {"id": mail_id}
    )
    as_superuser.commit()
    participant = stage.participant("expert")
    with stage.as_(stage.counsellor) as actor:
        conference = tenancy.session.scalars(
            select(Conference).where(Conference.id == stage.conference_id)
        ).one()
        post_of = invitations.Post(actor, conference)
        post_of.tell(participant, "answer_reminder", post_of.meeting_facts, dedupe_key="pengingat")
    post.read(letters.google(mine, to=REPLY_ADDRESS))
    rows = as_superuser.execute(
        text("SELECT state, due_at IS NOT NULL FROM outbox WHERE participant_id = :id ORDER BY id"),
        {"id": participant.id},
    ).all()
    assert [tuple(row) for row in rows] == [("bounced", False), ("queued", True)]


def test_a_report_about_a_staff_members_mail_marks_the_account_and_another_schools_is_untouched(
    post: Post, two, as_superuser
):
    stage, other = two
    mine = invited(stage, "staff")
    assert post.read(letters.exchange(mine, to=REPLY_ADDRESS)) == {"bounced": 1}
    marked = as_superuser.execute(
        text("SELECT id FROM users WHERE mail_bounced_at = :at AND id IN (:one, :two)"),
        {"at": post.now, "one": stage.teacher.user_id, "two": other.teacher.user_id},
    ).scalars()
    assert list(marked) == [stage.teacher.user_id]


def test_a_report_that_comes_after_the_address_was_corrected_does_not_mark_the_new_one(post: Post, two):
    stage, _ = two
    old = invited(stage, "expert")
    with stage.as_(stage.counsellor) as actor:
        row = next(row for row in participants.of(actor, stage.conference_id) if row.kind == "expert")
        invitations.readdress(actor, row.id, email="baru@contoh.example", phone="")
    post.read(letters.postfix(old, to=REPLY_ADDRESS))
    assert stage.participant("expert").mail_bounced_at is None
    assert mail_of(stage, old.message_id).state == "bounced"


def test_a_report_about_nobodys_mail_is_left(post: Post, two, as_superuser):
    stage, other = two
    strange = letters.Invited(**{**vars(invited(stage)), "message_id": "<0" + "a" * 30 + "@contoh.example>"})
    assert post.read(letters.postfix(strange, to=REPLY_ADDRESS)) == {"unknown": 1}
    assert reasons(as_superuser, stage) == reasons(as_superuser, other) == []
    assert post.folders() == {"Pamong-review": 1}


def test_what_is_sent_names_the_mailbox_as_its_sender_and_the_secret_address_to_answer_to(
    post: Post, world, as_superuser
):
    as_superuser.execute(text("UPDATE outbox SET state = 'cancelled', due_at = NULL"))
    as_superuser.commit()
    stage = Stage.build(world).invited()
    mine = invited(stage)
    with scripted({}) as server, Transport(server.url, 5) as transport:
        outbox_delivery.deliver(
            lambda: post.now, transport, worker="uji", stop_at=post.now.replace(year=2027)
        )
    sent = next(data for data in server.seen.texts if mine.message_id.encode() in data)
    assert f"<{mine.organiser}>".encode() in sent.partition(b"\r\n\r\n")[0]
    commands = [command for connection in server.seen.connections for command in connection]
    assert f"MAIL FROM:<{REPLY_ADDRESS}>" in commands
