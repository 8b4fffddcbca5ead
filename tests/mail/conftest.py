"""A small app around the mail templates, and one example of facts for every mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from webapp.mail.messages import (
    AccountInvitationFacts,
    ApprovalFacts,
    ApprovalReminderFacts,
    CaseHandedOverFacts,
    CaseNewsFacts,
    CommitmentFacts,
    CommitmentReminderFacts,
    ConcernReceivedFacts,
    DailyDigestFacts,
    DecisionFacts,
    DigestLine,
    DigestSection,
    Facts,
    FreshLinkFacts,
    InvitationFacts,
    Letterhead,
    MeetingFacts,
    MinutesFacts,
    MonthlyDigestFacts,
    OneTimeCodeFacts,
    OverdueFacts,
    PasswordResetFacts,
    ReportDeliveredFacts,
    ReportFailedFacts,
    RoleAddedFacts,
    SchoolFigures,
    SignatureFacts,
    TransferReceivedFacts,
    VisitAskedFacts,
    VisitFacts,
    WeeklyDigestFacts,
)

ROOT = Path(__file__).resolve().parents[2]
HIGH_SCHOOL = Letterhead(name="SMAN Contoh Rekaan", phone="0341 000111", zone="Asia/Jakarta")
PRIMARY_SCHOOL = Letterhead(name="SD Negeri Khayalan & Mimpi", phone="", zone="Asia/Jayapura")
DISTRICT = Letterhead(name="Dinas Pendidikan Rekaan", phone="0341 000222", zone="Asia/Makassar")

STARTS_AT = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
ENDS_AT = datetime(2026, 11, 26, 3, 30, tzinfo=UTC)
_LINK = "https://pamong.example/g/contoh-tautan"
_PAGE = "https://pamong.example/s/contoh/"
_STOP = "https://pamong.example/stop/abc.def"
_UNTIL = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
_ASKER = "Ratna Rekaan"


def meeting(school: Letterhead = HIGH_SCHOOL) -> MeetingFacts:
    return MeetingFacts(
        letterhead=school, to_name="Dedi Khayal", invited_by=_ASKER, starts_at=STARTS_AT, ends_at=ENDS_AT,
        place="Ruang BK", link=_LINK,
    )


def invited(school: Letterhead = HIGH_SCHOOL, *, sequence: int = 0) -> InvitationFacts:
    return InvitationFacts(
        letterhead=school, to_name="Dedi Khayal", invited_by=_ASKER, starts_at=STARTS_AT, ends_at=ENDS_AT,
        place="Ruang BK", link=_LINK, uid="contoh-1-7@pamong.example", sequence=sequence,
        stamped_at=datetime(2026, 11, 20, 1, 0, tzinfo=UTC), organiser_address="bk@sekolah.example",
        attendee_address="dedi@keluarga.example",
    )


def digest(school: Letterhead) -> DailyDigestFacts:
    def line(number: str, what: str, day: int) -> DigestLine:
        return DigestLine(case_number=number, what=what, on=date(2026, 11, day), link=_PAGE + number)

    return DailyDigestFacts(
        letterhead=school, to_name=_ASKER, day=date(2026, 11, 25), link=_PAGE, stop_link=_STOP,
        replies_waiting=2, review_link=_PAGE + "outbox/incoming/",
        sections=(
            DigestSection(kind="overdue", lines=(line("K-014", "commitment", 23), line("K-009", "goal", 24))),
            DigestSection(kind="today", lines=(line("K-011", "commitment", 25),)),
            DigestSection(kind="unanswered", lines=(line("K-011", "invitation", 26),)),
            DigestSection(kind="bounced", lines=(line("K-003", "mail", 24),)),
            DigestSection(kind="reported", lines=()),
        ),
    )


def agreed(school: Letterhead, **changes) -> VisitFacts:
    values = {
        "letterhead": school, "to_name": "Ratna Rekaan", "led_by": _ASKER, "starts_at": STARTS_AT,
        "ends_at": ENDS_AT, "place": "Jalan Contoh 3", "uid": "visit-7-9@pamong", "sequence": 0,
        "stamped_at": STARTS_AT - timedelta(days=3), "organiser_address": "sekolah@contoh.example",
        "attendee_address": "ratna@contoh.example",
    }
    return VisitFacts(**values | changes)  # type: ignore[arg-type]


def examples(school: Letterhead) -> dict[str, Facts]:
    """One example per mail, from one school."""
    common = {"letterhead": school, "to_name": "Ratna Rekaan"}
    request = {**common, "case_number": "K-2026-009", "requested_by": _ASKER, "starts_at": STARTS_AT,
               "ends_at": ENDS_AT, "link": _PAGE}
    decision = DecisionFacts(**common, case_number="K-2026-009", decided_by="Bimo Kepala", link=_PAGE)
    return {
        "account_invitation": AccountInvitationFacts(
            **common, invited_by="Bimo Kepala", link=_PAGE, valid_until=_UNTIL),
        "role_added": RoleAddedFacts(**common, invited_by="Bimo Kepala", link=_PAGE),
        "password_reset": PasswordResetFacts(**common, link=_PAGE, valid_until=_UNTIL),
        "one_time_code": OneTimeCodeFacts(letterhead=school, code="482913", valid_until=_UNTIL),
        "fresh_link": FreshLinkFacts(**common, link=_LINK, valid_until=_UNTIL),
        "visit_asked": VisitAskedFacts(
            **common, asked_by=_ASKER, starts_at=STARTS_AT, ends_at=ENDS_AT, link=_LINK),
        "visit_appointment": agreed(
            school, along=("Dedi Khayal (Wali kelas)", "Petugas desa rekaan")),
        "visit_companion": agreed(school, place="", link=_PAGE),
        "visit_called_off": agreed(school, place="", sequence=1),
        "report_failed": ReportFailedFacts(**common, asked_at=STARTS_AT, link=_PAGE),
        "concern_received": ConcernReceivedFacts(**common, link=_PAGE),
        "transfer_received": TransferReceivedFacts(**common, from_school="SMP Contoh Rekaan", link=_PAGE),
        "report_delivered": ReportDeliveredFacts(**common, delivered_by="Bimo Kepala", link=_PAGE),
        "case_handed_over": CaseHandedOverFacts(
            **common, case_number="K-2026-009", handed_by="Bimo Kepala", link=_PAGE),
        "approval_requested": ApprovalFacts(**request),
        "approval_reminder": ApprovalReminderFacts(**request, waiting_since=date(2026, 11, 19)),
        "request_returned": decision,
        "request_approved": decision,
        "invitation": invited(school),
        "invitation_update": invited(school, sequence=1),
        "conference_cancelled": invited(school, sequence=2),
        "invitation_withdrawn": invited(school, sequence=3),
        "pledge_refused": CaseNewsFacts(**common, case_number="K-2026-009", link=_PAGE),
        "invitation_disowned": CaseNewsFacts(**common, case_number="K-2026-009", link=_PAGE),
        "answer_reminder": meeting(school),
        "attendance_reminder": meeting(school),
        "signature_requested": SignatureFacts(
            **common, case_number="K-2026-009", held_on=date(2026, 11, 26), link=_PAGE),
        "addendum_added": MinutesFacts(**common, held_on=date(2026, 11, 26), link=_LINK),
        "minutes_ready": MinutesFacts(**common, held_on=date(2026, 11, 26), link=_LINK),
        "commitment_assigned": CommitmentFacts(**common, due_on=date(2026, 12, 4), link=_LINK),
        "commitment_reminder": CommitmentReminderFacts(
            **common, due_on=date(2026, 12, 4), link=_LINK, moment="before"),
        "commitment_escalation": OverdueFacts(
            **common, case_number="K-2026-009", due_on=date(2026, 12, 4), link=_PAGE),
        "daily_digest": digest(school),
        "weekly_digest": WeeklyDigestFacts(
            **common, week_from=date(2026, 11, 16), week_to=date(2026, 11, 20), requests_waiting=2,
            conferences_held=3, conferences_ahead=1, commitments_overdue=0, link=_PAGE, stop_link=_STOP),
        "monthly_digest": MonthlyDigestFacts(
            **common, month=date(2026, 10, 1), link=_PAGE, stop_link=_STOP,
            schools=(
                SchoolFigures(school=HIGH_SCHOOL.name, open_cases=23, conferences_held=7, conferences_ahead=5,
                              commitments_overdue=6, attendance_percent=78),
                SchoolFigures(school=PRIMARY_SCHOOL.name, open_cases=None, conferences_held=0,
                              conferences_ahead=None, commitments_overdue=0, attendance_percent=None),
            )),
    }


@pytest.fixture(scope="session")
def mail_app() -> Flask:
    app = Flask("mails", template_folder=str(ROOT / "templates"))
    Babel(app, default_locale="id", default_translation_directories=str(ROOT / "webapp" / "translations"))
    return app


@pytest.fixture
def in_app(mail_app: Flask) -> Iterator[Flask]:
    with mail_app.app_context():
        yield mail_app
