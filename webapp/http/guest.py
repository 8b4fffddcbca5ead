"""Guests' pages: GET shows, POST acts. The token in the path names the participant (see scope.RESOLVERS)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _

from webapp.domain import dates
from webapp.domain.errors import DomainError
from webapp.http import scope
from webapp.http.attempts import attempt, form_error, open_link
from webapp.http.i18n import LOCALES, current_locale
from webapp.http.layout import Layout
from webapp.mail import ical
from webapp.mail.messages import calendar_facts
from webapp.services import answers, guest_conduct, guest_mail, guest_view, guests, links, pledges
from webapp.tenancy import Actor

bp = Blueprint("guest", __name__, url_prefix="/g/<token>")


def resolve(token: str) -> Actor:
    """The guest behind a link; NotFound for one that opens nothing, and a plain wait for who tries many."""
    arrival = open_link("guest", token, lambda: guests.identify(token, request.cookies, now=scope.now()))
    g.guest_locale = arrival.locale
    g.guest_is_live = arrival.is_live
    return arrival.actor


scope.RESOLVERS["token"] = resolve


def live(view: Callable[..., Any]) -> Callable[..., Any]:
    """Views of links that still work; the others lead to the page that mails a new one."""

    @wraps(view)
    def guarded(**values: Any) -> Any:
        return view(**values) if g.guest_is_live else _expired()

    return guarded


# --- what is shown --------------------------------------------------------------------------------


@bp.get("/")
@live
def page():
    """What am I asked, and what do I answer?"""
    return _page()


def _page(*, refusal: DomainError | None = None, form: str = "") -> str:
    visit = guest_view.visit(g.actor)
    invitation = visit.invitation()
    opened = invitation.is_verified and invitation.signed_at is not None
    entry = calendar_facts(visit.calendar_entry(link=_own_url()), current_locale())
    return render_template(
        "guest/page.html",
        layout=_layout(invitation.school_name),
        letterhead={
            "name": invitation.school_name,
            "lines": _lines(invitation.school_lines, invitation.school_phone),
        },
        invitation=invitation,
        conference=visit.conference,
        conduct=guest_conduct.view(g.actor, visit) if opened else None,
        google_url=ical.google_calendar_url(entry),
        errors=form_error(refusal),
        failed=form,
        typed=request.form if form else {},
    )


def _expired() -> tuple[str, int]:
    school = guest_view.letterhead(g.actor)
    page = render_template(
        "guest/expired.html",
        layout=_layout(school.name),
        letterhead={"name": school.name, "lines": _lines((), school.phone)},
        school_phone=school.phone,
    )
    return page, 410


@bp.get("/calendar.ics")
@live
def calendar() -> Response:
    """The meeting as a file for any calendar."""
    entry = calendar_facts(guest_view.visit(g.actor).calendar_entry(link=_own_url()), current_locale())
    response = Response(ical.publish(entry), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    return response


# --- what is done ---------------------------------------------------------------------------------


@bp.post("/answer")
@live
def answer():
    """Come, cannot come, another time."""
    own = guests.own_row(g.actor)
    given = {name: request.form.get(name, "") for name in ("answer", "proposed_time")}
    # The earlier message is not shown to whoever holds the link, so an empty field does not erase it.
    message = request.form.get("message", "").strip() or None
    return act(
        lambda: answers.answer(g.actor, own.conference_id, message=message, **given),
        _("Thank you: your answer is with the school. You can change it until the meeting starts."),
        form="answer",
    )


@bp.post("/sign")
@live
def sign():
    """Sign the commitment to confidentiality and readiness to help."""
    own = guests.own_row(g.actor)
    return act(
        lambda: pledges.sign(g.actor, own.conference_id, typed_name=request.form.get("signature", "")),
        _("Thank you: you have signed the commitment."),
        form="sign",
    )


@bp.post("/decline")
@live
def decline():
    """Decline the commitment: one takes no part, unless one signs before the meeting after all."""
    own = guests.own_row(g.actor)
    return act(
        lambda: pledges.refuse(g.actor, own.conference_id, message=request.form.get("message", "")),
        _("The school is told that you do not sign. You can change your mind until the meeting."),
        form="sign",
    )


@bp.post("/code")
@live
def send_code():
    """Mail a one-time code to the guest's own address."""
    return act(
        lambda: guest_mail.send_code(g.actor),
        _("A code is on its way to your mailbox. It works for ten minutes."),
        form="code",
    )


@bp.post("/enter")
@live
def enter_code():
    """The right code opens the content in this browser."""
    grant = guests.enter_code(g.actor, request.form.get("code", "")[:20])
    if grant is None:
        flash(_("This code does not work: it was mistyped, is too old, or was used before."), "error")
        return _back("code")
    flash(_("Welcome: this page is open to you for the next hours, in this browser."), "success")
    response = _back("content")
    response.set_cookie(
        guests.cookie_name(g.actor.participant_id),
        grant.secret,
        expires=grant.until,
        path="/g/",
        httponly=True,
        samesite="Lax",
        secure=current_app.config["PAMONG"].serves_tls,
    )
    return response


@bp.post("/not-me")
@live
def not_me():
    """ "This is not for me": the links stop, the school is told."""
    guests.disown(g.actor)
    school = guest_view.letterhead(g.actor)
    return render_template(
        "guest/goodbye.html",
        layout=_layout(school.name),
        letterhead={"name": school.name, "lines": _lines((), school.phone)},
    )


@bp.post("/fresh-link")
def fresh_link():
    """Mail a new link to the address that the old one had gone to; the answer is always the same."""
    guest_mail.send_fresh_link(g.actor)
    school = guest_view.letterhead(g.actor)
    return render_template(
        "guest/link_sent.html",
        layout=_layout(school.name),
        letterhead={"name": school.name, "lines": _lines((), school.phone)},
    )


@bp.post("/language/<locale>")
def language(locale: str):
    """Choose the language of the page and of the mails that follow."""
    session["locale"] = locale if locale in LOCALES else "id"
    guests.choose_locale(g.actor, session["locale"])
    return _back()


# --- inside ---------------------------------------------------------------------------------------


def act(do: Callable[[], Any], sentence: str, *, form: str) -> Any:
    """Act and come back to `form` of the guest's page; a refusal is said there, with what was typed."""
    refusal = attempt(do)
    if refusal is not None:
        return _page(refusal=refusal, form=form), refusal.status
    flash(sentence, "success")
    return _back(form)


def _back(anchor: str | None = None) -> Any:
    return redirect(url_for("guest.page", _anchor=anchor), 303)


def _own_url() -> str:
    return links.guest_url(g.tenant["token"])


def _lines(lines: tuple[str, ...], phone: str | None) -> list[str]:
    return [*lines, *([_("Phone %(phone)s", phone=phone)] if phone else [])]


def _layout(school_name: str) -> Layout:
    return Layout(
        title=school_name,
        school_name=school_name,
        school_zone_label=dates.zone_label(g.actor.time_zone),
        locale=current_locale(),
        language_urls=tuple((code, url_for("guest.language", locale=code)) for code in LOCALES),
        home_url=url_for("guest.page"),
    )
