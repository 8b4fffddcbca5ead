"""Optional mails are switched off here without a sign-in: by a mail program's one click, or by a person.

Opening the address shows and never changes anything: mail scanners open every link. A POST needs no cookie
and no form token (RFC 8058): the link itself, which only the mail holds, says who asks and for what.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request

from webapp.http import scope
from webapp.services import digest_choices

bp = Blueprint("stop", __name__)

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""What a mail program sends, and our own form too; anything else is no wish of a reader."""


@bp.get("/stop/<token>")
def page(token: str):
    """What the link is about, and the button; names nobody."""
    return render_template("pages/stop.html", choice=digest_choices.find(token, scope.now()), done=False)


@bp.post("/stop/<token>")
def switch(token: str):
    """Switch off, or with `again` on again; answers with a page: mail programs follow no redirect."""
    choice = digest_choices.find(token, scope.now())
    field, wish = ONE_CLICK
    is_wish = request.form.get(field) == wish or request.form.get("again") == "yes"
    if is_wish:
        on = request.form.get("again") == "yes"
        digest_choices.switch(choice.user_id, choice.kind, scope.now(), on=on, by="link")
        choice = digest_choices.find(token, scope.now())
    return render_template("pages/stop.html", choice=choice, done=is_wish), 200 if is_wish else 400
