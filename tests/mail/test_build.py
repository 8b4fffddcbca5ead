from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import given
from icalendar import Calendar

from tests.mail.conftest import HIGH_SCHOOL, PRIMARY_SCHOOL, examples
from tests.mail.hostile import QUICK, texts
from webapp.domain.errors import Invalid
from webapp.mail.build import Mailbox, build, new_message_id
from webapp.mail.clean import check_address, many_lines, one_line
from webapp.mail.content import MailContent
from webapp.mail.messages import MAILS, render

SENDER = Mailbox("pamong@dinas.example", "SMAN Contoh Rekaan")
RECIPIENT = Mailbox("dedi@keluarga.example", "Dedi Khayal")
ID = "<0123456789abcdef@dinas.example>"
DATE = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
PLAIN = MailContent("Undangan", "Halo\n", "<p>Halo</p>\n")
ENTRY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
CALENDAR = MailContent("Undangan", "Halo\n", "<p>Halo</p>\n", ENTRY, "REQUEST")


def built(content=PLAIN, *, sender=SENDER, recipient=RECIPIENT, **more) -> bytes:
    return build(content, sender=sender, recipient=recipient, message_id=ID, date=DATE, **more)


def body(mail, subtype: str) -> str:
    return mail.get_body((subtype,)).get_content().replace("\r\n", "\n").rstrip("\n")


def decoded(header: str) -> str:
    return str(make_header(decode_header(header)))


def read(data: bytes):
    return message_from_bytes(data, policy=policy.default)


@pytest.mark.parametrize("locale", ["id", "en"])
@pytest.mark.parametrize("school", [HIGH_SCHOOL, PRIMARY_SCHOOL], ids=["high", "primary"])
@pytest.mark.parametrize("name", sorted(MAILS))
def test_every_mail_is_built_twice_into_the_same_bytes_and_reads_back_as_it_was(in_app, name, school, locale):
    content = render(name, examples(school)[name], locale)
    data = built(content)
    assert data == built(render(name, examples(school)[name], locale))
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 100
    mail = read(data)
    assert not mail.defects
    assert mail["Subject"] == content.subject
    assert body(mail, "plain") == content.text.rstrip("\n")
    assert body(mail, "html") == content.html.rstrip("\n")


def test_the_parts_stand_in_the_order_that_mail_programs_expect():
    kinds = [part.get_content_type() for part in read(built(CALENDAR)).walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar",
                     "application/ics"]
    assert [part.get_content_type() for part in read(built()).walk()] == [
        "multipart/alternative", "text/plain", "text/html"]


def test_the_meeting_stands_in_the_mail_twice_with_its_method_and_unchanged():
    mail = read(built(CALENDAR))
    inline, attached = list(mail.walk())[-2:]
    assert inline["Content-Type"].params["method"] == "REQUEST"
    assert attached.get_filename() == "undangan.ics"
    assert inline.get_payload(decode=True) == attached.get_payload(decode=True) == CALENDAR.calendar
    assert Calendar.from_ical(inline.get_payload(decode=True)) is not None


def test_headers_are_those_given_and_no_other():
    data = built(reply_to=Mailbox("bk@sekolah.example"), automatic=True,
                 list_headers={"List-Id": "<digest.dinas.example>"})
    mail = read(data)
    assert set(mail.keys()) == {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
        "Auto-Submitted", "X-Auto-Response-Suppress", "List-Id"}
    assert mail["Message-ID"] == ID
    assert parsedate_to_datetime(mail["Date"]) == DATE
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "Auto-Submitted" not in read(built())


def test_a_mail_differs_when_its_recipient_or_its_message_id_differs():
    other = build(PLAIN, sender=SENDER, recipient=RECIPIENT, message_id="<x@dinas.example>", date=DATE)
    assert len({built(), other, built(recipient=Mailbox("lain@keluarga.example"))}) == 3


@QUICK
@given(subject=texts, name=texts, school=texts, text=texts)
def test_whatever_people_type_headers_stay_whole_and_one_recipient_stays_one(subject, name, school, text):
    content = MailContent(subject, many_lines(text), "<p></p>\n")
    data = built(content, sender=Mailbox(SENDER.address, school), recipient=Mailbox(RECIPIENT.address, name))
    assert data.isascii()
    mail = read(data)
    assert set(mail.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}
    assert [address.addr_spec for address in mail["To"].addresses] == [RECIPIENT.address]
    assert [address.addr_spec for address in mail["From"].addresses] == [SENDER.address]
    older = message_from_bytes(data)
    assert decoded(parseaddr(older["To"])[0]) == one_line(name, at_most=120)
    assert parseaddr(older["To"])[1] == RECIPIENT.address
    assert decoded(older["Subject"]) == one_line(subject)
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    assert body(mail, "plain") == many_lines(text).rstrip("\n")


@pytest.mark.parametrize(
    "address",
    ["", "dedi", "dedi@", "@x.example", "a b@x.example", "dédi@x.example", "a@bücher.example",
     "a@x.example,b@y.example",
     "a@x.example\r\nBcc: c@z.example", "<a@x.example>", "Dedi <a@x.example>", '"a b"@x.example',
     "a@[127.0.0.1]",
     "a..b@x.example", ".a@x.example", "a@-x.example", "a@x..example", "a@x.example.", "a@x.example\n",
     "x" * 65 + "@x.example",
     "a@" + "x" * 64 + ".example", "a@" + "x." * 100 + "example", "a@x_y.example", "a\x00@x.example"],
)
def test_an_address_that_is_not_plainly_one_is_refused(address):
    with pytest.raises(Invalid):
        Mailbox(address)


@pytest.mark.parametrize(
    "address", ["dedi@keluarga.example", "a.b+c_d-e@sub.x-y.example", "o'r@x.example", "A@B.EXAMPLE"]
)
def test_a_plain_address_is_taken_as_it_is(address):
    assert check_address(address) == address
    assert read(built(recipient=Mailbox(address)))["To"] == address


@pytest.mark.parametrize(
    "message_id",
    ["", "x@y.example", "<x>", "<a@b.example>\r\nBcc: c@d.example", "<a@b.example> <c@d.example>"],
)
def test_a_message_id_that_is_not_one_is_refused(message_id):
    with pytest.raises(Invalid):
        build(PLAIN, sender=SENDER, recipient=RECIPIENT, message_id=message_id, date=DATE)


@pytest.mark.parametrize(
    "headers",
    [{"Bcc": "x@y.example"}, {"List-Id": "a\r\nBcc: x@y.example"}, {"List-Id": "é"}, {"list-id": "a"}],
)
def test_only_list_headers_on_one_line_are_taken(headers):
    with pytest.raises(Invalid):
        built(list_headers=headers)


def test_message_ids_are_new_each_time_and_fit_their_domain():
    ids = {new_message_id("dinas.example") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(one.startswith("<") and one.endswith("@dinas.example>") for one in ids)
    with pytest.raises(Invalid):
        new_message_id("dinas example")


def test_a_long_domain_does_not_bend_the_message_id():
    one = new_message_id("surel." + "panjang-sekali." * 8 + "example")
    data = build(PLAIN, sender=SENDER, recipient=RECIPIENT, message_id=one, date=DATE)
    assert b"=?" not in data.split(b"\r\n\r\n")[0]
    assert read(data)["Message-ID"].strip() == one
