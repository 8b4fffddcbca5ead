"""The district adds a school and its people; they set passwords; the school sets itself up."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.language import in_any
from tests.browser.person import PASSWORD, Person
from tests.browser.walk import CLASSES, NAMES, ROLES, STUDENTS, Walk
from webapp.dapodik.generator import write_invented
from webapp.domain import words

BAD_ROWS = {"sex_unknown": 1, "birth_impossible": 1}


def the_office_adds_a_school_and_invites_its_staff(walk: Walk) -> None:
    officer = walk.arrives("office")
    officer.go("/")
    officer.see("welcome")
    officer.follow("Sign in")
    officer.see("sign-in")
    sign_in(officer)
    choose_language(officer)
    officer.see("board-empty")
    officer.follow("Schools")
    officer.see("schools")
    officer.follow("Add a school")
    officer.fill("Name", walk.school)
    officer.fill("NPSN", f"6990000{walk.number}")
    officer.choose("Level", words.SCHOOL_LEVELS["sma"])
    officer.see("add-a-school")
    officer.press("Add the school")
    officer.see("invite")
    for role in ROLES:
        if role != ROLES[0]:
            officer.follow("People")
            officer.follow("Invite staff")
        officer.fill("E-mail", walk.address(role))
        officer.fill("Name with titles", NAMES[role])
        officer.choose("Language of mails", {"id": "Indonesia", "en": "English"}[walk.t.code])
        row = officer.page.locator(".repeat-row").first
        row.get_by_role("combobox").nth(0).select_option(label=walk.school)
        row.get_by_role("combobox").nth(1).select_option(label=words.SCHOOL_ROLES[role].label(walk.t.code))
        officer.press("Send the invitation")
        officer.is_told("The invitation is on its way.")
    officer.see("people-of-the-district")


def each_sets_a_password_and_signs_in(walk: Walk) -> None:
    for role in ROLES:
        person = walk.arrives(role)
        mail = walk.mailbox.open(person.email, in_any("Your account at %(school)s"))
        assert walk.school in mail.subject
        person.go(mail.link)
        person.fill("New password", PASSWORD)
        person.fill("The same password again", PASSWORD)
        if role == ROLES[0]:
            person.see("choose-a-password")
        person.press("Save the password")
        sign_in(person)
        person.see(f"home-{role}")


def choose_language(person: Person) -> None:
    """The first account's language is Indonesian; everybody else's is chosen with the invitation."""
    if person.t.code != "id":
        person.page.locator("details.menu-me summary").click()
        person.page.locator("details.menu-me").get_by_role("button", name="English").click()


def sign_in(person: Person) -> None:
    person.fill("E-mail", person.email)
    person.fill("Password", PASSWORD)
    person.press("Sign in")
    expect(person.page.locator("nav.site-nav")).to_be_visible()


def the_admin_sets_the_letterhead(walk: Walk) -> None:
    admin = walk.people["school_admin"]
    admin.follow("Settings")
    admin.fill("First line", "PEMERINTAH PROVINSI REKAAN")
    admin.fill("Second line", "DINAS PENDIDIKAN")
    admin.fill("Address", "Jalan Panjang 1")
    admin.fill("Town, for the date line", "Terang Benderang")
    admin.fill("Phone", "021 555 0100")
    admin.fill("E-mail of the school", f"surat.{walk.sight.size}@jalan.example")
    admin.see("letterhead")
    admin.press("Save the letterhead")
    admin.is_told("The letterhead is saved.")


def the_admin_imports_the_list(walk: Walk) -> None:
    admin = walk.people["school_admin"]
    path = walk.folder / "daftar_pd.xlsx"
    write_invented(path, walk.school, CLASSES, STUDENTS, walk.number, faults=BAD_ROWS)
    admin.follow("Students")
    admin.see("students-empty")
    admin.follow("Import from Dapodik")
    admin.see("import")
    admin.page.locator("input[type=file]").set_input_files(path)
    admin.press("Look at it first")
    good = STUDENTS - len(BAD_ROWS)
    expect(
        admin.page.get_by_role("heading", name=walk.t("Look at the list before it is imported"))
    ).to_be_visible()
    admin.see("import-preview")
    admin.press("Import these %(num)s rows", num=good)
    expect(admin.page.get_by_role("heading", name=walk.t("The list was imported"))).to_be_visible()
    with admin.page.expect_download() as download:
        admin.follow("Download the rows with reasons (XLSX)")
    assert download.value.suggested_filename.endswith(".xlsx")
    admin.see("import-done")
    admin.follow("To the students")
    admin.see("students")


def the_admin_names_the_homeroom_teacher(walk: Walk) -> None:
    admin = walk.people["school_admin"]
    admin.follow("Settings")
    admin.follow("Homeroom teachers")
    admin.choose(CLASSES[0], NAMES["homeroom"])
    admin.press("Save these")
    admin.see("homeroom-teachers")
