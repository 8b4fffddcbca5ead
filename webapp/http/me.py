"""My settings: language, sessions."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user

bp = Blueprint("me", __name__, url_prefix="/me")


@bp.get("/")
def index():
    """The signed-in person's own settings."""
    if not current_user.is_authenticated:
        return redirect(url_for("security.login", next="/me/"))
    return render_template("pages/me.html")
