"""Pamong served out of the test's own process, for walks that need no worker beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.browser.person import Person, Sight
from tests.factories import PASSWORD
from tests.factories import Person as Account
from tests.look.conftest import QuietHandler


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application under its own address, while the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def arrives(sight: Sight, served: str, account: Account) -> Person:
    """Somebody with an account, signed in."""
    person = Person(sight, served, name=account.name, email=account.email)
    person.go("/login")
    person.fill("E-mail", account.email)
    person.fill("Password", PASSWORD)
    person.press("Sign in")
    expect(person.page.locator("nav.site-nav")).to_be_visible()
    return person
