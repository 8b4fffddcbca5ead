"""The letter of a referral: what the receiver is told, on which ground, and no more."""

from __future__ import annotations

from webapp.domain import dates
from webapp.domain.words import SEXES
from webapp.models.background import Report
from webapp.reports.paper import Address, Fact, Paper, Section
from webapp.services import activity_letters, paper_parts, reports
from webapp.services import activity_sections as sections
from webapp.services.activity_sections import Record
from webapp.tenancy import Actor

KIND = "referral_letter"
_REASON, _RECEIVER, _CONSENT = "preparation.reason", "preparation.receiver", "preparation.consent"


def collect(actor: Actor, report: Report) -> Paper:
    """Identity, problem, summary of the counselling, consent and special notes, as they were recorded."""
    record = sections.read(actor, report.activity_id or 0, paper=KIND, locale=report.locale)
    letter = activity_letters.standing(actor, report)
    t, shown = record.t, record.shown
    day = dates.local_date(letter.issued_at, record.time_zone)
    to = tuple(shown(_RECEIVER, key) for key in ("name", "position", "institution", "contact"))
    return paper_parts.paper(
        actor,
        sections=(
            Section(texts=(t["greeting"],)),
            Section(texts=(t["we_refer"],)),
            Section(t["identity"], facts=_identity(actor, record)),
            Section(t["problem"], texts=(shown(_REASON, "reason"),)),
            Section(t["so_far"], texts=(shown(_REASON, "so_far"),)),
            Section(t["consent"], facts=_consent(record)),
            Section(t["special"], texts=_some(shown(_REASON, "special"))),
        ),
        held_on=day,
        number=letter.number or "",
        address=Address(t["subject"], tuple(line for line in to if line)),
        signers=paper_parts.signers(actor, record, on=day),
        closing=t["closing"],
        confidential=t["confidential_addressee"],
    )


reports.COLLECTORS[KIND] = collect
reports.OPENING_CHECKS[KIND] = activity_letters.check_open


# --- inside ---------------------------------------------------------------------------------------


def _some(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _identity(actor: Actor, record: Record) -> tuple[Fact, ...]:
    t = record.t
    row = paper_parts.student(actor, record.case)
    born = dates.format_date(row.birth_on, record.locale) if row.birth_on else ""
    place = (row.details or {}).get("birth_place", "")
    name, *others = paper_parts.student_facts(actor, record.case, t)
    return (
        name,
        Fact(t["sex"], SEXES[row.sex].label(record.locale) if row.sex else ""),
        Fact(t["born"], ", ".join(part for part in (place, born) if part)),
        *others,
    )


def _consent(record: Record) -> tuple[Fact, ...]:
    t, shown = record.t, record.shown
    guardian, name = shown(_CONSENT, "guardian"), shown(_CONSENT, "guardian_name")
    return (
        Fact(t["of_student"], shown(_CONSENT, "student")),
        Fact(t["of_guardian"], f"{guardian} ({name})" if name else guardian),
        Fact(t["asked_on"], shown(_CONSENT, "asked_on")),
        Fact(t["basis"], shown(_CONSENT, "basis")),
        Fact(t["may_be_told"], shown(_CONSENT, "what")),
    )
