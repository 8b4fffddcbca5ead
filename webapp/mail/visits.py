"""Mails about a home visit: whether the family would have it, and when it is. None names the student, or says
why; to whoever looks over a shoulder it is a visit of the school, nothing more."""

from __future__ import annotations

from typing import Literal

from flask_babel import gettext as _
from pydantic import AwareDatetime

from webapp.domain.dates import format_meeting
from webapp.mail import ical
from webapp.mail.content import MAILS, Facts, Link, MailContent, facts, write


@facts
class VisitAskedFacts(Facts):
    """The visit that is asked about; `link` is the page of this guardian alone."""

    asked_by: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None
    link: Link


@facts
class VisitFacts(Facts):
    """A visit that is agreed, as one person's calendar knows it.

    `uid` stays for visit and person, `sequence` rises with every change and on calling off, `stamped_at` is
    when the mail was queued. `along`: who comes besides the leader, empty in what an older version stored and
    for companions. `place`: empty for companions, for it is the address of a student. `link`: where
    a companion finds it in the app; empty for guardians.
    """

    led_by: str
    along: tuple[str, ...] = ()
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None
    place: str
    link: Link | Literal[""] = ""
    uid: str
    sequence: int
    stamped_at: AwareDatetime
    organiser_address: str
    attendee_address: str

    @property
    def comers(self) -> str:
        """Everybody who comes, the leader first; names hold commas of their own."""
        return "; ".join((self.led_by, *self.along))


@MAILS.mail(VisitAskedFacts)
def visit_asked(facts: VisitAskedFacts, locale: str) -> MailContent:
    """To a guardian: may the school visit at this time?"""
    when = format_meeting(facts.starts_at, facts.ends_at, facts.letterhead.zone, locale)
    return write("visit_asked", facts, locale, when=when)


@MAILS.mail(VisitFacts)
def visit_appointment(facts: VisitFacts, locale: str) -> MailContent:
    """To a guardian who has agreed: when the school comes, or that the time has changed."""
    return _with_entry("visit_appointment", facts, locale, "REQUEST")


@MAILS.mail(VisitFacts)
def visit_companion(facts: VisitFacts, locale: str) -> MailContent:
    """To a colleague who comes along: when, and with whom."""
    return _with_entry("visit_companion", facts, locale, "REQUEST")


@MAILS.mail(VisitFacts)
def visit_called_off(facts: VisitFacts, locale: str) -> MailContent:
    """To somebody who had the appointment: it does not stand any more; the calendar removes it."""
    return _with_entry("visit_called_off", facts, locale, "CANCEL")


def _with_entry(
    name: str, facts: VisitFacts, locale: str, method: Literal["REQUEST", "CANCEL"]
) -> MailContent:
    when = format_meeting(facts.starts_at, facts.ends_at, facts.letterhead.zone, locale)
    make = ical.request if method == "REQUEST" else ical.cancel
    return write(
        name, facts, locale, calendar=make(_entry(facts, when)), calendar_method=method, when=when
    )


def _entry(facts: VisitFacts, when: str) -> ical.CalendarFacts:
    lines = [f"{facts.letterhead.name}: {when}", _("Who comes: %(person)s", person=facts.comers)]
    if facts.letterhead.phone:
        lines.append(_("Questions? %(phone)s", phone=facts.letterhead.phone))
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
        summary=_("Visit · %(school)s", school=facts.letterhead.name),
        location=facts.place,
        description="\n".join(lines),
        url=facts.link,
        asks_for_answer=False,
    )
