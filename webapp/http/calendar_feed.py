"""The private calendar of a person at a school, for calendar programs: who has the address may read it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from webapp import tenancy
from webapp.domain.errors import NotFound
from webapp.domain.procedures import NOUNS
from webapp.http import scope
from webapp.mail import ical
from webapp.services import calendar_feeds
from webapp.services.calendar_page import CalendarEntry

bp = Blueprint("calendar_feed", __name__)


@bp.get("/cal/<token>.ics")
def feed(token: str) -> Response:
    """The person's own meetings and visits, without anybody's name."""
    try:
        visit = calendar_feeds.find(token, scope.now())
    except NotFound:
        if calendar_feeds.is_guessing(token, request.remote_addr or "", scope.now()):
            abort(429)
        raise
    finally:
        tenancy.identity.remove()

    base_url = current_app.config["PAMONG"].base_url

    def url_of(entry: CalendarEntry) -> str:
        if not entry.opens:
            page = url_for("calendar.index", school=visit.place.slug)
        elif entry.procedure == "conference":
            page = url_for("conferences.show", school=visit.place.slug, conference_id=entry.id)
        else:
            page = url_for(f"{NOUNS[entry.procedure]}.show", school=visit.place.slug, activity_id=entry.id)
        return f"{base_url}{page}"

    with tenancy.work(visit.actor):
        events = calendar_feeds.read(visit.actor, url_of=url_of)
    if events is None:
        abort(429)
    with force_locale(visit.actor.locale):
        name = _("Calendar · %(school)s", school=visit.place.name)
    response = Response(ical.feed(name, events), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="pamong.ics"'
    return response
