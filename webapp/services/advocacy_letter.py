"""The official letter of an advocacy, to whoever can decide."""

from __future__ import annotations

from webapp.domain import dates
from webapp.models.background import Report
from webapp.reports.paper import Address, Fact, Paper, Section
from webapp.services import activity_letters, paper_parts, reports
from webapp.services import activity_sections as sections
from webapp.tenancy import Actor

KIND = "advocacy_letter"
_TO, _RIGHT = "influence.decision_maker", "basis.situation"
_ASKED, _MATERIAL = "influence.behaviour_defined", "influence.materials"


def collect(actor: Actor, report: Report) -> Paper:
    """For whom, which right, what speaks for it and what is asked; never why this person was chosen, nor what
    the counsellor thinks of them."""
    record = sections.read(actor, report.activity_id or 0, paper=KIND, locale=report.locale)
    letter = activity_letters.standing(actor, report)
    t, shown = record.t, record.shown
    student = paper_parts.student(actor, record.case)
    name, position = shown(_TO, "name"), shown(_TO, "position")
    day = dates.local_date(letter.issued_at, record.time_zone)
    signers = paper_parts.signers(actor, record, on=day)
    return paper_parts.paper(
        actor,
        sections=(
            Section(texts=(t["greeting"],)),
            Section(texts=(t["we_accompany"],)),
            Section(
                facts=(
                    Fact(t["name"], student.name),
                    Fact(t["class"], student.class_name or ""),
                    Fact(t["right"], shown(_RIGHT, "right")),
                )
            ),
            Section(texts=(t["consider"],)),
            Section(texts=(shown(_MATERIAL, "text"),)),
            Section(texts=(t["we_ask"],)),
            Section(texts=(shown(_ASKED, "goal"),)),
        ),
        held_on=day,
        number=letter.number or "",
        address=Address(t["subject"], tuple(line for line in (name, position) if line)),
        # Nobody acknowledges a letter that goes to themselves.
        signers=tuple(
            signer for signer in signers if signer.person.name.casefold() != name.strip().casefold()
        ),
        closing=t["closing"],
        confidential=t["confidential_addressee"],
    )


reports.COLLECTORS[KIND] = collect
reports.OPENING_CHECKS[KIND] = activity_letters.check_open
