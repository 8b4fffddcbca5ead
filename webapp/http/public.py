"""Pages without a tenant: the front door, the language, health."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, session
from flask_login import current_user

from webapp.http import frame, scope
from webapp.services import accounts, status

bp = Blueprint("public", __name__)


@bp.get("/")
def index():
    """What is this; sign in. A signed-in person goes home, or chooses among several."""
    if not current_user.is_authenticated:
        return render_template("pages/welcome.html")
    places = scope.places()
    if len(places) == 1:
        return redirect(frame.place_url(places[0]))
    return render_template("pages/places.html", places=[(p, frame.place_url(p)) for p in places])


@bp.post("/language/<locale>")
def language(locale: str):
    """Choose the language; stays with the account when signed in."""
    session["locale"] = "en" if locale == "en" else "id"
    if current_user.is_authenticated:
        accounts.choose_language(current_user.id, session["locale"])
    target = request.form.get("next", "/")
    return redirect(target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/")


@bp.get("/healthz")
def healthz():
    """The process answers."""
    return jsonify(ok=True)


@bp.get("/readyz")
def readyz():
    """Database, migrations, broker and the sweeps all work; 503 names what does not.

    A restored system is ready to be looked around in; `held_since` says that it sends nothing yet.
    """
    now = scope.now()
    problems = status.problems(current_app.config["PAMONG"])
    held_since = status.held_since(now)
    return (
        jsonify(
            ready=not problems,
            problems=problems,
            held_since=None if held_since is None else held_since.isoformat(),
        ),
        200 if not problems else 503,
    )
