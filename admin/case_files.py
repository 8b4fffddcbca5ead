"""The files of a case: bringing, handing out, removing. Mixed into the case pages."""

from __future__ import annotations

from io import BytesIO

from flask import flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug import Response

from admin.base import actor, attempt, done
from webapp.domain.errors import N_, DomainError, Invalid
from webapp.http.errors import say
from webapp.services import attachments

Answer = str | Response | tuple[str, int]


class CaseFilePages:
    """Addresses under /cases/<id>/files/; the list and the form stand on the page of the case."""

    def case_page(self, case_id: int, *, errors: dict[str, str] | None = None) -> str:
        """The page of the case, drawn again."""
        raise NotImplementedError

    @expose("/<int:case_id>/files/", methods=("POST",))
    def add_files(self, case_id: int) -> Answer:
        tried: list[str] = []

        def add_all() -> None:
            for upload in request.files.getlist("files"):
                if upload.filename:
                    tried.append(upload.filename)
                    attachments.add(actor(), case_id, name=upload.filename, content=upload.read())
            if not tried:
                raise Invalid(N_("Choose a file."))

        refusal = attempt(add_all)
        if refusal is not None:
            return self.case_page(case_id, errors={"files": _naming(tried, refusal)}), refusal.status
        message = ngettext(
            "The file is kept with the case.", "%(num)s files are kept with the case.", len(tried)
        )
        return done(message, "cases.case", case_id=case_id, _anchor="files-of-case")

    @expose("/<int:case_id>/files/<int:file_id>")
    def file(self, case_id: int, file_id: int) -> Response:
        found = attachments.open_file(actor(), case_id, file_id)
        # Never shown inside our own pages: whatever the file holds, it runs nowhere under our address.
        return send_file(
            BytesIO(found.content),
            mimetype=found.media_type,
            as_attachment=True,
            download_name=found.name,
            max_age=0,
        )

    @expose("/<int:case_id>/files/<int:file_id>/remove", methods=("POST",))
    def remove_file(self, case_id: int, file_id: int) -> Response:
        refusal = attempt(lambda: attachments.remove(actor(), case_id, file_id))
        flash(say(refusal) if refusal else _("The file is removed."), "error" if refusal else "success")
        return redirect(url_for("cases.case", case_id=case_id, _anchor="files-of-case"), 303)


def _naming(tried: list[str], refusal: DomainError) -> str:
    """The reason after the name of the refused file: shown to who brought it, and kept nowhere."""
    if not tried:
        return say(refusal)
    reason = _("%(file)s: %(reason)s", file=tried[-1], reason=say(refusal))
    return reason if len(tried) == 1 else reason + " " + _("None of the files was kept.")
