"""Mails about promises; what was promised stands behind the link only."""

from __future__ import annotations

from datetime import date
from typing import Literal

from webapp.domain.dates import format_day
from webapp.mail.content import MAILS, Facts, Link, MailContent, facts, write


@facts
class CommitmentFacts(Facts):
    """A promise due on that day; `link` opens the reader's own tasks."""

    due_on: date
    link: Link


@facts
class CommitmentReminderFacts(CommitmentFacts):
    """`moment` says on which side of the due day the reminder goes out."""

    moment: Literal["before", "on", "after"]


@facts
class OverdueFacts(CommitmentFacts):
    """A promise of this case that is open still; `link` opens the page of what is overdue."""

    case_number: str


@MAILS.mail(OverdueFacts, automatic=True)
def commitment_escalation(facts: OverdueFacts, locale: str) -> MailContent:
    """To the counsellor, later to the principal: a promise stays overdue."""
    return write("commitment_escalation", facts, locale, due=format_day(facts.due_on, locale))


@MAILS.mail(CommitmentFacts)
def commitment_assigned(facts: CommitmentFacts, locale: str) -> MailContent:
    """To someone for whom a task was proposed: accept or decline."""
    return write("commitment_assigned", facts, locale, due=format_day(facts.due_on, locale))


@MAILS.mail(CommitmentReminderFacts, automatic=True)
def commitment_reminder(facts: CommitmentReminderFacts, locale: str) -> MailContent:
    """To someone who accepted a task, before, on and after its due day."""
    return write("commitment_reminder", facts, locale, due=format_day(facts.due_on, locale))
