"""From a request to an actor: the URL names the tenant, the sign-in names the person."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp import tenancy
from webapp.domain.errors import Forbidden, NotFound
from webapp.services import audit, identity
from webapp.tenancy import Actor

log = logging.getLogger(__name__)


def now() -> datetime:
    """The moment of this request: the clock is read once."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    return g.now


class SignInFirst(Exception):
    """The page is for signed-in people: show the sign-in and come back."""


def places() -> list[identity.Workplace]:
    """Where the signed-in person may act; empty for anonymous callers."""
    if "places" not in g:
        g.places = (
            identity.workplaces(current_user.id, on=now().date()) if current_user.is_authenticated else []
        )
    return g.places


def _staff_actor(kind: str, slug: str) -> Actor:
    if not current_user.is_authenticated:
        raise SignInFirst()
    place = identity.find_place(places(), kind, slug)
    g.place = place
    return identity.actor_at(place, current_user.id, current_user.locale, now())


def _school_actor(slug: str) -> Actor:
    return _staff_actor("school", slug)


def _district_actor(slug: str) -> Actor:
    return _staff_actor("district", slug)


RESOLVERS: dict[str, Callable[[str], Actor]] = {"school": _school_actor, "district": _district_actor}
"""URL variable -> how its value becomes an actor. The pages of guests add `token` and `visit_token`."""


def requested_actor() -> Actor | None:
    """The actor of this request; None where the URL names no tenant."""
    for variable, resolve in RESOLVERS.items():
        if variable in g.get("tenant", {}):
            return resolve(g.tenant[variable])
    return None


class Pamong(Flask):
    """Flask whose views run inside the scope that the URL names; it commits before the response leaves."""

    def dispatch_request(self) -> Any:
        if request.routing_exception is not None:
            return super().dispatch_request()
        try:
            actor = requested_actor()
        except SignInFirst:
            return _to_sign_in()
        finally:
            tenancy.identity.remove()
        if actor is None:
            return super().dispatch_request()
        g.actor = actor
        try:
            with tenancy.work(actor):
                from webapp.http.frame import prepare

                prepare()
                return self.make_response(super().dispatch_request())
        except (NotFound, Forbidden) as refusal:
            with tenancy.work(actor):
                audit.record(actor, "refused", endpoint=request.endpoint, status=refusal.status)
            raise


def _to_sign_in() -> Response:
    if request.is_json or request.accept_mimetypes.best == "application/json":
        # A script would follow the way to the sign-in page and take its 200 for "saved".
        refusal = jsonify(error=_("You are signed out. Sign in again."))
        refusal.status_code = 401
        return refusal
    if request.method == "GET":
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))  # type: ignore[return-value]
    return redirect(url_for("security.login"))  # type: ignore[return-value]


def init_app(app: Flask) -> None:
    """Take the tenant's name out of every URL, and put it back into every URL that is built."""

    @app.url_value_preprocessor
    def take_tenant(endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.tenant = {}
        for variable in ("school", "district", "token", "visit_token"):
            # Flask-Security's links carry a token of their own.
            if variable == "token" and not (endpoint or "").startswith("guest"):
                continue
            if values and variable in values:
                g.tenant[variable] = values.pop(variable)

    @app.url_defaults
    def put_tenant(endpoint: str, values: dict[str, Any]) -> None:
        for variable, value in g.get("tenant", {}).items():
            if variable not in values and current_app.url_map.is_endpoint_expecting(endpoint, variable):
                values[variable] = value

    @app.teardown_request
    def close_identity(error: BaseException | None) -> None:
        tenancy.identity.remove()
