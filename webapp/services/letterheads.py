"""Who writes: the school's letterhead for mails and for documents."""

from __future__ import annotations

from sqlalchemy import select

from webapp import tenancy
from webapp.mail.content import Letterhead as MailLetterhead
from webapp.models.schools import School, SchoolLogo
from webapp.reports.letterhead import Letterhead as ReportLetterhead
from webapp.tenancy import Actor


def school(actor: Actor) -> School:
    """The row of the actor's own school."""
    return tenancy.session.scalars(select(School).where(School.id == actor.school_id)).one()


def mail_letterhead(actor: Actor) -> MailLetterhead:
    """Name, telephone and time zone, as they stand at the top of every mail."""
    own = school(actor)
    return MailLetterhead(name=own.name, phone=own.phone or "", zone=own.time_zone)


def report_letterhead(actor: Actor) -> ReportLetterhead:
    """The whole letterhead with both logo slots."""
    own = school(actor)
    logos = {
        slot: content
        for slot, content in tenancy.session.execute(
            select(SchoolLogo.slot, SchoolLogo.content).where(SchoolLogo.school_id == actor.school_id)
        )
    }
    return ReportLetterhead(
        line1=own.letterhead_line1 or "",
        line2=own.letterhead_line2 or "",
        school_name=own.name,
        address=own.address or "",
        phone=own.phone or "",
        email=own.email or "",
        website=own.website or "",
        npsn=own.npsn or "",
        logo_left=logos.get("left"),
        logo_right=logos.get("right"),
    )
