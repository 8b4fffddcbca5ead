"""My settings: language, password, digests, private calendars, and where I am signed in."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp import tenancy
from webapp.domain.digests import DIGEST_KINDS
from webapp.http import scope
from webapp.http.signin import SESSION_KEY
from webapp.services import accounts, calendar_feeds, digest_choices, digest_preview, identity
from webapp.tenancy import Actor

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
    return _page()


def _page(new_address: tuple[str, str] | None = None) -> str:
    """new_address: (slug of the school, calendar address), shown this once."""
    longest = timedelta(hours=current_app.config["PAMONG"].session_hours)
    return render_template(
        "pages/me.html",
        sessions=accounts.own_sessions(current_user.id, scope.now(), longest),
        current_hash=identity.hash_secret(session.get(SESSION_KEY, "")),
        places=scope.places(),
        digests=[
            (kind, [place for place in scope.places() if kind in digest_preview.kinds_at(place)])
            for kind in DIGEST_KINDS
        ],
        calendars=calendar_feeds.of_person(current_user.id, scope.places(), scope.now()),
        new_address=new_address,
        zone=scope.places()[0].time_zone if scope.places() else "Asia/Jakarta",
    )


@bp.post("/sessions/<int:session_id>/end")
def end_session(session_id: int):
    """Sign out another device."""
    accounts.revoke_own_session(current_user.id, session_id, scope.now())
    flash(_("That device is signed out."), "success")
    return redirect(url_for("me.index"), 303)


@bp.post("/digests/<kind>")
def digests(kind: str):
    """Switch one kind of one's own digests on or off."""
    wants = request.form.get("wants") == "yes"
    digest_choices.switch(current_user.id, kind, scope.now(), on=wants, by="settings")
    flash(_("The digest is switched on.") if wants else _("The digest is switched off."), "success")
    return redirect(url_for("me.index", _anchor="digests"), 303)


@bp.post("/calendars/<slug>")
def make_calendar(slug: str):
    """A new private address of one's calendar at a school; it stands on this answer and nowhere else."""
    actor = _at_school(slug)
    with tenancy.work(actor):
        address = calendar_feeds.make(actor)
    return _page((slug, address))


@bp.post("/calendars/<slug>/close")
def close_calendar(slug: str):
    """The address stops working."""
    actor = _at_school(slug)
    with tenancy.work(actor):
        calendar_feeds.close(actor)
    flash(_("The calendar's address no longer works."), "success")
    return redirect(url_for("me.index", _anchor="calendars"), 303)


def _at_school(slug: str) -> Actor:
    place = identity.find_place(scope.places(), "school", slug)
    actor = identity.actor_at(place, current_user.id, current_user.locale, scope.now())
    tenancy.identity.remove()
    return actor


@bp.get("/digests/<kind>/<any(school, district):place_kind>/<slug>")
def preview(kind: str, place_kind: str, slug: str):
    """What one's next digest of a school or district would say now."""
    place = identity.find_place(scope.places(), place_kind, slug)
    tenancy.identity.remove()
    return render_template(
        "pages/digest_preview.html",
        kind=kind,
        place=place,
        preview=digest_preview.preview(current_user.id, place, kind, scope.now()),
    )
