"""Every route and method x every role x {own, another school's object, nothing}: generated, none forgotten.

Requests run against the real policies, but what they would commit is taken back: the matrix is about
who gets in, and each request meets the same world.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.factories import World, fresh_id
from tests.isolation import cast, routes
from webapp.domain.procedures import FRAMED

BUILD = Path(__file__).resolve().parents[2] / "build" / "isolation"
PARTS = 3
REFUSED = {403, 404}
TEXT_VALUES = {"slot": "left", "locale": "id", "filename": "x", "section": "purpose", "part": "counsellor"}
STEP_OF = {
    noun: {"path": procedure.stages[0].paths()[0], "key": procedure.stages[0].steps[0].fields[0].key}
    for noun, procedure in FRAMED.items()
}
NO_OBJECT = {*TEXT_VALUES, "path", "key"}
ID_IN_QUERY = {"holidays", "homerooms"}  # Flask-Admin names its rows by ?id=


def rules_of(app, prefix: str):
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        if rule.rule.startswith(prefix) and rule.endpoint not in routes.WITHOUT_TENANT:
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield rule, method


def _normal(text: str) -> str:
    """A page without what differs from answer to answer: nonces, request ids, the address itself."""
    text = re.sub(r'nonce="[^"]*"', "", text)
    text = re.sub(r"\b[0-9a-f]{8}\b", "", text)
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", text)
    return re.sub(r"\d{10,}|/[sdgv]/[\w-]+|sekolah-[\w-]+|dinas-[\w-]+|value=\"[^\"]*\"", "", text)


@pytest.fixture
def undone(monkeypatch, session_app):
    """What a request would commit is sent to the database, checked there, and taken back."""
    real = Session.commit

    def flush_and_take_back(self: Session) -> None:
        actor = self.info.get("actor")
        if actor is not None and actor.kind in {"person", "guest", "district"}:
            self.flush()
            self.rollback()
        else:
            real(self)

    monkeypatch.setitem(session_app.config, "WTF_CSRF_ENABLED", False)
    return lambda: monkeypatch.setattr(Session, "commit", flush_and_take_back)


def own_url(adapter, rule, tenant: dict[str, str], objects: dict[str, int]) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = dict(tenant)
    noun, _, view = rule.endpoint.partition(".")
    texts = TEXT_VALUES | (STEP_OF.get(noun) or {})
    for name in rule.arguments - set(tenant):
        values[name] = texts[name] if name in texts else objects.get(f"{noun}.{name}", objects.get(name))
    given = {}
    if noun in ID_IN_QUERY and view in {"edit_view", "delete_view"}:
        given = {"id": objects[noun]}
    if rule.endpoint in {"conferences.new", "cases.new", *(f"{framed}.new" for framed in FRAMED)}:
        given = {"case_id": objects["case_id"], "student_id": objects["student_id"]}
    if rule.endpoint == "district.people_end":
        values["user_id"] = objects["officer_id"]
    return adapter.build(rule.endpoint, values), given


class Tally:
    """What a part of the matrix found; stored as build/isolation/<part>.json."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    def check(self, fine: bool, what: str) -> None:
        if not fine:
            self.counts["leaks"] += 1
            self.faults.append(what)

    def close(self) -> None:
        BUILD.mkdir(parents=True, exist_ok=True)
        names = ("routes", "requests", "leaks", "positive_controls")
        figures = {name: self.counts[name] for name in names}
        (BUILD / f"{self.part}.json").write_text(json.dumps(figures, indent=2) + "\n")
        print("isolation:", self.part, figures)
        assert not self.faults, "\n".join(self.faults)


