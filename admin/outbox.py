"""Which mails left, arrived, bounced; sending again and keeping back by hand."""

from __future__ import annotations

from flask import current_app, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import SchoolPages, actor, done
from webapp.domain import words
from webapp.domain.permissions import Permission
from webapp.services import incoming_review, outbox_view, status


class OutboxPages(SchoolPages):
    """Which mails left, arrived, bounced."""

    noun = "outbox"
    path = "/s/<school>/outbox"
    need = Permission.OUTBOX_READ

    @expose("/")
    def index(self) -> str:
        chosen = request.args.get("state")
        state = chosen if chosen in words.OUTBOX_STATES else None
        older_than = request.args.get("older", type=int)
        page = outbox_view.page(actor(), state=state, older_than=older_than)
        return render_template(
            "pages/outbox/index.html",
            page=page,
            state=state,
            came_back=incoming_review.count(actor()),
            queues=status.queue_lengths(current_app.config["PAMONG"]),
            newest_url=url_for("outbox.index", state=state) if older_than else None,
            older_url=url_for("outbox.index", state=state, older=page.older_than)
            if page.older_than
            else None,
        )

    @expose("/<int:mail_id>/retry", methods=("POST",))
    def retry(self, mail_id: int) -> Response:
        outbox_view.retry(actor(), mail_id)
        return done(_("The mail will be sent again."), "outbox.index")

    @expose("/<int:mail_id>/withhold", methods=("POST",))
    def withhold(self, mail_id: int) -> Response:
        outbox_view.withhold(actor(), mail_id)
        return done(_("The mail is kept back."), "outbox.index")
