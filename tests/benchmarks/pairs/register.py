"""The case register as pages over HTTP: filtered, searched, and far down, beside two stock admins."""

from __future__ import annotations

import re
from contextlib import ExitStack

import psycopg

from tests.benchmarks import dataset
from tests.benchmarks.browser import Browser
from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, faster, interleaved, no_slower
from tests.benchmarks.peers.serve import django_admin, plain_admin
from tests.benchmarks.stand import CASES, PASSWORD, Stand

PAGE = 25
FAR = 1_000
REGISTER = f"/s/{dataset.big_school_slug()}/cases/"


def measure(stand: Stand) -> list[Line]:
    with ExitStack() as open_for:
        port = open_for.enter_context(stand.served("wsgi:application", stand.environment(CASES)))
        ours = Browser(port)
        seat = len(dataset.STAFF)
        ours.sign_in("/login", {"email": dataset.address_of(dataset.BIG_SCHOOL, seat), "password": PASSWORD})
        peers = {
            "Flask-Admin": open_for.enter_context(plain_admin(stand)),
            "Django admin": open_for.enter_context(django_admin(stand)),
        }
        return [
            *_filtered(stand, ours, peers),
            *_searched(stand, ours, peers),
            *_far_down(stand, ours, peers),
        ]


def _compare(
    stand: Stand, what: str, pages: dict[str, tuple[Browser, str]], goals: dict[str, float], rounds: int
) -> list[Line]:
    for name, (browser, path) in pages.items():
        _check(name, browser.get(path))
    taken = interleaved(
        {name: _asking(browser, path) for name, (browser, path) in pages.items()}, rounds=rounds
    )
    return [
        faster(f"register, {what}: {name}", taken["Pamong"], taken[name], at_least=goal, rows=stand.cases)
        for name, goal in goals.items()
    ]


def _asking(browser: Browser, path: str):
    return lambda: browser.get(path)


def _check(name: str, page: str) -> None:
    """A page without a case would be quick, and say nothing."""
    assert re.search(r"K-20\d\d-\d{5}", page), f"{name} shows no case"


def _filtered(stand: Stand, ours: Browser, peers: dict[str, Browser]) -> list[Line]:
    pages = {
        "Pamong": (ours, f"{REGISTER}?status=monitoring"),
        "Flask-Admin": (peers["Flask-Admin"], "/cases/?flt0_0=monitoring"),
        "Django admin": (peers["Django admin"], "/admin/register/case/?status=monitoring"),
    }
    goals = {"Flask-Admin": 3.0, "Django admin": 6.0}
    return _compare(stand, "first page with a filter", pages, goals, rounds=15)


def _searched(stand: Stand, ours: Browser, peers: dict[str, Browser]) -> list[Line]:
    words = dataset.student_name(7 * 17 + dataset.BIG_SCHOOL).replace(" ", "+")
    pages = {
        "Pamong": (ours, f"{REGISTER}?q={words}"),
        "Flask-Admin": (peers["Flask-Admin"], f"/cases/?search={words}"),
        "Django admin": (peers["Django admin"], f"/admin/register/case/?q={words}"),
    }
    goals = {"Flask-Admin": 40.0, "Django admin": 40.0}
    return _compare(stand, "search by name", pages, goals, rounds=5)


def _far_down(stand: Stand, ours: Browser, peers: dict[str, Browser]) -> list[Line]:
    far, last_seen = _far_page(stand)
    pages = {
        "Pamong": (ours, f"{REGISTER}?status=all&older_than={last_seen}"),
        "Flask-Admin": (peers["Flask-Admin"], f"/cases/?page={far - 1}"),
        "Django admin": (peers["Django admin"], f"/admin/register/case/?p={far}"),
    }
    goals = {"Flask-Admin": 40.0, "Django admin": 40.0}
    lines = _compare(stand, f"page {far:,}", pages, goals, rounds=5)
    near = interleaved(
        {
            "far": _asking(ours, pages["Pamong"][1]),
            "first": _asking(ours, f"{REGISTER}?status=all"),
        },
        rounds=25,
    )
    name = f"register, page {far:,} beside our page 1"
    return [*lines, no_slower(name, near["far"], near["first"], at_most=1.2, rows=stand.cases)]


def _far_page(stand: Stand) -> tuple[int, int]:
    """The number of a page far down the big school's register, and the case that stands before it."""
    with psycopg.connect(plain(stand.url("superuser", CASES))) as connection:
        (cases,) = connection.execute(
            "SELECT count(*) FROM cases WHERE school_id = %s", (dataset.BIG_SCHOOL,)
        ).fetchone()
        far = min(FAR, cases // PAGE)
        (last_seen,) = connection.execute(
            "SELECT id FROM cases WHERE school_id = %s ORDER BY id DESC LIMIT 1 OFFSET %s",
            (dataset.BIG_SCHOOL, (far - 1) * PAGE - 1 if far > 1 else 0),
        ).fetchone()
    return far, last_seen
