"""Mails about accounts: invitation, password, one-time code, and a report that could not be made."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime

from webapp.domain.dates import format_moment
from webapp.mail.content import MAILS, Facts, Link, MailContent, facts, write


@facts
class AccountInvitationFacts(Facts):
    """`link` opens the page on which a password is chosen, until `valid_until`."""

    invited_by: str
    link: Link
    valid_until: AwareDatetime


@facts
class RoleAddedFacts(Facts):
    """`invited_by` gave an account that exists a role at the letterhead's school; `link` opens its home."""

    invited_by: str
    link: Link


@facts
class PasswordResetFacts(Facts):
    """`link` opens the page for a new password, until `valid_until`."""

    link: Link
    valid_until: AwareDatetime


@facts
class OneTimeCodeFacts(Facts):
    """The code that a guest types on the page that asked for it; the mail holds no link on purpose."""

    code: str
    valid_until: AwareDatetime


@facts
class FreshLinkFacts(Facts):
    """A new link for someone whose link has expired."""

    link: Link
    valid_until: AwareDatetime


@facts
class ReportFailedFacts(Facts):
    """The report asked for at `asked_at` failed for good; `link` opens the documents page."""

    asked_at: AwareDatetime
    link: Link


def _moment(at: datetime, facts: Facts, locale: str) -> str:
    return format_moment(at, facts.letterhead.zone, locale)


@MAILS.mail(AccountInvitationFacts)
def account_invitation(facts: AccountInvitationFacts, locale: str) -> MailContent:
    """To someone who was given a role: choose a password and sign in."""
    return write("account_invitation", facts, locale, until=_moment(facts.valid_until, facts, locale))


@MAILS.mail(RoleAddedFacts)
def role_added(facts: RoleAddedFacts, locale: str) -> MailContent:
    """To someone with an account who may now work at one more place, or in one more role."""
    return write("role_added", facts, locale)


@MAILS.mail(PasswordResetFacts)
def password_reset(facts: PasswordResetFacts, locale: str) -> MailContent:
    """To the owner of an account for whom a new password was asked."""
    return write("password_reset", facts, locale, until=_moment(facts.valid_until, facts, locale))


@MAILS.mail(OneTimeCodeFacts)
def one_time_code(facts: OneTimeCodeFacts, locale: str) -> MailContent:
    """To a guest who is about to read: the second key beside the link."""
    return write("one_time_code", facts, locale, until=_moment(facts.valid_until, facts, locale))


@MAILS.mail(FreshLinkFacts)
def fresh_link(facts: FreshLinkFacts, locale: str) -> MailContent:
    """To a guest whose link had expired and who asked for a new one."""
    return write("fresh_link", facts, locale, until=_moment(facts.valid_until, facts, locale))


@MAILS.mail(ReportFailedFacts, automatic=True)
def report_failed(facts: ReportFailedFacts, locale: str) -> MailContent:
    """To whoever asked for a report that could not be made."""
    return write("report_failed", facts, locale, asked=_moment(facts.asked_at, facts, locale))
