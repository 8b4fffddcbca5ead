"""Mails about cases: a concern has come in, a case has a new owner, a report was delivered, another school
sends a student."""

from __future__ import annotations

from webapp.mail.content import MAILS, Facts, Link, MailContent, facts, write


@facts
class ConcernReceivedFacts(Facts):
    """Someone told the counsellors of a concern; who, about whom and what stands behind `link` only."""

    link: Link


@facts
class CaseHandedOverFacts(Facts):
    """`handed_by` made the reader the owner of the case."""

    case_number: str
    handed_by: str
    link: Link


@facts
class ReportDeliveredFacts(Facts):
    """`delivered_by` gave the reader a copy of a report; of what and of whom, stands behind `link` only."""

    delivered_by: str
    link: Link


@facts
class TransferReceivedFacts(Facts):
    """Another school of the district sends a student; whom, stands nowhere before it is accepted."""

    from_school: str
    link: Link


@MAILS.mail(ConcernReceivedFacts)
def concern_received(facts: ConcernReceivedFacts, locale: str) -> MailContent:
    """To the counsellor: a concern waits to be read."""
    return write("concern_received", facts, locale)


@MAILS.mail(CaseHandedOverFacts)
def case_handed_over(facts: CaseHandedOverFacts, locale: str) -> MailContent:
    """To the new owner of a case."""
    return write("case_handed_over", facts, locale)


@MAILS.mail(ReportDeliveredFacts)
def report_delivered(facts: ReportDeliveredFacts, locale: str) -> MailContent:
    """To a person of the school: a document waits to be read."""
    return write("report_delivered", facts, locale)


@MAILS.mail(TransferReceivedFacts)
def transfer_received(facts: TransferReceivedFacts, locale: str) -> MailContent:
    """To the counsellors of the receiving school: a transfer waits to be accepted."""
    return write("transfer_received", facts, locale)
