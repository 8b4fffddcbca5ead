"""A case is opened, a conference requested and approved; invitations arrive and are answered."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.language import in_any
from tests.browser.steps_school import sign_in
from tests.browser.walk import NAMES, Walk
from webapp.domain import words

PURPOSE = "Menyusun dukungan agar kegiatan belajar kembali teratur"
EXPERT = "Puskesmas Sehat, dr. Umum"
INVITATION = in_any("Invitation to a school meeting")
ANSWERED = "Thank you: your answer is with the school. You can change it until the meeting starts."


def the_counsellor_opens_a_case(walk: Walk) -> None:
    counsellor = walk.people["counsellor"]
    counsellor.follow("Students")
    counsellor.follow(walk.student["Nama"])
    counsellor.see("student-card")
    counsellor.follow(walk.student["Data Ibu / Nama"])
    counsellor.fill("E-mail", walk.address("guardian"))
    counsellor.fill("Phone (WhatsApp)", "0812 0000 0001")
    counsellor.see("guardian")
    counsellor.press("Save")
    counsellor.follow("Open a case")
    counsellor.fill("What it is about", "Sering tidak masuk pada hari Senin.")
    counsellor.choose("Field of concern", words.FIELDS["academic"])
    counsellor.choose("Severity", words.SEVERITIES["medium"])
    counsellor.choose("How it came to you", words.REFERRAL_SOURCES["homeroom"])
    counsellor.tick(words.PROBLEM_KINDS["truancy"])
    counsellor.fill("Note", "Tujuh kali tidak masuk dalam lima minggu.")
    counsellor.see("open-a-case")
    counsellor.press("Open the case")
    counsellor.is_told("Timeline")
    walk.case_url = counsellor.page.url
    walk.case_number = counsellor.page.title().split(" · ")[0]
    counsellor.see("case")


def the_counsellor_requests_a_conference(walk: Walk) -> None:
    counsellor, t = walk.people["counsellor"], walk.t
    counsellor.follow("Request a conference")
    counsellor.fill("Purpose, in neutral words", PURPOSE)
    counsellor.fill("Date", walk.meets_on.isoformat())
    counsellor.fill("Begins at (%(zone)s)", "09:00", zone="WIB")
    counsellor.fill("Length in minutes", "90")
    counsellor.fill("Place", "Ruang BK")
    page = counsellor.page
    page.locator("#staff-0-user").select_option(
        label=f"{NAMES['homeroom']} · {t(words.SCHOOL_ROLES['homeroom'])}"
    )
    page.locator("#staff-0-role").fill("Menceritakan keseharian di kelas")
    counsellor.tick(walk.student["Data Ibu / Nama"])
    guardian = page.locator(".repeat-row").filter(has_text=walk.address("guardian"))
    counsellor.fill("Role expected", "Menceritakan keseharian di rumah", within=guardian)
    page.locator("#expert-0-name").fill(EXPERT)
    page.locator("#expert-0-position").fill("Dokter")
    page.locator("#expert-0-email").fill(walk.address("expert"))
    page.locator("#expert-0-role").fill("Memberi pandangan tentang kesehatan")
    counsellor.fill("Your full name, as your signature", NAMES["counsellor"])
    counsellor.see("request-filled")
    counsellor.press("Sign and send to the principal")
    expect(page.locator(".page-head .chip", has_text=t(words.CONFERENCE_STATES["requested"]))).to_be_visible()
    walk.conference_url = page.url
    counsellor.see("conference-requested")


def the_principal_approves_from_the_mail(walk: Walk) -> None:
    principal = walk.people["principal"]
    mail = walk.mailbox.open(principal.email, in_any("A meeting request waits for your approval"))
    assert walk.student["Nama"] not in mail.text
    for invited in ("guardian", "expert", "homeroom"):
        assert walk.mailbox.unread(walk.address(invited), INVITATION) == []
    principal.page.locator("details.menu-me summary").click()
    principal.press("Sign out")
    principal.go(mail.link)
    sign_in(principal)
    principal.see("decision")
    principal.press("Approve and invite")
    expect(
        principal.page.locator(".page-head .chip", has_text=walk.t(words.CONFERENCE_STATES["invited"]))
    ).to_be_visible()
    principal.see("approved")


def the_guardian_answers_and_signs_on_the_phone(walk: Walk) -> None:
    guest = walk.arrives("guardian", walk.student["Data Ibu / Nama"])
    mail = walk.mailbox.open(guest.email, INVITATION)
    assert {part.get_content_type() for part in mail.message.walk()} >= {
        "text/plain", "text/html", "text/calendar",
    }  # fmt: skip
    guest.go(mail.link)
    if walk.t.code != "id":
        guest.page.locator(".languages").get_by_role("button", name="English").click()
    guest.see("guest-invited")
    guest.tick("I will come")
    guest.fill("A message to the school", "Saya datang langsung dari tempat kerja.")
    guest.press("Send my answer")
    guest.is_told(ANSWERED)
    guest.see("guest-answered")
    guest.fill("Type your full name to sign", guest.name)
    guest.press("Sign")
    guest.is_told("One more step: a code")
    guest.see("guest-signed")
    guest.page.get_by_role("button", name=re.compile(walk.t.pattern("Send a code to %(address)s"))).click()
    code = walk.mailbox.open(guest.email, in_any("Your one-time code"))
    found = re.search(r"^\s*([0-9][0-9 ]{4,}[0-9])\s*$", code.text, re.MULTILINE)
    assert found, code.text
    guest.fill("The code", found[1])
    guest.press("Open")
    guest.is_told("The content opens here when the meeting begins.")
    guest.see("guest-verified")


def the_homeroom_teacher_answers_in_the_app(walk: Walk) -> None:
    teacher = walk.people["homeroom"]
    mail = walk.mailbox.open(teacher.email, INVITATION)
    teacher.go(mail.link)
    teacher.see("staff-invited")
    teacher.tick("I will come")
    teacher.press("Send my answer")
    teacher.fill("Your full name, as your signature", NAMES["homeroom"])
    teacher.press("Sign")
    teacher.see("staff-signed")


def the_expert_answers_by_phone(walk: Walk) -> None:
    walk.mailbox.open(walk.address("expert"), INVITATION)
    counsellor = walk.people["counsellor"]
    counsellor.go(walk.conference_url)
    counsellor.see("conference-invited")
    person = counsellor.page.locator("li.row").filter(has_text=EXPERT).last
    fold = counsellor.unfold("On behalf, contact", within=person)
    counsellor.choose("Their answer", words.ANSWERS["no"], within=fold)
    counsellor.choose("Given", words.ANSWER_CHANNELS["phone"], within=fold)
    counsellor.see("on-behalf")
    counsellor.press("Record the answer", within=fold)
    counsellor.is_told("The answer is recorded.")
