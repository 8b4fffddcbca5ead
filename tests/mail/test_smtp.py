from __future__ import annotations

import random
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tests.mail.conftest import HIGH_SCHOOL, examples
from tests.mail.hostile import QUICK
from tests.mail.servers import CUT, HANG, good_server, scripted
from webapp.domain.errors import Invalid
from webapp.mail.build import Mailbox, build
from webapp.mail.messages import render
from webapp.mail.smtp import (
    MAX_ATTEMPTS,
    Bounced,
    Deferred,
    Sent,
    Transport,
    Undecided,
    backoff,
    clean_response,
)

TEXT = b"Subject: x\r\n\r\n.starts with a dot\r\n..two\r\nend\r\n"
FROM, TO = "pamong@dinas.example", "dedi@keluarga.example"


class Marks(list):
    """Counts how often the caller was told that DATA comes next."""

    def __call__(self) -> None:
        self.append("data")


def deliver(url: str, *, timeout: float = 5.0, times: int = 1, data: bytes = TEXT):
    marks = Marks()
    with Transport(url, timeout) as transport:
        outcomes = [transport.deliver(FROM, TO, data, marks) for _ in range(times)]
    return (outcomes[0] if times == 1 else outcomes), marks


def test_many_mails_go_through_one_connection_and_arrive_byte_for_byte(in_app):
    content = render("invitation", examples(HIGH_SCHOOL)["invitation"], "id")
    data = build(content, sender=Mailbox(FROM, "SMAN Contoh"), recipient=Mailbox(TO),
                 message_id="<a@dinas.example>", date=datetime(2026, 11, 20, tzinfo=UTC))
    with good_server() as (keeper, port):
        outcomes, marks = deliver(f"smtp://127.0.0.1:{port}", times=3, data=data)
    assert [type(outcome) for outcome in outcomes] == [Sent] * 3
    assert marks == ["data"] * 3
    assert [mail.content for mail in keeper.mails] == [data] * 3
    assert (keeper.mails[0].mail_from, keeper.mails[0].rcpt_tos) == (FROM, [TO])


def test_the_connection_is_kept_and_said_good_bye_to():
    with scripted({}) as server:
        outcomes, _ = deliver(server.url, times=3)
    assert outcomes == [Sent("taken as 42")] * 3
    assert len(server.seen.connections) == 1
    assert server.seen.connections[0][-1].upper() == "QUIT"


def test_lines_that_begin_with_a_dot_are_doubled_on_the_wire():
    with scripted({}) as server:
        deliver(server.url)
        deliver(server.url, data=b"no line end")
    assert server.seen.texts == [
        b"Subject: x\r\n\r\n..starts with a dot\r\n...two\r\nend\r\n.\r\n", b"no line end\r\n.\r\n"]


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ({"banner": "421 too busy"}, 421),
        ({"banner": "554 go away"}, 554),
        ({"MAIL": "451 later"}, 451),
        ({"MAIL": "550 we do not know you"}, 550),
        ({"RCPT": "450 greylisted"}, 450),
        ({"RCPT": "530 sign in first"}, 530),
        ({"RCPT": "421 closing"}, 421),
        ({"banner": CUT}, None),
        ({"EHLO": CUT}, None),
        ({"MAIL": CUT}, None),
        ({"RCPT": CUT}, None),
    ],
)
def test_what_goes_wrong_before_data_is_tried_again_later_and_never_marked(script, code):
    with scripted(script) as server:
        outcome, marks = deliver(server.url)
    assert isinstance(outcome, Deferred)
    assert outcome.code == code
    assert marks == []
    assert server.seen.texts == []


@pytest.mark.parametrize(
    ("script", "outcome", "marked"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, Bounced(550, "5.1.1 no such user"), 0),
        ({"DATA": "554 not from you"}, Bounced(554, "not from you"), 1),
        ({"DATA": "451 disk full"}, Deferred(451, "disk full"), 1),
        ({"text": "452 disk full"}, Deferred(452, "disk full"), 1),
        ({"text": "421 closing"}, Deferred(421, "closing"), 1),
        ({"text": "552 too big"}, Bounced(552, "too big"), 1),
        ({"text": "250-first\r\n250 second"}, Sent("first second"), 1),
    ],
)
def test_the_servers_word_decides(script, outcome, marked):
    with scripted(script) as server:
        seen, marks = deliver(server.url)
    assert seen == outcome
    assert len(marks) == marked


def test_a_connection_cut_at_the_data_command_delivers_nothing_and_is_deferred():
    with scripted({"DATA": CUT}) as server:
        outcome, marks = deliver(server.url)
    assert isinstance(outcome, Deferred)
    assert marks == ["data"]


@pytest.mark.parametrize("end", [CUT, "cut at once", "what?"])
def test_after_the_text_began_a_lost_answer_is_undecided(end):
    with scripted({"text": end}) as server:
        outcome, marks = deliver(server.url)
    assert isinstance(outcome, Undecided)
    assert marks == ["data"]


@pytest.mark.parametrize(("where", "kind"), [
    ("banner", Deferred), ("EHLO", Deferred), ("MAIL", Deferred), ("RCPT", Deferred), ("DATA", Deferred),
    ("text", Undecided)])
def test_a_server_that_hangs_is_left_after_the_timeout(where, kind):
    with scripted({where: HANG}) as server:
        outcome, _ = deliver(server.url, timeout=0.2)
    assert isinstance(outcome, kind)
    assert "timed out" in outcome.response


def test_nobody_listening_is_deferred():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome, marks = deliver(f"smtp://127.0.0.1:{port}")
    assert isinstance(outcome, Deferred)
    assert outcome.code is None
    assert "refused" in outcome.response
    assert marks == []


