"""Somebody at a browser, who looks at every page on the way."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Response, expect

from tests.browser.language import Language
from webapp.domain.vocabulary import Term

PASSWORD = "sandi-jalan-panjang"
PATIENCE_MS = 20_000
_STAR_OR_OPTIONAL = r"\s*(\*|{optional})?\s*"

# The machine may be busy with other tests meanwhile.
expect.set_options(timeout=PATIENCE_MS)


class Sight:
    """What is common to everybody on one walk: language, window, where the pictures go, what was wrong."""

    def __init__(
        self, browser: Browser, t: Language, size: str, viewport: tuple[int, int], pictures: Path
    ) -> None:
        self.browser, self.t, self.size, self.viewport = browser, t, size, viewport
        self._pictures, self._numbers = pictures, count(1)
        self.problems: list[str] = []

    def picture(self, name: str) -> Path:
        self._pictures.mkdir(parents=True, exist_ok=True)
        return self._pictures / f"{self.size}-{next(self._numbers):02}-{name}.png"


class Person:
    """One browser of one person, with its own cookies."""

    def __init__(self, sight: Sight, base_url: str, *, name: str = "", email: str = "") -> None:
        width, height = sight.viewport
        self.sight, self.t, self.name, self.email = sight, sight.t, name, email
        self.context = sight.browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": height},
            locale={"id": "id-ID", "en": "en-GB"}[sight.t.code],
            accept_downloads=True,
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("response", self._judge)

    def _note(self, problem: str) -> None:
        self.sight.problems.append(f"{self.page.url}: {problem}")

    def _judge(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.status} for {response.request.method} {response.url}")

    def see(self, name: str) -> None:
        """The page as it is now: a picture of it; what is wrong with it is noted."""
        page = self.page
        page.wait_for_load_state()
        page.screenshot(path=self.sight.picture(name), full_page=True)
        for found in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]:
            self._note(f"axe on {name}: {found['id']} {[node['html'] for node in found['nodes']][:3]}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > self.sight.viewport[0]:
            self._note(f"{name} is {wide} wide")
        if (language := page.evaluate("document.documentElement.lang")) != self.t.code:
            self._note(f"{name} is in {language}")

    def forget_problems(self) -> None:
        """What was noted so far was meant to happen."""
        self.sight.problems.clear()

    def close(self) -> None:
        self.context.close()

    # --- going about ------------------------------------------------------------------------------

    def go(self, url: str) -> None:
        self.page.goto(url)

    def follow(self, label: str, within: Locator | None = None) -> None:
        """Click a link by what it says."""
        (within or self.page).get_by_role("link", name=self.t(label), exact=True).first.click()

    def press(self, label: str, within: Locator | None = None, **values: Any) -> None:
        """Click a button by what it says."""
        (within or self.page).get_by_role("button", name=self.t(label, **values), exact=True).click()

    def unfold(self, label: str, within: Locator | None = None) -> Locator:
        """Open what folds out under these words, unless it is open; what has folded out."""
        scope = within or self.page
        fold = scope.locator("details").filter(has=self.page.locator("summary", has_text=self.t(label))).last
        if fold.get_attribute("open") is None:
            fold.locator("summary").first.click()
        return fold

    def is_told(self, message: str | Term) -> None:
        """These words stand on the page."""
        text = re.escape(self.t(message)) if isinstance(message, Term) else self.t.pattern(message)
        expect(self.page.get_by_text(re.compile(text)).first).to_be_visible()

    # --- forms ------------------------------------------------------------------------------------

    def field(self, label: str | Term, within: Locator | None = None, **values: Any) -> Locator:
        """The field under that label, marked as required or optional."""
        optional = re.escape(self.t("optional"))
        ending = _STAR_OR_OPTIONAL.format(optional=optional)
        pattern = re.compile(rf"^\s*{re.escape(self.t(label, **values))}{ending}$")
        return (within or self.page).get_by_label(pattern)

    def fill(self, label: str | Term, text: str, within: Locator | None = None, **values: Any) -> None:
        self.field(label, within, **values).fill(text)

    def choose(self, label: str | Term, option: str | Term, within: Locator | None = None) -> None:
        """Choose in a list by the words of the option (or their beginning)."""
        box = self.field(label, within)
        words = self.t(option)
        texts = [text.strip() for text in box.locator("option").all_inner_texts()]
        box.select_option(label=next(text for text in texts if text == words or text.startswith(words)))

    def tick(self, label: str | Term, within: Locator | None = None) -> None:
        """Tick a box or choose a point by what stands beside it."""
        (within or self.page).locator("label.choice").filter(
            has_text=re.compile(rf"^\s*{re.escape(self.t(label))}")
        ).first.click()
