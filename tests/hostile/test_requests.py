"""Generated requests over all routes: any role, any method, ids that are mine, another's or nonsense."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.factories import World, fresh_id
from tests.hostile.corpus import CORPUS
from tests.hostile.ledger import FULL, Tally
from tests.hostile.pages import Everybody
from tests.isolation import cast
from tests.isolation.test_matrix import TEXT_VALUES, undone  # noqa: F401
from webapp.services import faults

REQUESTS = 30_000 if FULL else 400
METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
ODD_IDS = ("0", "-1", "1", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 60, "1.5", "%00")
NAMES = (
    *("page", "page_size", "sort", "desc", "flt0_0", "search", "q", "kind", "state", "before", "after"),
    *("id", "case_id", "student_id", "import_id", "version", "wording", "on", "at", "year", "month", "score"),
    *("text", "body", "reason", "answer", "name", "email", "url", "role", "locale", "part", "file", "next"),
)
TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/json",
    "text/plain",
    "application/xml; charset=nonsense",
    "",
)
LEAVES_THE_VISIT = {"security.logout", "me.end_session", "static", "security.static", "today.static"}
"""Ends the sign-in of whoever asks, or is a file."""


@dataclass
class Maker:
    """Makes requests of what the application has: one seed, one sequence."""

    rng: random.Random
    everybody: Everybody
    other: cast.Side

    def value(self) -> str:
        text = self.rng.choice((*CORPUS[:-1], *ODD_IDS, *map(str, self.everybody.side.objects.values())))
        return text.encode("utf-8", "replace").decode()

    def part(self, name: str) -> str:
        """What stands for one variable of an address."""
        side = self.everybody.side
        known: dict[str, list[str]] = {
            "school": [side.slug, side.slug, self.other.slug, "no-such-school"],
            "district": [side.office.slug, side.office.slug, self.other.office.slug],
            "token": [self.everybody.token, self.everybody.token[:-1] + "A", "A" * 43, "x"],
        }
        if name in known:
            return self.rng.choice(known[name])
        mine = str(side.objects.get(name, TEXT_VALUES.get(name, "x")))
        theirs = str(self.other.objects.get(name, fresh_id()))
        digit = self.rng.randrange(len(mine))
        mutated = mine[:digit] + self.rng.choice("0123456789x") + mine[digit + 1 :]
        return self.rng.choice((mine, mine, mine, theirs, mutated, str(fresh_id()), self.rng.choice(ODD_IDS)))

    def address(self, rule) -> str:
        made = []
        for is_variable, piece in rule._trace:
            made.append(quote(self.part(piece), safe="%") if is_variable else piece)
        return "".join(made).replace("|", "") or "/"

    def form(self) -> dict[str, str]:
        return {self.rng.choice(NAMES): self.value() for _ in range(self.rng.randrange(6))}

    def request(self, rule) -> dict[str, Any]:
        made: dict[str, Any] = {
            "path": self.address(rule),
            "method": self.rng.choice(METHODS),
            "query_string": self.form() if self.rng.random() < 0.5 else {},
            "headers": {},
        }
        if self.rng.random() < 0.2:
            made["headers"] |= {
                self.rng.choice(("Accept", "Accept-Language", "Range", "If-None-Match", "X-Forwarded-For",
                                 "X-HTTP-Method-Override", "User-Agent", "Referer")): _header(self.value())
            }  # fmt: skip
        if made["method"] in ("POST", "PUT", "PATCH", "DELETE"):
            if self.rng.random() < 0.8:
                made["data"] = self.form()
            else:
                made["data"] = self.rng.choice(
                    (self.value().encode(), b"{}", b"[1", b"\xff\xfe", b'{"a": 1e999}')
                )
                made["content_type"] = self.rng.choice(TYPES)
        return made


def _header(text: str) -> str:
    """What can stand in a header at all: the server refuses the rest before we see it."""
    return "".join(sign for sign in text if 32 <= ord(sign) < 127)[:300]


@pytest.fixture(scope="module")
def everybody(session_app) -> Everybody:
    return Everybody.build(World(session_app))


@pytest.mark.timeout(3600)
def test_no_generated_request_makes_the_server_fail(everybody, session_app, undone):  # noqa: F811
    seed = random.randrange(10**9)
    maker = Maker(random.Random(seed), everybody, cast.build(World(session_app)))
    undone()
    browsers: list[Callable[[], FlaskClient]] = [
        *(lambda client=client: client for client in everybody.clients.values()),
        lambda: everybody.guest,
        lambda: everybody.nobody,
    ]
    rules = [rule for rule in session_app.url_map.iter_rules() if rule.endpoint not in LEAVES_THE_VISIT]
    tally = Tally("generated requests over all routes")
    statuses: set[int] = set()
    while tally.tried < REQUESTS:
        for rule in rules:
            asked = maker.request(rule)
            tally.tried += 1
            where = f"{asked['method']} {rule.rule} (seed {seed})"
            try:
                answer = maker.rng.choice(browsers)().open(**asked)
            except Exception as error:  # noqa: BLE001 - whatever a request could bring about is a finding
                tally.error(f"{where}: {faults.place(error)}")
                continue
            statuses.add(answer.status_code)
            if answer.status_code >= 500 and asked["path"] != "/readyz":
                tally.error(f"{where}: {answer.status_code}")
            if b"Traceback (most recent" in answer.get_data()[:5000]:
                tally.accept(f"{where}: shows a trace")
    assert {200, 302, 404} <= statuses, "the requests reach pages, refusals and the sign-in"
    tally.check(at_least=REQUESTS)
