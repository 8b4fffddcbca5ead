"""Every page there is, in a browser on a desk and on a phone; generated from the routes, none forgotten.

One after the other, as somebody who may read it, with an object of every kind: see tests/isolation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import axe_playwright_python
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.served import serving
from tests.factories import MONDAY, World
from tests.isolation import cast, routes
from tests.isolation.test_matrix import TEXT_VALUES, own_url, rules_of
from webapp import tenancy
from webapp.models.identity import User
from webapp.tenancy import Actor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PARTS = 4
WIDTHS = {1280: 900, 360: 740}
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
FINDINGS = """async () => (await axe.run({resultTypes: ['violations']})).violations
  .map(found => found.id + ': ' + found.nodes.slice(0, 2).map(node => node.html.slice(0, 160)).join(' | '))"""
NOBODY = ""


@dataclass(frozen=True)
class Asked:
    """An address, and by which letter of the cast it is opened."""

    endpoint: str
    url: str
    letter: str


@pytest.fixture(scope="module")
def served(session_app: Flask) -> Iterator[str]:
    with serving(session_app) as address:
        yield address


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_on_any_page_and_none_scrolls_sideways(
    session_app: Flask, world: World, chromium: Browser, served: str, part: int
):
    # The walks go by phone in English: here what is longer in Indonesian meets a narrow page.
    own = cast.build(world)
    _read_indonesian(session_app, own)
    clients = {letter: person.client() for letter, person in own.people.items()}
    clients[NOBODY] = session_app.test_client()
    contexts = {letter: _browser_of(client, chromium, served) for letter, client in clients.items()}
    pages = [
        asked
        for asked in list(_addresses(session_app, own))[part::PARTS]
        if _is_a_page(clients[asked.letter], asked)
    ]
    assert len(pages) > 10
    problems = [
        found for asked in pages for found in _problems(contexts[asked.letter].pages[0], served, asked)
    ]
    for context in contexts.values():
        context.close()
    assert problems == []


def _read_indonesian(app: Flask, own: cast.Side) -> None:
    with app.app_context(), tenancy.work(Actor("setup", MONDAY)) as session:
        for person in own.people.values():
            session.get(User, person.user_id).locale = "id"


def _addresses(app: Flask, own: cast.Side) -> Iterator[Asked]:
    """Every address that is fetched, each as the first who may."""
    adapter = app.url_map.bind("localhost")
    for prefix, table, tenant in (
        ("/s/", routes.SCHOOL, {"school": own.slug}),
        ("/d/", routes.DISTRICT, {"district": own.office.slug}),
    ):
        for rule, method in rules_of(app, prefix):
            if method == "GET":
                url, given = own_url(adapter, rule, tenant, own.objects)
                yield Asked(rule.endpoint, f"{url}?{urlencode(given)}", table[rule.endpoint][0])
    tokens = {"token": own.stage.token("guardian"), "visit_token": own.visit_token}
    for rule, method in (*rules_of(app, "/g/"), *rules_of(app, "/v/")):
        if method == "GET" and rule.endpoint not in routes.GUEST_AFTER_CODE:
            values = TEXT_VALUES | own.objects | tokens
            url = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
            yield Asked(rule.endpoint, url, NOBODY)
    for rule in app.url_map.iter_rules():
        if rule.endpoint in routes.WITHOUT_TENANT and "GET" in rule.methods and not rule.arguments:
            yield from (
                Asked(rule.endpoint, adapter.build(rule.endpoint), letter) for letter in ("O", NOBODY)
            )


def _is_a_page(client: FlaskClient, asked: Asked) -> bool:
    """Not a file, ready or not, and no way to another page; who may open what is asked in tests/isolation."""
    answer = client.get(asked.url)
    return answer.status_code == 200 and answer.mimetype == "text/html"


def _browser_of(client: FlaskClient, chromium: Browser, served: str) -> BrowserContext:
    """A browser, with one page, of whoever is signed in there."""
    context = chromium.new_context(base_url=served, locale="id-ID")
    cookie = client.get_cookie("session")
    if cookie is not None:
        context.add_cookies([{"name": "session", "value": cookie.value, "url": served}])
    context.new_page()
    return context


def _problems(page: Page, served: str, asked: Asked) -> list[str]:
    problems = []
    answer = page.goto(served + asked.url)
    assert answer is not None
    assert (answer.status, answer.request.redirected_from) == (200, None), asked
    page.evaluate(AXE)
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        where = f"{asked.endpoint} as {asked.letter} at {width}"
        problems += [f"{where}: {found}" for found in page.evaluate(FINDINGS)]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            problems.append(f"{where}: {wide} wide")
    return problems
