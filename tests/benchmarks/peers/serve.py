"""Starting the peers over the large data."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import make_url

from tests.benchmarks.browser import Browser
from tests.benchmarks.stand import BUILD, CASES, PASSWORD, PROJECT, Stand

DJANGO_PYTHON = BUILD / "bench-django" / "bin" / "python"
"""Made by the Makefile from requirements.lock beside this file."""
_OWN_DATABASE = "bench_django"


@contextmanager
def plain_admin(stand: Stand) -> Iterator[Browser]:
    """Plain Flask-Admin, as a role that sees everything."""
    environment = {**os.environ, "PEER_DATABASE_URL": stand.url("backup", CASES)}
    with stand.served("tests.benchmarks.peers.plain_admin:application", environment) as port:
        yield Browser(port)


@contextmanager
def django_admin(stand: Stand) -> Iterator[Browser]:
    """Django's admin in its own environment, signed in."""
    url = make_url(stand.url("superuser", CASES))
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "PYTHONPATH": str(PROJECT),
        "PEER_HOST": str(url.query["host"]),
        "PEER_USER": str(url.username),
        "PEER_PASSWORD": str(url.password),
        "PEER_DATABASE": CASES,
        "PEER_OWN_DATABASE": _OWN_DATABASE,
        "PEER_SIGN_IN": PASSWORD,
    }
    stand.make_once(_OWN_DATABASE)
    python = str(DJANGO_PYTHON)
    subprocess.run(
        [python, "-m", "tests.benchmarks.peers.django_admin.prepare"],
        env=environment,
        cwd=PROJECT,
        check=True,
    )
    with stand.served("tests.benchmarks.peers.django_admin.wsgi", environment, python=python) as port:
        browser = Browser(port)
        browser.sign_in("/admin/login/", {"username": "ukur", "password": PASSWORD})
        yield browser
