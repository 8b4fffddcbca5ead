"""A home visit beyond its forms: the family's own page, letters, the appointment, who reads the report."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.served import arrives
from tests.browser.service_walk import ServiceWalk, fetched_text
from tests.factories import MONDAY
from tests.services.stage import STUDENT
from webapp import tenancy
from webapp.models.identity import User
from webapp.reports.data import DOCUMENTS
from webapp.tenancy import Actor

PAPERWORK, DELIVERED = "planning.paperwork", "report.delivered"
PAPERS = ("visit_plan", "visit_assignment", "visit_notice", "visit_form")


def plan_and_be_permitted(visit: ServiceWalk, served: str) -> None:
    """Everything is planned; the family, asked by mail, says yes on its own page, and that is recorded."""
    person, page = visit.person, visit.person.page
    visit.stage_of("planning")
    person.see("planning-open")
    for step in visit.procedure.stage("planning").steps[:-1]:
        visit.record(f"planning.{step.key}")
    visit.record(PAPERWORK, permission="waiting")
    section = page.locator(f"section[id='{PAPERWORK}']")
    done = section.locator(".card-title", has_text=person.t("recorded"))
    expect(done).to_have_count(0)
    question = section.locator("form", has=page.locator("input[name=guardian]"))
    question.locator(f"[name=locale][value={person.t.code}]").check()
    person.press("Send the question", question)
    person.is_told("The question is on its way. The answer appears here.")
    (asked,) = visit.stage.mails("visit_asked")
    family = Person(person.sight, served)
    family.go("/v/" + asked.facts["link"].partition("/v/")[2])
    family.see("family-asked")
    assert STUDENT not in family.page.content()
    family.tick("Yes, you may visit us")
    family.fill("A message to the school", "Silakan, rekaan")
    family.press("Send my answer")
    family.is_told("Thank you: your answer is with the school. You can change it until the visit.")
    family.see("family-answered")
    family.close()
    page.reload()
    expect(done).to_have_count(1)
    expect(section.get_by_text("Silakan, rekaan")).to_be_visible()
    person.see("planning-permitted")
    person.press("I have read it", section)
    person.is_told("Noted. It no longer stands among what waits.")


def the_letters_are_made(visit: ServiceWalk) -> None:
    """Plan, letters and the blank form; only the letters bear a number, each kind its own."""
    for kind in PAPERS:
        text = visit.document(PAPERWORK, kind)
        assert ("421/001" in text) is (kind in ("visit_assignment", "visit_notice")), kind
        assert (STUDENT in text) is (kind != "visit_assignment"), kind
    visit.person.see("planning-done")


def the_appointment_is_sent(visit: ServiceWalk) -> None:
    """A colleague comes along; family and colleague get the time."""
    person, page = visit.person, visit.person.page
    person.follow("To the appointment")
    page.locator("#companions [name=user]").select_option(str(visit.stage.teacher.user_id))
    person.press("Add")
    person.is_told("Added. The colleague is told when you send the appointment.")
    person.see("appointment")
    page.locator(f"#send [name=locale][value={person.t.code}]").check()
    person.press("Send the appointment")
    expect(page.get_by_text(person.t("Not told yet"))).to_have_count(0)
    person.see("appointment-sent")
    assert len(visit.stage.mails("visit_appointment")) == 1
    assert [mail.to_address for mail in visit.stage.mails("visit_companion")] == [visit.stage.teacher.email]
    person.follow("To the visit")


def the_copy_is_read_by_the_principal(visit: ServiceWalk, served: str) -> None:
    """Delivered by name; the principal finds it on Today, and opens it on Documents."""
    person, stage = visit.person, visit.stage
    visit.document(DELIVERED, "visit_report_copy")
    person.follow("Deliver to people of the school")
    person.page.get_by_label(stage.principal.name).check()
    person.see("deliver")
    person.press("Deliver")
    person.is_told("Delivered. They are told by a mail that says nothing of it.")
    person.follow("To its service")
    with stage.world.app.app_context(), tenancy.work(Actor("setup", MONDAY)) as session:
        session.get(User, stage.principal.user_id).locale = person.t.code
    principal = arrives(person.sight, served, stage.principal)
    principal.page.locator("a[href*='/documents/#document-']").click()
    principal.see("principal-documents")
    copy = principal.page.get_by_role("link", name=person.t(DOCUMENTS["visit_report_copy"].title), exact=True)
    assert STUDENT in fetched_text(principal, copy)
    principal.close()


def the_month_is_summed_up(visit: ServiceWalk) -> None:
    """The recap counts the visit; its paper is made, and names no student."""
    person, title = visit.person, DOCUMENTS["recap"].title
    person.go(f"/s/{visit.stage.school.slug}/recap/")
    person.see("recap")
    person.press("Make it as PDF, to be signed")
    visit.worker_makes("recap")
    person.page.reload()
    text = fetched_text(person, person.page.get_by_role("link", name=person.t(title), exact=True))
    assert person.name in text
    assert STUDENT not in text
