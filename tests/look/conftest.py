"""The gallery served on a port of its own."""

from __future__ import annotations

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
