"""Mails about a home visit: whether the family would have it. None names the student, or says why."""

from __future__ import annotations

from pydantic import AwareDatetime

from webapp.domain.dates import format_meeting
from webapp.mail.content import MAILS, Facts, Link, MailContent, facts, write


@facts
class VisitAskedFacts(Facts):
    """The visit that is asked about; `link` is the page of this guardian alone."""

    asked_by: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None
    link: Link


@MAILS.mail(VisitAskedFacts)
def visit_asked(facts: VisitAskedFacts, locale: str) -> MailContent:
    """To a guardian: may the school visit at this time?"""
    when = format_meeting(facts.starts_at, facts.ends_at, facts.letterhead.zone, locale)
    return write("visit_asked", facts, locale, when=when)
