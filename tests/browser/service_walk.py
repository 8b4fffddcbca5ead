"""A counsellor who goes through a service at a browser: each step by its own form, each stage looked at."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pypdf
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from tests.activity_world import value_of
from tests.browser.person import Person
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.procedure import Field, Procedure
from webapp.models.background import Report
from webapp.reports.data import DOCUMENTS
from webapp.services import reports


@dataclass
class ServiceWalk:
    """One run of a declared service in the stage's case."""

    person: Person
    stage: Stage
    procedure: Procedure

    def begin(self, *, tracks: tuple[str, ...] = ()) -> ServiceWalk:
        """From the case's page to the page of a new run."""
        slug, noun = self.stage.school.slug, self.procedure.noun.replace("_", "-")
        self.person.go(f"/s/{slug}/cases/{self.stage.case_id}/")
        self.person.page.locator(f"a[href*='/{noun}/new']").first.click()
        self.person.see(f"{noun}-begin")
        for track in tracks:
            self.person.tick(self.procedure.stage(track).term)
        self.person.press("Begin")
        expect(self.person.page.locator("section.step-card").first).to_be_visible()
        return self

    def stage_of(self, key: str) -> None:
        """Open one stage by the stepper, unless it is open."""
        if self.person.page.locator(f"h2[id='{key}']").count() == 0:
            self.person.page.locator(f"a[href*='stage={key}']").first.click()
            expect(self.person.page.locator(f"h2[id='{key}']")).to_be_visible()

    def stages(self, *keys: str) -> None:
        """Record every step of these stages; each stage is looked at before and after."""
        for key in keys:
            self.stage_of(key)
            self.person.see(f"{key}-open")
            for step in self.procedure.stage(key).steps:
                self.record(f"{key}.{step.key}")
            self.person.see(f"{key}-done")

    def record(self, path: str, **changes: str) -> None:
        """Record one step completely: its form, one entry, one promise, its documents; see Run.record."""
        step = self.procedure.step(path)
        self.stage_of(path.partition(".")[0])
        if step.fields:
            form = self.form(path)
            for field in step.fields:
                self._fill(form, field, changes.get(field.key, self._value(path, field)))
            self._send(form)
        if step.entry_fields:
            form = self.form(path, "+")
            for field in step.entry_fields:
                self._fill(form, field, self._value(path, field))
            if step.natures:
                form.locator("input[name=nature][value=fact]").check()
            self._send(form)
        if step.records == "promises":
            form = self.form(path, "!")
            form.locator("[name=who]").fill("Keluarga Rekaan")
            form.locator("[name=what]").fill("Rekaan janji")
            form.locator("[name=due_on]").fill((self.stage.now + timedelta(days=10)).date().isoformat())
            self._send(form)
        if step.records == "document":
            for kind in step.documents:
                self.document(path, kind)

    def form(self, path: str, ending: str = "") -> Locator:
        """A step's form, unfolded; with an ending that of its entries (+) or promises (!)."""
        section = self._unfolded(path)
        return section.locator(f"form[id='{path}{ending}']" if ending else "form.step-form")

    def document(self, path: str, kind: str) -> str:
        """Ask for a document at its step, let the worker make it, fetch it there; its text."""
        self.stage_of(path.partition(".")[0])
        page, title = self.person.page, DOCUMENTS[kind].title
        section = page.locator(f"section[id='{path}']")
        form = section.locator("form", has=page.locator(f"input[name=kind][value={kind}]"))
        if form.locator("[name=mode]").count():
            form.locator("xpath=parent::details/summary").click()
        with page.expect_event("load"):
            form.locator("button[type=submit]").click()
        self.worker_makes(kind)
        page.reload()
        link = section.get_by_role("link", name=self.person.t(title), exact=True).first
        return fetched_text(self.person, link)

    def worker_makes(self, kind: str) -> None:
        """The worker makes whatever waits of this kind."""
        school_id = self.stage.school.id
        with self.stage.world.app.app_context():
            system = tenancy.system(school_id, datetime.now(UTC))
            with tenancy.work(system) as session:
                waiting = session.scalars(
                    select(Report.id).where(
                        Report.school_id == school_id, Report.kind == kind, Report.state == "queued"
                    )
                ).all()
            for report_id in waiting:
                assert reports.run(system, report_id)

    def complete(self) -> None:
        """End it by its own button."""
        self.person.press("Complete")
        self.person.is_told("Completed. What was promised is monitored on.")
        self.person.see("completed")

    # --- inside -----------------------------------------------------------------------------------

    def _value(self, path: str, field: Field) -> str:
        actor = self.stage.counsellor.at(self.stage.school, when=self.stage.now)
        return value_of(actor, self.procedure.step(path), field)

    def _unfolded(self, path: str) -> Locator:
        section = self.person.page.locator(f"section[id='{path}']")
        fold = section.locator("details.step-fold")
        if fold.get_attribute("open") is None:
            fold.locator("summary").first.click()
        return section

    def _fill(self, form: Locator, field: Field, value: str) -> None:
        box = form.locator(f"[name='{field.key}']")
        group = box.first.locator("xpath=ancestor::details[contains(@class, 'field-group')]")
        if group.count() and group.get_attribute("open") is None:
            group.locator("summary").first.click()
        if box.first.get_attribute("type") in ("radio", "checkbox"):
            choice = form.locator(f"[name='{field.key}'][value='{value}']")
            if choice.is_visible():
                choice.check()
        elif box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(value)
        elif box.is_visible():
            box.fill(value)

    def _send(self, form: Locator) -> None:
        with self.person.page.expect_event("load"):
            form.locator("button[type=submit]").last.click()


def fetched_text(person: Person, link: Locator) -> str:
    """The text of the PDF to which a link leads, with single spaces."""
    fetched = person.context.request.get(link.get_attribute("href") or "")
    assert fetched.ok
    pages = pypdf.PdfReader(io.BytesIO(fetched.body())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())
