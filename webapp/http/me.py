"""My settings: language, password, digests, and where I am signed in."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.http import scope
from webapp.http.signin import SESSION_KEY
from webapp.services import accounts, identity
from webapp.services.dues import DIGEST_OF_ROLE

bp = Blueprint("me", __name__, url_prefix="/me")


@bp.before_request
def sign_in_first():
    """Every page here belongs to the signed-in person."""
    if not current_user.is_authenticated:
        return redirect(url_for("security.login", next="/me/"))
    return None


@bp.get("/")
def index():
    """The signed-in person's own settings."""
    longest = timedelta(hours=current_app.config["PAMONG"].session_hours)
    return render_template(
        "pages/me.html",
        sessions=accounts.own_sessions(current_user.id, scope.now(), longest),
        current_hash=identity.hash_secret(session.get(SESSION_KEY, "")),
        places=scope.places(),
        gets_digests=any(role in DIGEST_OF_ROLE for place in scope.places() for role in place.roles),
        zone=scope.places()[0].time_zone if scope.places() else "Asia/Jakarta",
    )


@bp.post("/sessions/<int:session_id>/end")
def end_session(session_id: int):
    """Sign out another device."""
    accounts.revoke_own_session(current_user.id, session_id, scope.now())
    flash(_("That device is signed out."), "success")
    return redirect(url_for("me.index"), 303)


@bp.post("/digests")
def digests():
    """Switch all of one's digests on or off."""
    wants = request.form.get("wants") == "yes"
    accounts.switch_digests(current_user.id, on=wants)
    flash(_("Digests are switched on.") if wants else _("Digests are switched off."), "success")
    return redirect(url_for("me.index"), 303)
