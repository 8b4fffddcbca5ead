"""A form's way through a service: refused or done, and what to show then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import abort, flash, redirect, request, url_for
from werkzeug import Response

from webapp import tenancy
from webapp.domain.errors import DomainError, NotFound
from webapp.http import scope
from webapp.http.errors import say
from webapp.services import link_guesses

_Arrival = TypeVar("_Arrival")


def attempt(act: Callable[[], Any]) -> DomainError | None:
    """Run a service inside a savepoint: a refusal changes nothing and comes back to be shown in the form."""
    try:
        with tenancy.session.begin_nested():
            act()
    except DomainError as refusal:
        if refusal.status in (403, 404):
            raise
        return refusal
    return None


def form_error(refusal: DomainError | None) -> dict[str, str]:
    """Field -> sentence, for the form macros; errors without a field stand under ''."""
    return {} if refusal is None else {refusal.field or "": say(refusal)}


def done(message: str, endpoint: str, **values: Any) -> Response:
    """Say what was done and go on to a page (after a POST)."""
    flash(message, "success")
    return redirect(url_for(endpoint, **values), 303)


def open_link(kind: str, token: str, identify: Callable[[], _Arrival]) -> _Arrival:
    """Who comes by a link without an account; NotFound for one that opens nothing, and a plain wait (429) for
    who tries many. kind: what such links open, counted each by itself."""
    try:
        return identify()
    except NotFound:
        if link_guesses.is_guessing(kind, token, request.remote_addr or "", scope.now()):
            abort(429)
        raise