@pytest.mark.parametrize(
    "end", [{"MAIL again": CUT}, {"MAIL again": "421 idle too long"}, {"RCPT again": CUT}]
)
def test_a_kept_connection_that_went_stale_is_replaced_before_data_without_a_duplicate(end):
    with scripted(end, {}) as server:
        outcomes, marks = deliver(server.url, times=2)
    assert outcomes == [Sent("taken as 42")] * 2
    assert marks == ["data"] * 2
    assert len(server.seen.connections) == 2
    assert len(server.seen.texts) == 2


@pytest.mark.parametrize("end", [CUT, "421 closing", "what?"])
def test_after_a_failed_text_the_next_mail_gets_a_new_connection(end):
    with scripted({"text": end}, {}) as server:
        outcomes, _ = deliver(server.url, times=2)
    assert isinstance(outcomes[1], Sent)
    assert len(server.seen.connections) == 2


def test_a_refused_recipient_does_not_cost_the_next_mail_its_connection():
    with scripted({"RCPT": "550 no", "RCPT again": "250 ok"}) as server:
        outcomes, marks = deliver(server.url, times=2)
    assert outcomes == [Bounced(550, "no"), Sent("taken as 42")]
    assert marks == ["data"]
    assert len(server.seen.connections) == 1
    assert "RSET" in [command.upper() for command in server.seen.connections[0]]


def test_when_the_mark_cannot_be_set_nothing_is_sent_and_the_next_mail_still_goes():
    def fail() -> None:
        raise RuntimeError("the database is away")

    with scripted({}, {}) as server, Transport(server.url, 5) as transport:
        with pytest.raises(RuntimeError):
            transport.deliver(FROM, TO, TEXT, fail)
        assert server.seen.texts == []
        assert isinstance(transport.deliver(FROM, TO, TEXT, Marks()), Sent)
        assert len(server.seen.texts) == 1


@pytest.mark.parametrize("address", ["a@b.example>\r\nRCPT TO:<c@d.example", "é@x.example", ""])
def test_an_odd_address_never_reaches_the_server(address):
    with scripted({}) as server, Transport(server.url, 5) as transport:
        for pair in ((FROM, address), (address, TO)):
            with pytest.raises(Invalid):
                transport.deliver(*pair, TEXT, Marks())
    assert not any(server.seen.connections)


def test_signing_in_uses_the_decoded_name_and_password_and_shows_neither():
    with good_server(sign_in=True) as (keeper, port):
        right, _ = deliver(f"smtp://pa%2Fmong:se%40cret@127.0.0.1:{port}")
        wrong, marks = deliver(f"smtp://pa%2Fmong:other@127.0.0.1:{port}")
    assert isinstance(right, Sent)
    assert len(keeper.mails) == 1
    # Our own set-up is wrong: the recipient has not bounced.
    assert isinstance(wrong, Deferred)
    assert wrong.code == 535
    assert marks == []
    assert "se@cret" not in repr(Transport("smtp://u:se%40cret@h")) + repr(right) + repr(wrong)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[str, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody else trusts: its file, and a server context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "surel rekaan")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=9000)).not_valid_after(now + timedelta(days=9000))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return str(folder / "cert.pem"), context


def test_starttls_is_used_when_the_url_says_so_and_the_certificate_is_checked(certificate, monkeypatch):
    file, context = certificate
    with good_server(starttls=context) as (keeper, port):
        url = f"smtp://127.0.0.1:{port}?starttls=1"
        untrusted, marks = deliver(url)
        assert isinstance(untrusted, Deferred)
        assert "certificate" in untrusted.response.lower()
        assert marks == []
        monkeypatch.setenv("SSL_CERT_FILE", file)
        trusted, _ = deliver(url)
        assert isinstance(trusted, Sent)
    assert len(keeper.mails) == 1


def test_smtps_speaks_tls_from_the_first_byte(certificate, monkeypatch):
    file, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", file)
    with good_server(tls=context) as (keeper, port):
        assert isinstance(deliver(f"smtps://127.0.0.1:{port}")[0], Sent)
    assert len(keeper.mails) == 1


def test_a_server_without_starttls_gets_no_mail_in_the_clear():
    with scripted({}) as server:
        outcome, marks = deliver(server.url + "?starttls=1")
    assert isinstance(outcome, Deferred)
    assert marks == []
    assert server.seen.texts == []


@pytest.mark.parametrize("url", ["", "localhost:25", "http://x", "smtp://", "smtp:///x"])
def test_a_url_that_names_no_mail_server_is_refused_at_once(url):
    with pytest.raises(ValueError, match="smtp://host:port"):
        Transport(url)


@QUICK
@given(st.integers(0, 2**32), st.integers(1, 50))
def test_waiting_grows_from_half_a_minute_to_two_hours_and_never_leaves_that_span(seed, attempt):
    wait = backoff(attempt, random.Random(seed))
    assert timedelta(seconds=30) <= wait <= timedelta(hours=2)
    expected = min(7200, 30 * 2 ** (attempt - 1))
    assert 0.75 * expected <= wait.total_seconds() <= 1.25 * expected


def test_waits_differ_and_ten_tries_cover_some_hours():
    rng = random.Random(7)
    assert len({backoff(5, rng) for _ in range(20)}) == 20
    total = sum((backoff(attempt, rng) for attempt in range(1, MAX_ATTEMPTS)), timedelta())
    assert timedelta(hours=2) < total < timedelta(hours=8)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [(b"5.1.1 no\r\nsuch\x00 user", "5.1.1 no such user"), (b"\xff\xfe", "��"), ("x" * 999, "x" * 299 + "…")],
)
def test_answers_are_kept_short_and_on_one_line(raw, clean):
    assert clean_response(raw) == clean
