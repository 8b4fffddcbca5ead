"""Mails of a conference: the request, the invitations with their calendar entries, the minutes.

To the outside a conference is "a school meeting": whoever looks over a shoulder learns nothing more.
"""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from pydantic import AwareDatetime

from webapp.domain.dates import format_day, format_meeting
from webapp.mail import ical
from webapp.mail.content import MAILS, Facts, Link, MailContent, facts, write


@facts
class ApprovalFacts(Facts):
    """A request of `requested_by` for a meeting at the proposed time; `link` opens it for the principal."""

    case_number: str
    requested_by: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    link: Link


@facts
class ApprovalReminderFacts(ApprovalFacts):
    """The same request, still waiting since that day."""

    waiting_since: date


@facts
class DecisionFacts(Facts):
    """What the principal decided about a request; the reason stands on the page, never in the mail."""

    case_number: str
    decided_by: str
    link: Link


@facts
class MeetingFacts(Facts):
    """One meeting for one participant; `link` is that participant's own page."""

    invited_by: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    place: str
    link: Link


@facts
class InvitationFacts(MeetingFacts):
    """A meeting with what its calendar entry needs.

    `uid` stays for meeting and participant, `sequence` rises with every change and on cancelling,
    `stamped_at` is when the mail was queued. `has_account`: the reader answers in the app, signed in.
    """

    uid: str
    sequence: int
    stamped_at: AwareDatetime
    organiser_address: str
    attendee_address: str
    has_account: bool = False


@facts
class MinutesFacts(Facts):
    """Minutes of the meeting held on that day; `link` opens them for this reader."""

    held_on: date
    link: Link


@facts
class CaseNewsFacts(Facts):
    """That there is news of a meeting of this case; what it is stands on the page behind `link`."""

    case_number: str
    link: Link


@facts
class SignatureFacts(MinutesFacts):
    """Minutes that wait for the principal to sign them off."""

    case_number: str


def _when(facts: ApprovalFacts | MeetingFacts, locale: str) -> str:
    return format_meeting(facts.starts_at, facts.ends_at, facts.letterhead.zone, locale)


def calendar_facts(facts: InvitationFacts, locale: str) -> ical.CalendarFacts:
    """The calendar entry of an invitation, its words in the current language; also for the guest page."""
    summary = _("School meeting")
    lines = (
        f"{facts.letterhead.name}: {_when(facts, locale)}",
        _("Answer and details, for you only: %(link)s", link=facts.link),
        _("Please do not share this entry: its link is yours."),
    )
    return ical.CalendarFacts(
        uid=facts.uid,
        sequence=facts.sequence,
        stamped_at=facts.stamped_at,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        organiser_address=facts.organiser_address,
        organiser_name=facts.letterhead.name,
        attendee_address=facts.attendee_address,
        attendee_name=facts.to_name,
        summary=f"{summary} · {facts.letterhead.name}",
        location=facts.place,
        description="\n".join(lines),
        url=facts.link,
    )


@MAILS.mail(ApprovalFacts)
def approval_requested(facts: ApprovalFacts, locale: str) -> MailContent:
    """To the principal: a request waits."""
    return write("approval_requested", facts, locale, when=_when(facts, locale))


@MAILS.mail(ApprovalReminderFacts, automatic=True)
def approval_reminder(facts: ApprovalReminderFacts, locale: str) -> MailContent:
    """To the principal: the request still waits."""
    since = format_day(facts.waiting_since, locale)
    return write("approval_reminder", facts, locale, when=_when(facts, locale), since=since)


@MAILS.mail(DecisionFacts)
def request_returned(facts: DecisionFacts, locale: str) -> MailContent:
    """To whoever requested: the principal returned it with a reason."""
    return write("request_returned", facts, locale)


@MAILS.mail(DecisionFacts)
def request_approved(facts: DecisionFacts, locale: str) -> MailContent:
    """To whoever requested: the invitations may go out."""
    return write("request_approved", facts, locale)


@MAILS.mail(InvitationFacts)
def invitation(facts: InvitationFacts, locale: str) -> MailContent:
    """To one participant: come to a school meeting, with the entry for the calendar."""
    entry = ical.request(calendar_facts(facts, locale))
    when = _when(facts, locale)
    return write("invitation", facts, locale, calendar=entry, calendar_method="REQUEST", when=when)


@MAILS.mail(InvitationFacts)
def invitation_update(facts: InvitationFacts, locale: str) -> MailContent:
    """To one participant: time or place has changed."""
    entry = ical.request(calendar_facts(facts, locale))
    when = _when(facts, locale)
    return write("invitation_update", facts, locale, calendar=entry, calendar_method="REQUEST", when=when)


@MAILS.mail(InvitationFacts)
def conference_cancelled(facts: InvitationFacts, locale: str) -> MailContent:
    """To one participant: the meeting does not take place; the calendar removes it."""
    entry = ical.cancel(calendar_facts(facts, locale))
    when = _when(facts, locale)
    return write("conference_cancelled", facts, locale, calendar=entry, calendar_method="CANCEL", when=when)


@MAILS.mail(InvitationFacts)
def invitation_withdrawn(facts: InvitationFacts, locale: str) -> MailContent:
    """To somebody who is asked no more, while the others meet; the calendar removes the entry."""
    entry = ical.cancel(calendar_facts(facts, locale))
    when = _when(facts, locale)
    return write("invitation_withdrawn", facts, locale, calendar=entry, calendar_method="CANCEL", when=when)


@MAILS.mail(CaseNewsFacts)
def pledge_refused(facts: CaseNewsFacts, locale: str) -> MailContent:
    """To whoever requested: somebody who was invited declined the commitment."""
    return write("pledge_refused", facts, locale)


@MAILS.mail(CaseNewsFacts)
def invitation_disowned(facts: CaseNewsFacts, locale: str) -> MailContent:
    """To whoever requested: somebody says that the invitation is not for them."""
    return write("invitation_disowned", facts, locale)


@MAILS.mail(MeetingFacts, automatic=True)
def answer_reminder(facts: MeetingFacts, locale: str) -> MailContent:
    """To a participant who has not answered."""
    return write("answer_reminder", facts, locale, when=_when(facts, locale))


@MAILS.mail(MeetingFacts, automatic=True)
def attendance_reminder(facts: MeetingFacts, locale: str) -> MailContent:
    """To a participant who said yes, shortly before."""
    return write("attendance_reminder", facts, locale, when=_when(facts, locale))


@MAILS.mail(SignatureFacts)
def signature_requested(facts: SignatureFacts, locale: str) -> MailContent:
    """To the principal: minutes wait to be signed off."""
    return write("signature_requested", facts, locale, held=format_day(facts.held_on, locale))


@MAILS.mail(MinutesFacts)
def addendum_added(facts: MinutesFacts, locale: str) -> MailContent:
    """To those who took part: something was added to the signed minutes."""
    return write("addendum_added", facts, locale, held=format_day(facts.held_on, locale))


@MAILS.mail(MinutesFacts)
def minutes_ready(facts: MinutesFacts, locale: str) -> MailContent:
    """To a participant to whom the minutes are delivered."""
    return write("minutes_ready", facts, locale, held=format_day(facts.held_on, locale))
