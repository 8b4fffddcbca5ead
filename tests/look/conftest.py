"""The gallery served on a port of its own, and Chromium to look at it."""

from __future__ import annotations

import shutil
import threading

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.look.admin_view import mount_people
from tests.look.gallery_app import create_gallery


class QuietHandler(WSGIRequestHandler):
    def log_request(self, *args, **kwargs):
        """Say nothing: the requests of a page are not the test's output."""


@pytest.fixture(scope="module")
def gallery_app():
    app = create_gallery()
    app.extensions["people_view"] = mount_people(app)
    return app


@pytest.fixture(scope="module")
def gallery(gallery_app):
    server = make_server("127.0.0.1", 0, gallery_app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed: the look is not checked in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()
