"""Every field of every form x sixty hostile texts: no server error, and nothing comes back as markup."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories import World
from tests.hostile.corpus import CORPUS, EVERYWHERE, MARKED
from tests.hostile.ledger import FULL, Tally
from tests.hostile.pages import Everybody, Field, Form, filled
from tests.isolation.test_matrix import undone  # noqa: F401
from webapp.services import faults

QUICK_EACH = 97
"""Of so many (field, text) pairs one is tried in a quick run: every form is met, and every text."""


@pytest.fixture(scope="module")
def everybody(session_app) -> Everybody:
    return Everybody.build(World(session_app))


def pairs(forms: list[tuple[str, FlaskClient, Form]]) -> Iterator[tuple[str, FlaskClient, Form, Field, str]]:
    number = 0
    for letter, client, form in forms:
        for field in form.fields:
            if field.name == "csrf_token":
                continue
            for text in CORPUS:
                number += 1
                if FULL or number % QUICK_EACH == 0:
                    yield letter, client, form, field, text


def send(client: FlaskClient, form: Form, values: dict[str, Any]):
    if form.method == "GET":
        return client.get(form.action, query_string=values)
    return client.post(form.action, data=values)


def value_of(field: Field, text: str) -> Any:
    """For a file it is both name and content."""
    safe = text.encode("utf-8", "replace")
    return (io.BytesIO(safe), safe.decode()[:200]) if field.kind == "file" else safe.decode()


def test_the_corpus_has_sixty_different_texts():
    assert len(CORPUS) == len(set(CORPUS)) == 60
    assert len(MARKED) >= 12


@pytest.mark.timeout(3600)
def test_no_field_of_any_form_takes_a_hostile_text_badly(everybody, undone):  # noqa: F811
    undone()
    forms = list(everybody.forms())
    assert len(forms) > 60
    tally = Tally("every field of every form x 60 texts")
    for letter, client, form, field, text in pairs(forms):
        tally.tried += 1
        path = "/".join(form.identity[0].split("/")[3:]) or form.action
        where = f"{form.method} {path} as {letter}: {field.name} = {text[:40]!r}"
        try:
            answer = send(client, form, filled(form) | {field.name: value_of(field, text)})
        except Exception as error:  # noqa: BLE001 - whatever a person could bring about is a finding
            tally.error(f"{where}: {faults.place(error)}")
            continue
        if answer.status_code >= 500:
            tally.error(f"{where}: {answer.status_code}")
        elif text in MARKED and answer.mimetype == "text/html" and text in answer.text:
            tally.accept(f"{where}: comes back as it was")
    tally.check(at_least=150)


@pytest.mark.timeout(3600)
def test_what_was_saved_comes_out_as_text_on_every_page(everybody, session_app, monkeypatch):
    monkeypatch.setitem(session_app.config, "WTF_CSRF_ENABLED", False)
    tally = Tally("stored markup shown on every page")
    stored = 0
    for _, client, form in list(everybody.forms()):
        typed = {one.name: EVERYWHERE for one in form.fields if one.kind in ("text", "textarea", "search")}
        if form.method == "POST" and typed:
            stored += send(client, form, filled(form) | typed).status_code in (302, 303)
    assert stored > 10
    shown = 0
    for letter, client, address, query in everybody.pages():
        page = client.get(address, query_string=query)
        tally.tried += 1
        if page.status_code >= 500:
            tally.error(f"{address} as {letter}: {page.status_code}")
        if page.mimetype == "text/html":
            shown += "x7q-stored" in page.text
            if "<x7q-stored" in page.text:
                tally.accept(f"{address} as {letter} shows what was saved as markup")
    assert shown > 10
    tally.check(at_least=100)
