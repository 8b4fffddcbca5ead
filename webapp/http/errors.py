"""The error table: every refusal ends in a page (or JSON) with a sentence that a person can act on."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, g, jsonify, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError
from werkzeug.exceptions import HTTPException

from webapp.domain.errors import DomainError
from webapp.http.i18n import current_locale
from webapp.services.faults import DATABASE_AWAY, place

log = logging.getLogger(__name__)


def say(error: DomainError) -> str:
    """The error's sentence in the reader's language."""
    locale = current_locale()
    params = {
        name: value.label(locale) if hasattr(value, "label") else value
        for name, value in error.params.items()
    }
    return gettext(error.message_id, **params)


def request_id() -> str:
    """A short id that a person can read out and that stands in the log."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(4)
    return g.request_id


PAGES = {400, 403, 404, 409, 413, 422, 429, 503}
RETRY_AFTER_SECONDS = 30


def _answer(status: int, sentence: str | None, *, page: str | None = None) -> tuple[Any, int]:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error=sentence, request_id=request_id()), status
    name = page or (str(status) if status in PAGES else "500" if status >= 500 else "400")
    # A reference on a "not found" page would make two such pages differ.
    reference = None if status == 404 else request_id()
    return render_template(f"errors/{name}.html", message=sentence, reference=reference), status


def init_app(app: Flask) -> None:
    """Register the table."""

    @app.errorhandler(DomainError)
    def domain_error(error: DomainError):
        return _answer(error.status, None if error.status == 404 else say(error))

    @app.errorhandler(CSRFError)
    def csrf_error(error: CSRFError):
        return _answer(400, None, page="csrf")

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException):
        code = error.code or 500
        if code < 400:
            return error
        return _answer(code, None)

    @app.errorhandler(IntegrityError)
    def integrity_error(error: IntegrityError):
        # Constraint texts carry values: one generic sentence for all of them.
        log.warning("constraint refused a write on %s (request %s)", request.endpoint, request_id())
        return _answer(409, None)

    @app.errorhandler(DataError)
    def data_error(error: DataError):
        # An id past the range of its column names nothing; a form with such a value is no form of ours.
        return _answer(404 if request.method in ("GET", "HEAD") else 400, None)

    def database_away(error: Exception):
        log.error("database away on %s (request %s): %s", request.endpoint, request_id(), place(error))
        # Who asks, and in which language, would be asked of the database again.
        g.database_away = True
        answer = _answer(503, gettext("The database does not answer just now. Try again in a minute."))
        return *answer, {"Retry-After": str(RETRY_AFTER_SECONDS)}

    for kind in DATABASE_AWAY:
        app.register_error_handler(kind, database_away)

    @app.errorhandler(Exception)
    def unexpected(error: Exception):
        if app.testing or app.debug:
            raise error
        log.exception("unexpected error on %s (request %s)", request.endpoint, request_id())
        return _answer(500, gettext("Something went wrong on our side."))
