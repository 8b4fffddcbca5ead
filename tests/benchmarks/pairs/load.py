"""An open loop of requests for some minutes: they come when they come, however slow the answers are.

50 counsellors in schools of their own; four of five requests read, one writes a note. Time counts from when
a request should have left, so that a server that stops is not excused. A second, shorter part has one school
ask for ten times its share besides.
"""

from __future__ import annotations

import random
import re
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psutil
import psycopg

from tests.benchmarks import dataset
from tests.benchmarks.browser import Browser
from tests.benchmarks.database import plain
from tests.benchmarks.measure import Line, within
from tests.benchmarks.stand import CASES, PASSWORD, Stand

PER_SECOND = 30
WRITES = 0.2
PEOPLE = 50
NOISE = 10
WARM_SECONDS = 20.0
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Person:
    """A signed-in counsellor; one request at a time, as one browser sends them."""

    browser: Browser
    school_id: int
    cases: list[int]
    token: str = ""
    alone: threading.Lock = field(default_factory=threading.Lock)

    def read(self, rng: random.Random) -> None:
        base = f"/s/{dataset.slug_of(self.school_id)}/"
        path = rng.choice(
            ("", "cases/", "cases/?status=monitoring", "students/", f"cases/{rng.choice(self.cases)}/")
        )
        self.browser.get(base + path)

    def write(self, rng: random.Random) -> None:
        case_id = rng.choice(self.cases)
        note = {"kind": "fact", "body": "Catatan rekaan", "csrf_token": self.token}
        self.browser.post(f"/s/{dataset.slug_of(self.school_id)}/cases/{case_id}/notes", note)


def measure(stand: Stand) -> list[Line]:
    with (
        stand.copy_of(CASES) as database,
        stand.served("wsgi:application", stand.environment(database), workers=2) as port,
    ):
        people = _people(stand, database, port)
        _loop(people, WARM_SECONDS)
        before = _memory(port)
        calm, errors = _loop(people, stand.minutes * 60)
        growth = _memory(port) / before
        noisy, more_errors = _loop(people[1:], stand.minutes * 20, noise=people[0])
    requests = len(calm)
    quiet, disturbed = (statistics.quantiles(times, n=20)[18] for times in (calm, noisy))
    name = f"open loop of {PER_SECOND} requests/s, {stand.minutes:g} min"
    median = f"median {statistics.median(calm):.0f} ms"
    ratio = disturbed / quiet
    return [
        within(f"{name}, p95", quiet, limit=200, rows=requests, unit="ms", strict=True, note=median),
        within(f"{name}, errors", errors + more_errors, limit=0, rows=requests, unit="errors"),
        within(f"{name}, memory growth", (growth - 1) * 100, limit=5, rows=requests, unit="%", strict=True),
        Line(
            "open loop, the others' p95 beside a noisy school",
            disturbed,
            quiet,
            ratio,
            "at most 1.5x",
            ratio <= 1.5,
            len(noisy),
        ),
    ]


def _people(stand: Stand, database: str, port: int) -> list[Person]:
    schools = range(2, 2 + min(PEOPLE, dataset.Scale(stand.cases).case_schools - 1))
    people = []
    with psycopg.connect(plain(stand.url("superuser", database))) as connection:
        for school_id in schools:
            owner = dataset.user_id(school_id, 0)
            rows = connection.execute(
                "SELECT id FROM cases WHERE owner_id = %s AND status <> 'closed' ORDER BY id DESC LIMIT 20",
                (owner,),
            ).fetchall()
            browser = Browser(port)
            browser.sign_in("/login", {"email": dataset.address_of(school_id, 0), "password": PASSWORD})
            person = Person(browser, school_id, [row[0] for row in rows])
            page = browser.get(f"/s/{dataset.slug_of(school_id)}/cases/{person.cases[0]}/")
            person.token = _TOKEN.search(page)[1]
            people.append(person)
    return people


def _loop(people: list[Person], seconds: float, *, noise: Person | None = None) -> tuple[list[float], int]:
    """Milliseconds of each request of `people`, and how many requests failed (the noisy one's too)."""
    rng = random.Random(7)
    taken: list[float] = []
    failed: list[str] = []
    began = time.monotonic()

    def ask(person: Person, act: Callable[[random.Random], None], due: float, is_measured: bool) -> None:
        try:
            with person.alone:
                act(rng)
        except (RuntimeError, OSError) as error:
            failed.append(str(error))
        if is_measured:
            taken.append((time.monotonic() - due) * 1000)

    with ThreadPoolExecutor(64) as pool:
        plan = [(due, None) for due in _moments(PER_SECOND, seconds)]
        if noise is not None:
            plan += [(due, noise) for due in _moments(PER_SECOND / PEOPLE * NOISE, seconds)]
        for due, noisy in sorted(plan, key=lambda entry: entry[0]):
            person = noisy or rng.choice(people)
            act = person.write if rng.random() < WRITES else person.read
            time.sleep(max(0.0, began + due - time.monotonic()))
            pool.submit(ask, person, act, began + due, noisy is None)
    return taken, len(failed)


def _moments(per_second: float, seconds: float) -> list[float]:
    """When requests come: on average so many a second, by chance as people do."""
    rng, at, moments = random.Random(3), 0.0, []
    while (at := at + rng.expovariate(per_second)) < seconds:
        moments.append(at)
    return moments


def _memory(port: int) -> int:
    """Bytes that the web processes hold: those that were started with this port."""
    ours = [
        one
        for one in psutil.process_iter(["cmdline"])
        if f"--bind=127.0.0.1:{port}" in (one.info["cmdline"] or ())
    ]
    return sum(one.memory_info().rss for one in ours)
