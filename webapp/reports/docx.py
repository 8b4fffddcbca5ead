"""Document data to DOCX, for what a school still wants to edit.

Same data, same words and same version as the PDF: only the renderer is another one.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from webapp.reports.data import DOCUMENTS
from webapp.reports.kinds import ReportData
from webapp.reports.paper import Paper
from webapp.reports.printable import printable
from webapp.reports.render import document_labels
from webapp.reports.word_letter import DOTS, Letter
from webapp.reports.word_minutes import write_attendance, write_minutes
from webapp.reports.word_paper import write_paper

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def render_docx(kind: str, data: ReportData, locale: str = "id") -> bytes:
    """The document as DOCX (A4) in `locale`, for a kind in WRITERS; KeyError for another."""
    labels = {term.key: term.label(locale) for term in document_labels(data.template_version)}
    zone = data.frozen_at.astimezone(ZoneInfo(data.timezone)).strftime("%Z")
    letter = Letter(labels, printable(data, locale, data.timezone), zone, locale)
    letter.set_up(DOCUMENTS[kind].title.label(locale), data)
    letter.letterhead(data.letterhead)
    WRITERS[kind](letter)
    return letter.saved()


def _invitation(letter: Letter) -> None:
    t, d = letter.t, letter.d
    time = letter.time()
    number = d["number"] or DOTS
    held_on = f"{d['held_on']['weekday']}, {d['held_on']['long']}"
    letter.facts(
        (t["number"], number),
        (t["enclosures"], t["slip"]),
        (t["subject"], t["subject_invitation"]),
        label_width=2.2,
        indent=0.0,
    )
    recipient = letter.word.add_paragraph(f"{t['honoured']} ")
    recipient.add_run(d["recipient"]).bold = True
    recipient.add_run("".join(f"\n{line}" for line in (d["relation"], t["at_home"]) if line))
    letter.line(t["greeting"])
    letter.line(t["invites"])
    letter.facts(
        (t["held_on"], held_on),
        (t["time"], time),
        (t["place"], d["place"]),
        (t["purpose"], d["purpose"]),
    )
    letter.line(t["please_come"])
    if d["letterhead"]["phone"]:
        letter.line(t["call_school"].replace("{phone}", d["letterhead"]["phone"]))
    letter.line(t["closing_invitation"], after=14)
    town = f"{d['town']}, " if d["town"] else ""
    letter.signatures(
        (t["acknowledged"], d["principal"]), (town + d["signed_on"]["long"], d["counsellor"])
    )
    letter.new_page()
    letter.line(t["slip"].upper(), bold=True, center=True)
    letter.line(t["slip_return"], center=True, after=12)
    letter.facts(
        (t["number"], number),
        (t["slip_to"], d["recipient"]),
        (t["slip_meeting"], f"{held_on}, {time}"),
    )
    letter.line(t["slip_answer"], bold=True)
    for choice in (t["slip_yes"], t["slip_no"], f"{t['slip_other_time']} {DOTS}"):
        letter.line(f"☐  {choice}")
    letter.line(f"{t['slip_message']} {DOTS}{DOTS}", after=14)
    letter.line(t["slip_pledge"], bold=True)
    letter.line(t["slip_promise"])
    for promise in (t["slip_promise_1"], t["slip_promise_2"], t["slip_promise_3"]):
        letter.word.add_paragraph(promise, style="List Bullet")
    letter.line("", after=6)
    for label in (t["slip_date"], t["slip_signature"], t["slip_name"]):
        letter.facts((label, DOTS))


WRITERS: dict[str, Callable[[Letter], None]] = {
    "invitation": _invitation,
    "minutes": write_minutes,
    "attendance": write_attendance,
    **{kind.key: write_paper for kind in DOCUMENTS.values() if kind.data_class is Paper},
}
"""Kinds of document that are also made as DOCX."""
