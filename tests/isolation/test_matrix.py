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
from sqlalchemy.orm import Session

from tests.factories import fresh_id
from tests.isolation import cast, routes
from webapp.domain.procedures import FRAMED

BUILD = Path(__file__).resolve().parents[2] / "build"
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
    return re.sub(r"\d{10,}|/[sdg]/[\w-]+|sekolah-[\w-]+|dinas-[\w-]+|value=\"[^\"]*\"", "", text)


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


def _ask(client, method: str, url: str, given: dict[str, Any], endpoint: str):
    # What an earlier request has to say must not stand on this answer's page.
    with client.session_transaction() as session:
        session.pop("_flashes", None)
    if method == "GET":
        return client.get(url, query_string=given)
    form = given | routes.FORMS.get(endpoint, {})
    return client.open(url, method=method, query_string=given, data=form)


class Tally:
    """What the matrix found; stored as build/isolation.json."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    def check(self, fine: bool, what: str) -> None:
        self.counts["requests"] += 1
        if not fine:
            self.counts["leaks"] += 1
            self.faults.append(what)


def test_no_route_is_missing_from_the_table_and_none_is_left_over(session_app):
    known = set(routes.SCHOOL) | set(routes.DISTRICT) | routes.GUEST | routes.WITHOUT_TENANT
    assert {rule.endpoint for rule in session_app.url_map.iter_rules()} == known


def test_every_route_keeps_every_role_to_its_own(session_app, world, undone):
    own, foreign = cast.build(world), cast.build(world)
    clients = {letter: person.client() for letter, person in own.people.items()}
    outsider = foreign.people["O"].client()
    foreign_district = foreign.people["D"].client()
    anonymous = session_app.test_client()
    nothing = {name: fresh_id() for name in own.objects} | {"school_id": 2_000_000_000}
    adapter = session_app.url_map.bind("localhost")
    guest_token = own.stage.token("guardian")
    undone()
    tally = Tally()

    def walk(prefix: str, table: dict[str, str], letters: str, tenant: dict[str, str], other_tenant) -> None:
        for rule, method in rules_of(session_app, prefix):
            if rule.endpoint not in table:
                continue
            tally.counts["routes"] += 1
            allowed = table[rule.endpoint]
            url, given = own_url(adapter, rule, tenant, own.objects)
            has_object = bool(given) or bool(rule.arguments - set(tenant) - NO_OBJECT)
            where = f"{method} {rule.rule}"
            for letter in letters:
                answer = _ask(clients[letter], method, url, given, rule.endpoint)
                fine = (
                    (answer.status_code not in REFUSED)
                    if letter in allowed
                    else answer.status_code in REFUSED
                )
                tally.counts["positive_controls"] += letter in allowed
                tally.check(fine and answer.status_code < 500, f"{where} as {letter}: {answer.status_code}")
                if has_object:
                    url_f, given_f = own_url(adapter, rule, tenant, foreign.objects)
                    url_n, given_n = own_url(adapter, rule, tenant, nothing)
                    theirs = _ask(clients[letter], method, url_f, given_f, rule.endpoint)
                    missing = _ask(clients[letter], method, url_n, given_n, rule.endpoint)
                    alike = theirs.status_code == missing.status_code and _normal(theirs.text) == _normal(
                        missing.text
                    )
                    if rule.endpoint not in ID_TOLERANT:
                        alike = alike and theirs.status_code in REFUSED
                    tally.check(
                        alike, f"{where} as {letter}: foreign {theirs.status_code} / {missing.status_code}"
                    )
                    tally.counts["requests"] += 1
            other_url, other_given = own_url(adapter, rule, other_tenant, foreign.objects)
            gone_url, _ = own_url(adapter, rule, dict.fromkeys(tenant, "no-such-place"), foreign.objects)
            for letter in letters:
                theirs = _ask(clients[letter], method, other_url, other_given, rule.endpoint)
                missing = _ask(clients[letter], method, gone_url, other_given, rule.endpoint)
                tally.check(
                    theirs.status_code == missing.status_code == 404
                    and _normal(theirs.text) == _normal(missing.text),
                    f"{where} at the other place as {letter}: {theirs.status_code} / {missing.status_code}",
                )
                tally.counts["requests"] += 1
            for stranger, name in ((outsider, "outsider"), (foreign_district, "other district")):
                answer = _ask(stranger, method, url, given, rule.endpoint)
                tally.check(answer.status_code == 404, f"{where} as {name}: {answer.status_code}")
            answer = _ask(anonymous, method, url, given, rule.endpoint)
            to_sign_in = answer.status_code == 302 and "/login" in answer.location
            tally.check(to_sign_in, f"{where} as nobody: {answer.status_code}")

    walk("/s/", routes.SCHOOL, "OCPHTKA", {"school": own.slug}, {"school": foreign.slug})
    walk("/d/", routes.DISTRICT, "DF", {"district": own.office.slug}, {"district": foreign.office.slug})
    _walk_guests(session_app, own, guest_token, anonymous, tally)

    BUILD.mkdir(exist_ok=True)
    figures = {
        "routes": tally.counts["routes"],
        "roles": 7 + 2 + 4,  # school, district, strangers and nobody
        "requests": tally.counts["requests"],
        "leaks": tally.counts["leaks"],
        "positive_controls": tally.counts["positive_controls"],
    }
    (BUILD / "isolation.json").write_text(json.dumps(figures, indent=2) + "\n")
    print("isolation:", figures)
    assert not tally.faults, "\n".join(tally.faults)


# An address without its object answers with the empty form, the same for foreign and missing.
ID_TOLERANT = {"cases.new"}


def _walk_guests(app, own, token: str, anonymous, tally: Tally) -> None:
    for rule, method in rules_of(app, "/g/"):
        tally.counts["routes"] += 1
        adapter = app.url_map.bind("localhost")
        values = {name: TEXT_VALUES[name] for name in rule.arguments - {"token"} if name in TEXT_VALUES}
        values |= {name: own.objects[name] for name in rule.arguments - {"token"} - set(TEXT_VALUES)}
        mine = _ask(
            anonymous, method, adapter.build(rule.endpoint, values | {"token": token}), {}, rule.endpoint
        )
        tally.counts["positive_controls"] += 1
        unknown = _ask(
            anonymous, method, adapter.build(rule.endpoint, values | {"token": "A" * 43}), {}, rule.endpoint
        )
        short = _ask(
            anonymous, method, adapter.build(rule.endpoint, values | {"token": "x"}), {}, rule.endpoint
        )
        where = f"{method} {rule.rule}"
        needs_code = rule.endpoint in routes.GUEST_AFTER_CODE
        fine = mine.status_code in REFUSED if needs_code else mine.status_code not in REFUSED
        tally.check(fine and mine.status_code < 500, f"{where} as guest: {mine.status_code}")
        tally.check(
            unknown.status_code == short.status_code == 404 and _normal(unknown.text) == _normal(short.text),
            f"{where} with unknown tokens: {unknown.status_code} / {short.status_code}",
        )
        tally.counts["requests"] += 1
