"""Every page of the staff beside the empty page of the same app: what its content costs, and its queries."""

from __future__ import annotations

from flask import Flask, render_template_string
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.benchmarks.measure import Line, interleaved
from tests.benchmarks.stand import CASES, Stand
from tests.factories import World
from tests.isolation import cast, routes
from tests.isolation.test_matrix import own_url, rules_of
from tests.queries import MOST_PER_PAGE, count_queries

EMPTY_PAGE = '{% extends "base.html" %}{% block title %}Layout{% endblock %}'
AT_MOST = 3.0
ROUNDS = 12


def measure(stand: Stand) -> list[Line]:
    with stand.copy_of(CASES) as database:
        app = stand.app(database)
        app.add_url_rule("/s/<school>/_empty", "empty", _empty)
        app.add_url_rule("/d/<district>/_empty", "empty_district", _empty)
        own = cast.build(World(app))
        lines = []
        for prefix, letters in (("/s/", "OPHA"), ("/d/", "D")):
            lines += _of_tenant(stand, app, own, prefix, letters)
    return lines


def _empty() -> str:
    return render_template_string(EMPTY_PAGE)


def _of_tenant(stand: Stand, app: Flask, own: cast.Side, prefix: str, letters: str) -> list[Line]:
    table = routes.SCHOOL if prefix == "/s/" else routes.DISTRICT
    tenant = {"school": own.slug} if prefix == "/s/" else {"district": own.office.slug}
    empty = f"{prefix}{next(iter(tenant.values()))}/_empty"
    adapter = app.url_map.bind("localhost")
    cookies = {letter: cookie_of(app, own.people[letter]) for letter in letters}
    lines = []
    for rule, method in rules_of(app, prefix):
        letter = next((one for one in letters if one in table.get(rule.endpoint, "")), None)
        if method != "GET" or letter is None:
            continue
        url, given = own_url(adapter, rule, tenant, own.objects)
        page = Page(app, url, cookies[letter], given)
        with count_queries() as asked:
            status, kind = page.get()
        if status != 200 or not kind.startswith("text/html"):
            continue  # a file, figures for a script, or the way to another page
        blank = Page(app, empty, cookies[letter], {})
        assert blank.get()[0] == 200
        taken = interleaved({"page": page.get, "blank": blank.get}, rounds=ROUNDS)
        ratio = taken["page"].median / taken["blank"].median
        lines.append(
            Line(
                f"page {rule.endpoint}",
                taken["page"].median,
                taken["blank"].median,
                ratio,
                f"at most {AT_MOST:g}x, {MOST_PER_PAGE} queries",
                ratio <= AT_MOST and len(asked) <= MOST_PER_PAGE,
                stand.cases,
                spread=f"{taken['page'].spread} | {taken['blank'].spread}",
                note=f"{len(asked)} queries",
            )
        )
    return lines


class Page:
    """One address as one person opens it, through the WSGI application itself."""

    def __init__(self, app: Flask, url: str, cookie: str, given: dict[str, str]) -> None:
        self._app = app
        self._request = {"path": url, "headers": {"Cookie": cookie}, "query_string": given}

    def get(self) -> tuple[int, str]:
        """Status and media type, the whole body read."""
        environ = EnvironBuilder(**self._request).get_environ()
        answer, status, headers = run_wsgi_app(self._app.wsgi_app, environ, buffered=True)
        b"".join(answer)
        return int(status.split()[0]), headers.get("Content-Type", "")


def cookie_of(app: Flask, person) -> str:
    """What a signed-in browser of that person sends."""
    client = person.client()
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    assert cookie is not None, "nobody is signed in"
    return f"{name}={cookie.value}"