class Browser:
    """Somebody who asks, each time with the cookies of the beginning: no answer shows what another said."""

    def __init__(self, client: FlaskClient, tally: Tally) -> None:
        self._client, self._tally = client, tally
        cookie = client.get_cookie("session")
        self._signed_in = cookie.value if cookie else None
        self._unknown_place = ""

    def ask(self, method: str, url: str, given: dict[str, Any], endpoint: str) -> TestResponse:
        self._tally.counts["requests"] += 1
        self._client.delete_cookie("session")
        if self._signed_in is not None:
            self._client.set_cookie("session", self._signed_in)
        form = None if method == "GET" else given | routes.FORMS.get(endpoint, {})
        return self._client.open(url, method=method, query_string=given, data=form)

    def unknown_place(self, prefix: str) -> str:
        """The page for a place that does not exist: by it every other answer about places is judged."""
        if not self._unknown_place:
            answer = self.ask("GET", f"{prefix}no-such-place/", {}, "")
            assert answer.status_code == 404
            self._unknown_place = _normal(answer.text)
        return self._unknown_place


def test_no_route_is_missing_from_the_table_and_none_is_left_over(session_app):
    known = set(routes.SCHOOL) | set(routes.DISTRICT) | routes.GUEST | routes.FAMILY | routes.WITHOUT_TENANT
    assert {rule.endpoint for rule in session_app.url_map.iter_rules()} == known


# In parts, that several processes share them.
@pytest.mark.parametrize("part", range(PARTS))
def test_every_route_of_a_school_keeps_every_role_to_its_own(session_app, world, undone, part):
    walk = Walk(session_app, world, "/s/", f"school-{part}")
    undone()
    places = {"school": walk.own.slug}, {"school": walk.foreign.slug}
    walk.take(routes.SCHOOL, "OCPHTKA", *places, every=PARTS, first=part)
    walk.tally.close()


def test_no_document_opens_to_whoever_asked_for_it_and_was_then_shut_out_of_its_case(
    session_app, world, undone
):
    walk = Walk(session_app, world, "/s/", "shut-out")
    undone()
    places = {"school": walk.own.slug}, {"school": walk.foreign.slug}
    documents = {name: letters for name, letters in routes.SCHOOL.items() if name.startswith("documents.")}
    opens = {name: letters + "X" * (name == "documents.index") for name, letters in documents.items()}
    walk.take(opens, "XO", *places)
    walk.tally.close()


def test_every_route_of_a_district_and_of_guests_keeps_everybody_to_their_own(session_app, world, undone):
    walk = Walk(session_app, world, "/d/", "others")
    token = walk.own.stage.token("guardian")
    undone()
    places = {"district": walk.own.office.slug}, {"district": walk.foreign.office.slug}
    walk.take(routes.DISTRICT, "DF", *places)
    _walk_guests(session_app, "/g/", walk.own, token, walk.nobody, walk.tally)
    _walk_guests(session_app, "/v/", walk.own, walk.own.visit_token, walk.nobody, walk.tally)
    walk.tally.close()


