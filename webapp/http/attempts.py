"""A form's way through a service: refused or done, and what to show then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from werkzeug import Response

from webapp import tenancy
from webapp.domain.errors import DomainError
from webapp.http.errors import say


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
