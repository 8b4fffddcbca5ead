"""The page on which a family answers about a home visit: GET shows, POST acts. The token in the path names
the question (see scope.RESOLVERS); it opens nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from webapp.domain import dates
from webapp.domain.errors import DomainError
from webapp.http import scope
from webapp.http.attempts import attempt, form_error, open_link
from webapp.http.i18n import LOCALES, current_locale
from webapp.http.layout import Layout
from webapp.models.schools import School
from webapp.services import guest_view, visit_guests
from webapp.tenancy import Actor

bp = Blueprint("visits", __name__, url_prefix="/v/<visit_token>")


def resolve(token: str) -> Actor:
    """The family behind a link; NotFound for one that opens nothing, and a plain wait for who tries many."""
    arrival = open_link("visit", token, lambda: visit_guests.identify(token, now=scope.now()))
    g.guest_locale = arrival.locale
    g.guest_is_live = arrival.is_live
    return arrival.actor


scope.RESOLVERS["visit_token"] = resolve


def live(view: Callable[..., Any]) -> Callable[..., Any]:
    """Views of links that still work; the others lead to a plain page with the school's telephone."""

    @wraps(view)
    def guarded(**values: Any) -> Any:
        if g.guest_is_live:
            return view(**values)
        ended = visit_guests.ended(g.actor)
        return render_template("guest/visit_expired.html", ended=ended, **_frame(ended.school)), 410

    return guarded


@bp.get("/")
@live
def page():
    """May the school visit?"""
    return _page()


@bp.post("/answer")
@live
def answer():
    """Yes, no, another time."""
    given = {name: request.form.get(name, "") for name in ("answer", "proposed_time", "message")}
    refusal = attempt(lambda: visit_guests.answer(g.actor, **given))
    if refusal is not None:
        return _page(refusal=refusal), refusal.status
    flash(_("Thank you: your answer is with the school. You can change it until the visit."), "success")
    return redirect(url_for("visits.page", _anchor="answer"), 303)


@bp.post("/not-me")
@live
def not_me():
    """ "This is not for me": the link stops, the school is told."""
    visit_guests.disown(g.actor)
    return render_template("guest/goodbye.html", **_frame(guest_view.letterhead(g.actor)))


@bp.post("/language/<locale>")
@live
def language(locale: str):
    """Choose the language of the page."""
    session["locale"] = locale if locale in LOCALES else "id"
    visit_guests.choose_locale(g.actor, session["locale"])
    return redirect(url_for("visits.page"), 303)


# --- inside ---------------------------------------------------------------------------------------


def _page(*, refusal: DomainError | None = None) -> str:
    question = visit_guests.question(g.actor)
    return render_template(
        "guest/visit.html",
        question=question,
        errors=form_error(refusal),
        typed=request.form if refusal is not None else {},
        **_frame(question.school),
    )


def _frame(school: School) -> dict[str, Any]:
    lines = [_("Phone %(phone)s", phone=school.phone)] if school.phone else []
    return {
        "letterhead": {"name": school.name, "lines": lines},
        "school_phone": school.phone,
        "layout": Layout(
            title=school.name,
            school_name=school.name,
            school_zone_label=dates.zone_label(g.actor.time_zone),
            locale=current_locale(),
            language_urls=tuple((code, url_for("visits.language", locale=code)) for code in LOCALES),
            home_url=url_for("visits.page"),
        ),
    }