class Walk:
    """Two places, and everybody who asks for what is in them."""

    def __init__(self, app: Flask, world: World, prefix: str, part: str) -> None:
        self.own, self.foreign = cast.build(world), cast.build(world)
        self.tally = Tally(part)
        self._app, self._prefix = app, prefix
        self._adapter = app.url_map.bind("localhost")
        self._people = {name: Browser(one.client(), self.tally) for name, one in self.own.people.items()}
        self._strangers = {
            "outsider": Browser(self.foreign.people["O"].client(), self.tally),
            "other district": Browser(self.foreign.people["D"].client(), self.tally),
        }
        self.nobody = Browser(app.test_client(), self.tally)
        self._nothing = {name: fresh_id() for name in self.own.objects} | {"school_id": 2_000_000_000}

    def take(
        self,
        table: dict[str, str],
        letters: str,
        tenant: dict[str, str],
        other_tenant: dict[str, str],
        *,
        every: int = 1,
        first: int = 0,
    ) -> None:
        """Ask for each route of the table, or for each so-many-th of them, as everybody."""
        asked = [one for one in rules_of(self._app, self._prefix) if one[0].endpoint in table]
        for number, (rule, method) in enumerate(asked[first::every]):
            self.tally.counts["routes"] += 1
            url, given = own_url(self._adapter, rule, tenant, self.own.objects)
            for letter in letters:
                self._own_place(rule, method, letter, letter in table[rule.endpoint], url, given)
                if bool(given) or bool(rule.arguments - set(tenant) - NO_OBJECT):
                    self._other_objects(rule, method, letter, tenant)
            there = own_url(self._adapter, rule, other_tenant, self.foreign.objects)
            nowhere = own_url(
                self._adapter, rule, dict.fromkeys(tenant, "no-such-place"), self.foreign.objects
            )
            self._other_place(rule, method, letters, *there, "at the other place")
            self._other_place(rule, method, letters[number % len(letters)], *nowhere, "nowhere")
            self._without_a_right(rule, method, url, given)

    def _own_place(
        self, rule: Rule, method: str, letter: str, allowed: bool, url: str, given: dict[str, Any]
    ) -> None:
        status = self._people[letter].ask(method, url, given, rule.endpoint).status_code
        self.tally.counts["positive_controls"] += allowed
        fine = status < 500 and (status not in REFUSED if allowed else status in REFUSED)
        self.tally.check(fine, f"{method} {rule.rule} as {letter}: {status}")

    def _other_objects(self, rule: Rule, method: str, letter: str, tenant: dict[str, str]) -> None:
        """Another school's object in one's own place answers as one that does not exist."""
        theirs, missing = (
            self._people[letter].ask(
                method, *own_url(self._adapter, rule, tenant, objects), endpoint=rule.endpoint
            )
            for objects in (self.foreign.objects, self._nothing)
        )
        alike = theirs.status_code == missing.status_code and _normal(theirs.text) == _normal(missing.text)
        refused = theirs.status_code in REFUSED or rule.endpoint in ID_TOLERANT
        self.tally.check(
            alike and refused,
            f"{method} {rule.rule} as {letter}: foreign {theirs.status_code} / {missing.status_code}",
        )

    def _other_place(
        self, rule: Rule, method: str, letters: str, url: str, given: dict[str, Any], where: str
    ) -> None:
        """A place of others answers as one that does not exist."""
        for letter in letters:
            person = self._people[letter]
            answer = person.ask(method, url, given, rule.endpoint)
            self.tally.check(
                answer.status_code == 404 and _normal(answer.text) == person.unknown_place(self._prefix),
                f"{method} {rule.rule} {where} as {letter}: {answer.status_code}",
            )

    def _without_a_right(self, rule: Rule, method: str, url: str, given: dict[str, Any]) -> None:
        for name, stranger in self._strangers.items():
            status = stranger.ask(method, url, given, rule.endpoint).status_code
            self.tally.check(status == 404, f"{method} {rule.rule} as {name}: {status}")
        answer = self.nobody.ask(method, url, given, rule.endpoint)
        to_sign_in = answer.status_code == 302 and "/login" in answer.location
        self.tally.check(to_sign_in, f"{method} {rule.rule} as nobody: {answer.status_code}")


# An address without its object answers with the empty form, the same for foreign and missing.
ID_TOLERANT = {"cases.new"}


def _walk_guests(
    app: Flask, prefix: str, own: cast.Side, token: str, guest: Browser, tally: Tally
) -> None:
    adapter = app.url_map.bind("localhost")
    for rule, method in rules_of(app, prefix):
        tally.counts["routes"] += 1
        (by,) = rule.arguments & {"token", "visit_token"}
        values = {name: TEXT_VALUES[name] for name in rule.arguments - {by} if name in TEXT_VALUES}
        values |= {name: own.objects[name] for name in rule.arguments - {by} - set(TEXT_VALUES)}
        mine, unknown, short = (
            guest.ask(method, adapter.build(rule.endpoint, values | {by: given}), {}, rule.endpoint)
            for given in (token, "A" * 43, "x")
        )
        tally.counts["positive_controls"] += 1
        where = f"{method} {rule.rule}"
        needs_code = rule.endpoint in routes.GUEST_AFTER_CODE
        fine = mine.status_code in REFUSED if needs_code else mine.status_code not in REFUSED
        tally.check(fine and mine.status_code < 500, f"{where} as guest: {mine.status_code}")
        tally.check(
            unknown.status_code == short.status_code == 404 and _normal(unknown.text) == _normal(short.text),
            f"{where} with unknown tokens: {unknown.status_code} / {short.status_code}",
        )
