"""The forms of the real pages, as a browser reads them, and everybody who is shown them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient

from tests.factories import World
from tests.http.test_guest_content import enter
from tests.isolation import cast, routes
from tests.isolation.test_matrix import own_url, rules_of

_PLAUSIBLE = {
    "date": "2026-12-01",
    "time": "09:00",
    "datetime-local": "2026-12-01T09:00",
    "email": "orang@contoh.example",
    "number": "1",
    "tel": "0800000000",
    "url": "https://contoh.example",
}
"""What stands in a field that the page leaves empty: a form is to be refused for one fault alone."""


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    value: str


@dataclass
class Form:
    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    @property
    def identity(self) -> tuple[str, str, tuple[str, ...]]:
        """The same form of another page or of another row is one form."""
        parts = ("#" if part.isdigit() and len(part) > 6 else part for part in self.action.split("/"))
        return "/".join(parts), self.method, tuple(sorted({one.name for one in self.fields}))


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._open: Form | None = None
        self._select = ""
        self._options: list[str] = []
        self._text_of = ""
        self._text = ""
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            action = urljoin(self._address, given.get("action") or self._address)
            self._open = Form(urlsplit(action).path, given.get("method", "get").upper())
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag in ("input", "button") and given.get("name"):
            kind = given.get("type", "text" if tag == "input" else "submit")
            is_chosen = kind not in ("radio", "checkbox") or "checked" in given
            if is_chosen or not any(one.name == given["name"] for one in self._open.fields):
                self._open.fields = [
                    one for one in self._open.fields if one.name != given["name"] or kind == "checkbox"
                ]
                self._open.fields.append(Field(given["name"], kind, given.get("value", "")))
        elif tag == "select":
            self._select, self._options = given.get("name", ""), []
        elif tag == "option" and self._select:
            if "selected" in given:
                self._options.insert(0, given.get("value", ""))
            self._options.append(given.get("value", ""))
        elif tag == "textarea":
            self._text_of, self._text = given.get("name", ""), ""

    def handle_data(self, data: str) -> None:
        if self._text_of:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select" and self._open is not None and self._select:
            chosen = next((one for one in self._options if one), "")
            self._open.fields.append(Field(self._select, "select", chosen))
            self._select = ""
        elif tag == "textarea" and self._open is not None and self._text_of:
            self._open.fields.append(Field(self._text_of, "textarea", self._text.strip()))
            self._text_of = ""


def forms_of(page: str, address: str) -> list[Form]:
    reader = _Reader(address)
    reader.feed(page)
    return reader.forms


def filled(form: Form) -> dict[str, Any]:
    """The form as somebody would send it who filled in what is empty."""
    return {
        one.name: one.value or _PLAUSIBLE.get(one.kind, "Teks rekaan")
        for one in form.fields
        if one.kind != "file" and one.name != "csrf_token"
    }


@dataclass
class Everybody:
    """One school with everything in it, and a signed-in browser for each role; a guest; and nobody."""

    app: Flask
    side: cast.Side
    clients: dict[str, FlaskClient]
    token: str
    guest: FlaskClient
    nobody: FlaskClient

    @classmethod
    def build(cls, world: World) -> Everybody:
        side = cast.build(world)
        clients = {letter: person.client() for letter, person in side.people.items()}
        visitor, token = world.visitor(), side.stage.token("guardian")
        enter(visitor, side.stage, token)
        nobody = world.visitor()
        for browser in (visitor, nobody):
            # Their failed sign-ins must not close the door on the address of other tests.
            browser.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        return cls(world.app, side, clients, token, visitor, nobody)

    def pages(self) -> Iterator[tuple[str, FlaskClient, str, dict[str, Any]]]:
        """Role, browser, address and query of every page that the role may open."""
        adapter = self.app.url_map.bind("localhost")
        for prefix, table, tenant in (
            ("/s/", routes.SCHOOL, {"school": self.side.slug}),
            ("/d/", routes.DISTRICT, {"district": self.side.office.slug}),
        ):
            for rule, method in rules_of(self.app, prefix):
                if method == "GET":
                    address, query = own_url(adapter, rule, tenant, self.side.objects)
                    for letter in table[rule.endpoint]:
                        yield letter, self.clients[letter], address, query
        yield "guest", self.guest, f"/g/{self.token}/", {}
        yield "nobody", self.nobody, f"/g/{self.token}/", {}
        yield "family", self.nobody, f"/v/{self.side.visit_token}/", {}
        for path in ("/", "/login", "/reset", "/me/", "/change", "/verify"):
            yield "O", self.clients["O"], path, {}
            yield "nobody", self.nobody, path, {}

    def forms(self) -> Iterator[tuple[str, FlaskClient, Form]]:
        """Every form once, with the first role whose page shows it."""
        seen: set[tuple[str, str, tuple[str, ...]]] = set()
        for letter, client, address, query in self.pages():
            page = client.get(address, query_string=query)
            if page.mimetype != "text/html" or page.status_code != 200:
                continue
            for form in forms_of(page.text, address):
                if form.identity not in seen and form.fields and not _ends_the_visit(form):
                    seen.add(form.identity)
                    yield letter, client, form


def _ends_the_visit(form: Form) -> bool:
    return form.action == "/logout" or form.action.startswith("/me/sessions/")
