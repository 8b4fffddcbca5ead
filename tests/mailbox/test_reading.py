"""The task and the connection: quiet without a mailbox, patient when it is away, careful whom it trusts."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tasks import mailbox as mailbox_task
from tests.mail.test_smtp import certificate  # noqa: F401 - a fixture
from tests.mailbox import letters
from tests.mailbox.conftest import Post, invited, mark_sent
from tests.mailbox.letters import Said
from tests.services.stage import Stage
from webapp import tenancy
from webapp.mail.imap import BATCH, Box
from webapp.mail_servers import imap_server
from webapp.services import mailbox, status


def test_without_a_mailbox_the_task_does_nothing(app, as_superuser):
    assert app.config["PAMONG"].imap is None
    mailbox_task.read()


def test_the_task_reads_all_and_says_when(post: Post, world):
    now = datetime.now(UTC).replace(microsecond=0)
    stage, other = Stage.build(world, now=now).invited(), Stage.build(world, now=now).invited()
    mark_sent(stage)
    mine = invited(stage)
    filler = [
        letters.written(to="jawaban@pamong.example", sender="a@b.example", text=f"{n} {now}", number=n)
        for n in range(BATCH + 5)
    ]
    post.put(*filler, letters.gmail(mine, Said("ACCEPTED", now)))
    mailbox_task.read()
    first = stage.participant("guardian")
    mailbox_task.read()
    assert (first.answer, first.answer_channel) == ("yes", "calendar")
    assert stage.participant("guardian").answered_at == first.answered_at
    assert other.participant("guardian").answer == "pending"
    assert post.folders() == {"Pamong-done": 1, "Pamong-review": BATCH + 5}
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, now)):
        assert status.last_sweep("mailbox") > now - timedelta(minutes=1)


def test_there_is_one_reader_at_a_time(app, post: Post):
    post.put(letters.written(to="x@pamong.example", sender="a@b.example", text="x"))
    with mailbox.only_reader() as first:
        with mailbox.only_reader() as second:
            assert (first, second) == (True, False)
        mailbox_task.read()
        assert post.folders() == {"INBOX": 1}
    mailbox_task.read()
    assert post.folders() == {"Pamong-review": 1}


@pytest.mark.parametrize("wrong", ["port", "password"])
def test_a_mailbox_that_does_not_let_us_in_is_asked_again_later(
    app, post: Post, as_superuser, monkeypatch, caplog, wrong
):
    url = post.settings.imap_url
    bad = url.replace(f":{post.server.port}/", ":9/") if wrong == "port" else url.replace("sandi-", "salah-")
    monkeypatch.setitem(app.config, "PAMONG", post.settings.model_copy(update={"imap_url": bad}))
    before = as_superuser.execute(text("SELECT last_ok_at FROM sweep_runs WHERE name = 'mailbox'")).all()
    mailbox_task.read()
    as_superuser.commit()
    after = as_superuser.execute(text("SELECT last_ok_at FROM sweep_runs WHERE name = 'mailbox'")).all()
    assert before == after
    assert "the mailbox cannot be read" in caplog.text
    assert "salah-" not in caplog.text
    assert post.name not in caplog.text


def test_what_is_read_stays_unread_until_it_is_put_aside(post: Post):
    post.put(letters.written(to="x@pamong.example", sender="a@b.example", text="x"))
    with Box(post.settings.imap) as box:
        (first,) = box.fetch()
        (again,) = box.fetch()
    assert first.digest == again.digest
    assert post.folders() == {"INBOX": 1}
    with post.server.open(post.name) as box:
        (mail,) = box.fetch(mark_seen=False)
        assert "\\Seen" not in mail.flags


def test_a_folder_of_another_name_is_read(post: Post):
    with post.server.open(post.name) as box:
        box.folder.create("Jawaban")
        box.append(letters.written(to="x@pamong.example", sender="a@b.example", text="x"), "Jawaban")
    server = imap_server(post.settings.imap_url.replace("/INBOX", "/Jawaban"))
    with Box(server) as box:
        assert len(box.fetch()) == 1


def test_a_certificate_for_which_nobody_vouches_is_refused(certificate):  # noqa: F811
    _, context = certificate
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.sendall(b"* OK ready\r\n")
            except OSError:
                connection.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        server = imap_server(f"imaps://a:rahasia@127.0.0.1:{listener.getsockname()[1]}/INBOX")
        with pytest.raises(ssl.SSLCertVerificationError), Box(server, timeout=5):
            pass
        thread.join(5)


def test_a_server_that_says_nothing_is_not_waited_for_long(caplog):
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = imap_server(f"imap://a:rahasia@127.0.0.1:{listener.getsockname()[1]}/INBOX")
        with pytest.raises(OSError, match="timed out"), Box(server, timeout=0.5):
            pass
    assert "rahasia" not in caplog.text
