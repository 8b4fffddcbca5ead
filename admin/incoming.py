"""Mails that came back and at which somebody must look: record an answer, or dismiss."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import SchoolPages, actor, attempt, done, form_error
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission
from webapp.services import incoming_review
from webapp.services.incoming import MOST_A_DAY


class IncomingPages(SchoolPages):
    """Mails that came back and at which somebody must look."""

    noun = "incoming"
    path = "/s/<school>/outbox/incoming"
    need = Permission.OUTBOX_READ

    @expose("/")
    def index(self) -> str:
        return _page()

    @expose("/<int:incoming_id>/record", methods=("POST",))
    def record(self, incoming_id: int) -> str | Response | tuple[str, int]:
        """What the mail says becomes its participant's answer."""
        given = {name: request.form.get(name, "") for name in ("answer", "message", "proposed_time")}
        refusal = attempt(lambda: incoming_review.record(actor(), incoming_id, **given))
        if refusal is None:
            return done(_("The answer is recorded."), "incoming.index")
        return _page(refusal, incoming_id), refusal.status

    @expose("/<int:incoming_id>/dismiss", methods=("POST",))
    def dismiss(self, incoming_id: int) -> Response:
        incoming_review.dismiss(actor(), incoming_id)
        return done(_("The mail is dismissed."), "incoming.index")


def _page(refusal: DomainError | None = None, failed: int | None = None) -> str:
    older_than = request.args.get("older", type=int)
    page = incoming_review.page(actor(), older_than=older_than)
    errors = form_error(refusal)
    return render_template(
        "pages/outbox/incoming.html",
        page=page,
        most_a_day=MOST_A_DAY,
        errors=errors,
        summary={f"{name}-{failed}" if name else None: message for name, message in errors.items()},
        failed=failed,
        typed=request.form if refusal else {},
        newest_url=url_for("incoming.index") if older_than else None,
        older_url=url_for("incoming.index", older=page.older_than) if page.older_than else None,
    )
