"""Invented mails in the shapes of real programs: answers of three calendars, reports of three servers."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from quopri import encodestring

CRLF = "\r\n"


@dataclass(frozen=True)
class Invited:
    """What stands in one participant's invitation, and so what their calendar can know."""

    uid: str
    sequence: int
    organiser: str
    attendee: str
    starts_at: datetime
    message_id: str


@dataclass(frozen=True)
class Said:
    """What the person chose in their calendar, and when."""

    partstat: str
    at: datetime
    comment: str = ""


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _lines(*lines: str) -> str:
    return CRLF.join(line for line in lines if line) + CRLF


def _base64(text: str) -> str:
    encoded = b64encode(text.encode()).decode()
    return CRLF.join(encoded[at : at + 76] for at in range(0, len(encoded), 76)) + CRLF


def _mail(headers: list[str], body: str) -> bytes:
    return (CRLF.join([*headers, "", ""]) + body).encode("utf-8", "replace")


def _part(headers: list[str], body: str, boundary: str) -> str:
    return f"--{boundary}{CRLF}" + CRLF.join([*headers, "", ""]) + body + CRLF


def gmail(invited: Invited, said: Said, *, to: str | None = None, sender: str | None = None) -> bytes:
    """Google Calendar: alternative of three inside mixed, the calendar in clear and again as a file."""
    note = f";X-RESPONSE-COMMENT=\"{said.comment}\"" if said.comment else ""
    calendar = _lines(
        "BEGIN:VCALENDAR", "PRODID:-//Google Inc//Google Calendar 70.9054//EN", "VERSION:2.0",
        "CALSCALE:GREGORIAN", "METHOD:REPLY", "BEGIN:VEVENT",
        f"DTSTART:{stamp(invited.starts_at)}", f"DTEND:{stamp(invited.starts_at + timedelta(hours=1))}",
        f"DTSTAMP:{stamp(said.at)}",
        f"ORGANIZER;CN=SMA Rekaan:mailto:{invited.organiser}", f"UID:{invited.uid}",
        f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={said.partstat};CN=Wali",
        f"  Rekaan;X-NUM-GUESTS=0{note}:mailto:{invited.attendee}",
        f"CREATED:{stamp(said.at)}", "DESCRIPTION:", f"LAST-MODIFIED:{stamp(said.at)}", "LOCATION:Ruang BK",
        f"SEQUENCE:{invited.sequence}", "STATUS:CONFIRMED", "SUMMARY:Pertemuan sekolah", "TRANSP:OPAQUE",
        "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    outer, inner = "000000000000aa01", "000000000000aa02"
    body = (
        f"--{outer}{CRLF}Content-Type: multipart/alternative; boundary=\"{inner}\"{CRLF}{CRLF}"
        + _part(
            ['Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes',
             "Content-Transfer-Encoding: base64"],
            _base64("Wali Rekaan telah menjawab undangan ini.\n"), inner)
        + _part(['Content-Type: text/html; charset="UTF-8"', "Content-Transfer-Encoding: quoted-printable"],
                "<p>Wali Rekaan telah menjawab</p>", inner)
        + _part(['Content-Type: text/calendar; charset="UTF-8"; method=REPLY',
                 "Content-Transfer-Encoding: 7bit"], calendar, inner)
        + f"--{inner}--{CRLF}"
        + _part(['Content-Type: application/ics; name="invite.ics"',
                 'Content-Disposition: attachment; filename="invite.ics"',
                 "Content-Transfer-Encoding: base64"], _base64(calendar), outer)
        + f"--{outer}--{CRLF}"
    )  # fmt: skip
    return _mail(
        ["Sender: Kalender <calendar-notification@kalender.example>", "Auto-Submitted: auto-generated",
         f"Message-ID: <calendar-{stamp(said.at)}@kalender.example>",
         "Subject: =?UTF-8?Q?Diterima=3A_Pertemuan_sekolah?=", f"From: {sender or invited.attendee}",
         f"To: {to or invited.organiser}", "MIME-Version: 1.0",
         f'Content-Type: multipart/mixed; boundary="{outer}"'],
        body)  # fmt: skip


def outlook(invited: Invited, said: Said, *, to: str | None = None, sender: str | None = None) -> bytes:
    """Outlook and Exchange: the calendar last in an alternative, base64, folded, with a zone of its own."""
    attendee = invited.attendee.partition("@")
    calendar = _lines(
        "BEGIN:VCALENDAR", "METHOD:REPLY", "PRODID:Microsoft Exchange Server 2010", "VERSION:2.0",
        "BEGIN:VTIMEZONE", "TZID:SE Asia Standard Time", "BEGIN:STANDARD", "DTSTART:16010101T000000",
        "TZOFFSETFROM:+0700", "TZOFFSETTO:+0700", "END:STANDARD", "END:VTIMEZONE",
        "BEGIN:VEVENT",
        f"ATTENDEE;PARTSTAT={said.partstat};CN=Wali Rekaan:MAILTO:",
        f" {attendee[0].title()}@{attendee[2].upper()}",
        f"COMMENT;LANGUAGE=id-ID:{said.comment}" if said.comment else "",
        f"UID:{invited.uid}", "SUMMARY;LANGUAGE=id-ID:Terima: Pertemuan sekolah",
        "DTSTART;TZID=SE Asia Standard Time:20261126T110000",
        "DTEND;TZID=SE Asia Standard Time:20261126T123000", "CLASS:PRIVATE", "PRIORITY:5",
        f"DTSTAMP:{stamp(said.at)}", "TRANSP:OPAQUE", "STATUS:CONFIRMED", f"SEQUENCE:{invited.sequence}",
        "LOCATION;LANGUAGE=id-ID:Ruang BK", "X-MICROSOFT-CDO-APPT-SEQUENCE:0",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    boundary = "_000_SEYPR01MB4321rekaan_"
    body = (
        _part(['Content-Type: text/plain; charset="iso-8859-1"',
               "Content-Transfer-Encoding: quoted-printable"], said.comment, boundary)
        + _part(['Content-Type: text/html; charset="iso-8859-1"'], "<html></html>", boundary)
        + _part(['Content-Type: text/calendar; charset="utf-8"; method=REPLY',
                 "Content-Transfer-Encoding: base64"], _base64(calendar), boundary)
        + f"--{boundary}--{CRLF}"
    )  # fmt: skip
    return _mail(
        [f"From: Wali Rekaan <{sender or invited.attendee}>", f'To: "SMA Rekaan" <{to or invited.organiser}>',
         "Subject: Accepted: Pertemuan sekolah", "Thread-Topic: Pertemuan sekolah",
         f"Message-ID: <SEYPR01MB{stamp(said.at)}@prod.outlook.example>",
         f"In-Reply-To: {invited.message_id}", "Content-Language: id-ID", "X-MS-Has-Attach:",
         f'Content-Type: multipart/alternative; boundary="{boundary}"', "MIME-Version: 1.0"],
        body)  # fmt: skip


def apple(invited: Invited, said: Said, *, to: str | None = None, sender: str | None = None) -> bytes:
    """Apple: a text and a quoted-printable calendar with a file's name, the secret address in capitals."""
    calendar = _lines(
        "BEGIN:VCALENDAR", "VERSION:2.0", "CALSCALE:GREGORIAN", "METHOD:REPLY",
        "PRODID:-//Apple Inc.//iOS 18.0//EN", "BEGIN:VEVENT",
        f"ATTENDEE;CN=\"Wali Rekaan\";CUTYPE=INDIVIDUAL;EMAIL=\"{invited.attendee}\";",
        f" PARTSTAT={said.partstat};ROLE=REQ-PARTICIPANT:mailto:{invited.attendee}",
        f"COMMENT:{said.comment}" if said.comment else "",
        "DTEND:20261126T053000Z", f"DTSTAMP:{stamp(said.at)}", f"DTSTART:{stamp(invited.starts_at)}",
        "LAST-MODIFIED:20261124T010000Z", f"ORGANIZER;CN=\"SMA Rekaan\":mailto:{invited.organiser}",
        f"SEQUENCE:{invited.sequence}", "SUMMARY:Pertemuan sekolah", f"UID:{invited.uid}",
        "REQUEST-STATUS:2.0;Success", "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    boundary = "Apple-Mail-0A1B2C3D"
    body = (
        _part(["Content-Transfer-Encoding: 7bit", "Content-Type: text/plain; charset=us-ascii"],
              "Wali Rekaan menjawab undangan.", boundary)
        + _part(["Content-Disposition: attachment; filename=iCal-20261124-100000.ics",
                 "Content-Type: text/calendar; method=REPLY; charset=utf-8; name=iCal-20261124-100000.ics",
                 "Content-Transfer-Encoding: quoted-printable"],
                encodestring(calendar.encode()).decode().replace("\n", CRLF).replace("\r\r\n", CRLF),
                boundary)
        + f"--{boundary}--{CRLF}"
    )  # fmt: skip
    address = to or invited.organiser
    return _mail(
        [f"From: Wali Rekaan <{sender or invited.attendee}>", f"To: {address.upper()}",
         "Subject: Accepted", f"Message-Id: <{stamp(said.at)}@me.example>",
         f'Content-Type: multipart/mixed; boundary="{boundary}"', "Mime-Version: 1.0 (iOS)",
         "X-Mailer: iPhone Mail"],
        body)  # fmt: skip


CALENDARS = {"gmail": gmail, "outlook": outlook, "apple": apple}


def written(
    *, to: str, sender: str, text: str, headers: tuple[str, ...] = (), number: int = 1
) -> bytes:
    """A plain mail by hand, or by a machine when its headers say so."""
    return _mail(
        [f"From: {sender}", f"To: {to}", "Subject: Re: Pertemuan sekolah", *headers,
         f"Message-ID: <tulisan-{number}@keluarga.example>", "MIME-Version: 1.0",
         "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"],
        text)  # fmt: skip


def postfix(invited: Invited, *, to: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A report as Postfix writes it; the whole mail comes back, with its calendar."""
    boundary = "4X1Y2Z.1700000000/mx.contoh.example"
    returned = _lines(f"Message-ID: {invited.message_id}", f"To: {invited.attendee}", "Subject: Undangan")
    said = "550 5.1.1 User unknown in virtual mailbox table"
    return _report(
        boundary,
        to,
        _lines("Reporting-MTA: dns; mx.contoh.example", "X-Postfix-Queue-ID: 4X1Y2Z") + CRLF
        + _lines(f"Final-Recipient: rfc822; {invited.attendee}",
                 f"Original-Recipient: rfc822;{invited.attendee}", f"Action: {action}", f"Status: {status}",
                 "Remote-MTA: dns; mail.keluarga.example", f"Diagnostic-Code: smtp; {said}"),
        _part(["Content-Description: Undelivered Message", "Content-Type: message/rfc822"],
              returned + CRLF + "Isi undangan yang kembali.", boundary),
    )  # fmt: skip


def exchange(invited: Invited, *, to: str) -> bytes:
    """A report as Exchange writes it: headers only, other cases, a sentence in the diagnosis."""
    boundary = "_6d1c2b3a-rekaan_"
    return _report(
        boundary,
        to,
        _lines("Reporting-MTA: dns;SEYPR01MB4321.apcprd01.prod.exchangelabs.example",
               "Received-From-MTA: dns;mx.contoh.example", "Arrival-Date: Tue, 24 Nov 2026 03:00:00 +0000")
        + CRLF
        + _lines(f"Final-Recipient: rfc822;{invited.attendee}", "Action: FAILED", "Status: 5.1.10",
                 "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"),
        _part(["Content-Type: text/rfc822-headers"],
              _lines(f"Message-Id: {invited.message_id}", "Subject: Undangan"), boundary),
    )  # fmt: skip


def google(invited: Invited, *, to: str) -> bytes:
    """A report as Google writes it: nothing returned, the mail named as what it answers."""
    boundary = "00000000000bb01"
    return _report(
        boundary,
        to,
        _lines("Reporting-MTA: dns; googlemail.example") + CRLF
        + _lines(f"Final-Recipient: rfc822; {invited.attendee}", "Action: failed", "Status: 5.1.1",
                 "Diagnostic-Code: smtp; 550-5.1.1 The email account does not exist."),
        "",
        headers=(f"In-Reply-To: {invited.message_id}", f"References: {invited.message_id}",
                 f"X-Failed-Recipients: {invited.attendee}"),
    )  # fmt: skip


SERVERS = {"postfix": postfix, "exchange": exchange, "google": google}


def _report(boundary: str, to: str, status: str, returned: str, headers: tuple[str, ...] = ()) -> bytes:
    body = (
        _part(["Content-Type: text/plain; charset=us-ascii"], "This is the mail system.", boundary)
        + _part(["Content-Type: message/delivery-status"], status, boundary)
        + returned
        + f"--{boundary}--{CRLF}"
    )
    return _mail(
        ["Return-Path: <>", "From: Mail Delivery System <MAILER-DAEMON@contoh.example>", f"To: {to}",
         "Subject: Undelivered Mail Returned to Sender", "Auto-Submitted: auto-replied", *headers,
         "MIME-Version: 1.0",
         f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"'],
        body)  # fmt: skip
