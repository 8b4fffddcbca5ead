"""The meeting is held, its conclusion agreed on and signed, its minutes made and opened."""

from __future__ import annotations

import io
from datetime import date

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.language import in_any
from tests.browser.person import Person
from tests.browser.steps_prepare import EXPERT, PURPOSE
from tests.browser.walk import NAMES, Walk
from webapp.domain import words
from webapp.domain.dates import format_date

SAID = {
    "strengths": "Ramah kepada teman, tekun menggambar.",
    "symptoms": "Tujuh kali tidak masuk, hampir selalu hari Senin.",
    "data": "Rekap kehadiran lima minggu.",
    "efforts": "Konseling perorangan dua kali.",
    "discussion": "Ibu menceritakan bahwa akhir pekan selalu sibuk.",
    "recommendations": "Tidur lebih awal pada hari Minggu.",
    "decisions": "Tugas yang tertinggal dicicil.",
}
TASK = "Mengantar sampai gerbang setiap Senin pagi"
BEHAVIOUR = "Datang sebelum bel pada hari Senin"


def the_meeting_is_held(walk: Walk) -> None:
    counsellor = walk.people["counsellor"]
    counsellor.follow("To the meeting")
    counsellor.see("meeting-prepared")
    counsellor.press("Open the meeting")
    expect(counsellor.page.locator("#text-purpose")).to_have_value(PURPOSE)
    expect(counsellor.page.locator("#text-symptoms")).to_be_disabled()
    for section, text in SAID.items():
        write(counsellor, section, text)
    people = counsellor.page.locator("#people li.row")
    for who, word in {
        NAMES["counsellor"]: "present",
        NAMES["homeroom"]: "present",
        walk.student["Data Ibu / Nama"]: "present",
        EXPERT: "absent",
    }.items():
        counsellor.tick(words.ATTENDANCE[word], within=people.filter(has_text=who).first)
    counsellor.press("Save attendance")
    counsellor.see("meeting-described")
    tasks = counsellor.page.locator("#tasks")
    counsellor.choose("Who", walk.student["Data Ibu / Nama"], within=tasks)
    counsellor.fill("What", TASK, within=tasks)
    counsellor.fill("By when", walk.due_on.isoformat(), within=tasks)
    counsellor.press("Propose the task")
    fold = counsellor.unfold("Agree on a behaviour")
    counsellor.fill("Which behaviour do we hope to see?", BEHAVIOUR, within=fold)
    counsellor.fill("Another day", walk.due_on.isoformat(), within=fold)
    counsellor.press("Watch for it", within=fold)
    counsellor.see("meeting-with-roles")


def write(person: Person, section: str, text: str) -> None:
    """Type into a section and leave it: it saves itself, and opens what waits for it."""
    area = person.page.locator(f"#text-{section}")
    expect(area).to_be_enabled()
    area.fill(text)
    area.blur()
    expect(person.page.locator(f"#{section} [data-autosave-state]")).to_have_attribute("data-state", "saved")


def the_others_read_along_and_the_guardian_takes_the_task(walk: Walk) -> None:
    teacher, guest = walk.people["homeroom"], walk.people["guardian"]
    teacher.go(walk.conference_url)
    teacher.follow("To the meeting")
    teacher.is_told(walk.student["Nama"])
    teacher.see("meeting-read-by-staff")
    guest.page.reload()
    guest.is_told(SAID["strengths"])
    guest.see("guest-reads")
    tasks = guest.page.locator("#tasks")
    guest.tick("Accept", within=tasks)
    guest.press("Send", within=tasks)
    guest.is_told(words.COMMITMENT_STATES["accepted"])
    guest.see("guest-accepted")


def everyone_present_agrees(walk: Walk) -> None:
    counsellor, teacher, guest = (walk.people[who] for who in ("counsellor", "homeroom", "guardian"))
    counsellor.press("Conclude the meeting")
    counsellor.see("concluded")
    agree(counsellor)
    teacher.page.reload()
    teacher.follow("Agreement, signatures and minutes")
    agree(teacher)
    teacher.see("agreed-by-staff")
    guest.page.reload()
    agree(guest)
    guest.see("guest-agreed")


def agree(person: Person) -> None:
    own = person.page.locator("#opinion")
    person.tick(words.OPINIONS["agreed"], within=own)
    person.press("Record my word", within=own)
    expect(person.page.locator(".chip", has_text=person.t(words.OPINIONS["agreed"])).first).to_be_visible()


def counsellor_and_principal_sign_the_minutes(walk: Walk) -> None:
    counsellor, principal = walk.people["counsellor"], walk.people["principal"]
    counsellor.page.reload()
    counsellor.press("Sign the minutes")
    counsellor.is_told("Signed. The principal has been asked for the second signature.")
    mail = walk.mailbox.open(principal.email, in_any("Minutes wait for your signature"))
    principal.go(mail.link)
    principal.see("principal-signs")
    principal.press("Sign and lock the minutes")
    principal.is_told(words.CONFERENCE_STATES["monitoring"])
    principal.see("signed-and-locked")


def the_minutes_are_made_and_opened(walk: Walk) -> None:
    counsellor, guest = walk.people["counsellor"], walk.people["guardian"]
    counsellor.page.reload()
    counsellor.press("Make minutes and attendance list")
    links = counsellor.page.get_by_role("link", name=walk.t("Open the PDF"))
    expect(links).to_have_count(2)
    counsellor.see("minutes-ready")
    minutes, attendance = (pdf_text(counsellor, link.get_attribute("href")) for link in links.all())
    for text in (*SAID.values(), TASK, BEHAVIOUR, PURPOSE, walk.student["Nama"], NAMES["principal"]):
        assert text in minutes, (text, minutes)
    assert minutes.index(SAID["strengths"]) < minutes.index(SAID["symptoms"])
    assert "BERITA ACARA" in minutes.upper()
    assert "PEMERINTAH PROVINSI REKAAN" in minutes
    for text in (NAMES["homeroom"], walk.student["Data Ibu / Nama"], EXPERT, on(walk.today)):
        assert text in attendance, (text, attendance)
    assert walk.student["Nama"] not in attendance
    counsellor.tick(walk.student["Data Ibu / Nama"], within=counsellor.page.locator("#deliver"))
    counsellor.press("Deliver to those ticked")
    counsellor.is_told("Delivered: they find the documents on their page, and are told by mail.")
    mail = walk.mailbox.open(guest.email, in_any("The minutes of the school meeting are ready"))
    guest.go(mail.link)
    guest.see("guest-minutes")
    link = guest.page.get_by_role("link", name=walk.t("Minutes (PDF)"))
    assert pdf_text(guest, link.get_attribute("href")) == minutes


def on(day: date) -> str:
    """A day as the documents write it, which are Indonesian."""
    return format_date(day, "id")


def pdf_text(person: Person, address: str | None) -> str:
    """The text of a PDF that this person may open, with line ends as blanks."""
    assert address is not None
    response = person.context.request.get(address)
    assert response.status == 200
    assert response.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(response.body())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())
