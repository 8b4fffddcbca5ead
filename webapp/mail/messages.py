"""Every mail that Pamong can send, by name: facts in, content in the reader's language out."""

from __future__ import annotations

from webapp.mail.accounts import (
    AccountInvitationFacts,
    FreshLinkFacts,
    OneTimeCodeFacts,
    PasswordResetFacts,
    ReportFailedFacts,
    RoleAddedFacts,
)
from webapp.mail.cases import (
    CaseHandedOverFacts,
    ConcernReceivedFacts,
    ReportDeliveredFacts,
    TransferReceivedFacts,
)
from webapp.mail.commitments import CommitmentFacts, CommitmentReminderFacts, OverdueFacts
from webapp.mail.conferences import (
    ApprovalFacts,
    ApprovalReminderFacts,
    CaseNewsFacts,
    DecisionFacts,
    InvitationFacts,
    MeetingFacts,
    MinutesFacts,
    SignatureFacts,
    calendar_facts,
)
from webapp.mail.content import MAILS, Facts, Letterhead, MailContent, MailKind, OptionalFacts
from webapp.mail.digests import (
    DailyDigestFacts,
    DigestLine,
    DigestSection,
    MonthlyDigestFacts,
    SchoolFigures,
    WeeklyDigestFacts,
)
from webapp.mail.visits import VisitAskedFacts, VisitFacts

__all__ = [
    "MAILS",
    "AccountInvitationFacts",
    "ApprovalFacts",
    "ApprovalReminderFacts",
    "CaseHandedOverFacts",
    "CaseNewsFacts",
    "CommitmentFacts",
    "CommitmentReminderFacts",
    "ConcernReceivedFacts",
    "DailyDigestFacts",
    "DecisionFacts",
    "DigestLine",
    "DigestSection",
    "Facts",
    "FreshLinkFacts",
    "InvitationFacts",
    "Letterhead",
    "MailContent",
    "MailKind",
    "MeetingFacts",
    "MinutesFacts",
    "MonthlyDigestFacts",
    "OneTimeCodeFacts",
    "OptionalFacts",
    "OverdueFacts",
    "PasswordResetFacts",
    "ReportDeliveredFacts",
    "ReportFailedFacts",
    "RoleAddedFacts",
    "SchoolFigures",
    "SignatureFacts",
    "TransferReceivedFacts",
    "VisitAskedFacts",
    "VisitFacts",
    "WeeklyDigestFacts",
    "calendar_facts",
    "render",
]


def render(name: str, facts: Facts, locale: str) -> MailContent:
    """The mail `name` for one reader; inside an app context. KeyError for an unknown name, TypeError for
    another mail's facts."""
    kind = MAILS[name]
    if type(facts) is not kind.facts:
        raise TypeError(f"{name} is written from {kind.facts.__name__}, not {type(facts).__name__}")
    return kind.make(facts, locale)
