"""Letters, minutes and reports: being made, ready, delivered."""

from __future__ import annotations

from io import BytesIO

from flask import jsonify, render_template, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import SchoolPages, actor, attempt, done, form_error
from webapp.domain import words
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission, allows
from webapp.http import frame
from webapp.services import deliveries, documents

PDF = "application/pdf"
# The words of js/progress.js for a state.
_JOB_STATES = {
    "queued": "running",
    "running": "running",
    "ready": "finished",
    "failed": "failed",
    "expired": "finished",
}


class DocumentPages(SchoolPages):
    """Letters, minutes and reports: being made, ready, delivered."""

    noun = "documents"
    path = "/s/<school>/documents"
    need = Permission.REPORT_LIST

    @expose("/")
    def index(self) -> str:
        chosen = request.args.get("state")
        state = chosen if chosen in words.REPORT_STATES else None
        older_than = request.args.get("older", type=int)
        page = documents.list_documents(actor(), older_than=older_than, state=state)
        return render_template(
            "pages/documents/index.html",
            page=page,
            state=state,
            may_recap=allows(Permission.RECAP, roles=actor().roles),
            newest_url=url_for("documents.index", state=state) if older_than else None,
            older_url=url_for("documents.index", state=state, older=page.older_than)
            if page.older_than
            else None,
        )

    @expose("/<int:document_id>/progress")
    def progress(self, document_id: int) -> Response:
        line = documents.get_document(actor(), document_id)
        locale = frame.current_locale()
        is_ready = line.state.key == "ready"
        return jsonify(
            done=line.done,
            total=line.total,
            state=_JOB_STATES[line.state.key],
            label=line.title.label(locale),
            text=_(line.message_id, **line.params) if line.message_id else line.state.label(locale),
            next=url_for("documents.index") if is_ready else None,
        )

    @expose("/<int:document_id>/again", methods=("POST",))
    def again(self, document_id: int):
        documents.again(actor(), document_id)
        return done(_("The document is being made again."), "documents.index")

    @expose("/<int:document_id>/deliver", methods=("GET", "POST"))
    def deliver(self, document_id: int):
        refusal = None
        if request.method == "POST":
            chosen = [int(value) for value in request.form.getlist("person") if value.isdecimal()]
            refusal = attempt(lambda: deliveries.deliver(actor(), document_id, chosen))
            if refusal is None:
                message = _("Delivered. They are told by a mail that says nothing of it.")
                return done(message, "documents.deliver", document_id=document_id)
        return self._deliveries(document_id, refusal)

    @expose("/deliveries/<int:delivery_id>/withdraw", methods=("POST",))
    def withdraw(self, delivery_id: int):
        report_id = deliveries.find(actor(), delivery_id).report_id
        reason = request.form.get("reason", "")
        refusal = attempt(lambda: deliveries.withdraw(actor(), delivery_id, reason=reason))
        if refusal is None:
            return done(
                _("Taken back: it opens to this person no more."), "documents.deliver", document_id=report_id
            )
        return self._deliveries(report_id, refusal)

    @staticmethod
    def _deliveries(document_id: int, refusal: DomainError | None):
        page = render_template(
            "pages/documents/deliver.html",
            page=deliveries.page(actor(), document_id),
            chosen=request.form.getlist("person"),
            errors=form_error(refusal),
        )
        return page, refusal.status if refusal else 200

    @expose("/<int:document_id>/file")
    def file(self, document_id: int) -> Response:
        document = documents.open_document(actor(), document_id, form=request.args.get("form", "pdf"))
        return send_file(
            BytesIO(document.content),
            mimetype=document.media_type,
            as_attachment="save" in request.args or document.media_type != PDF,
            download_name=document.file_name,
            max_age=0,
        )
