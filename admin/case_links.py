"""Linking a case to another one, and taking a link away. Mixed into the case pages."""

from __future__ import annotations

from flask import render_template, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import actor, attempt, done, form_error
from webapp.services import case_links, case_page

Answer = str | Response | tuple[str, int]
FIELDS = ("number", "kind", "note")


class CaseLinkPages:
    """Addresses under /cases/<id>/links/; the list stands on the page of the case."""

    @expose("/<int:case_id>/links/", methods=("GET", "POST"))
    def link(self, case_id: int) -> Answer:
        refusal = None
        if request.method == "POST":
            given = {name: request.form.get(name, "") for name in FIELDS}
            refusal = attempt(lambda: case_links.link(actor(), case_id, **given))
            if refusal is None:
                return done(_("The two cases are linked."), "cases.case", case_id=case_id, _anchor="links")
            if refusal.status == 404:
                raise refusal
        page = render_template(
            "pages/cases/link.html",
            head=case_page.head(actor(), case_id, part="links"),
            candidates=case_links.candidates(actor(), case_id),
            errors=form_error(refusal),
        )
        return page if refusal is None else (page, refusal.status)

    @expose("/<int:case_id>/links/<int:link_id>/remove", methods=("POST",))
    def unlink(self, case_id: int, link_id: int) -> Response:
        case_links.unlink(actor(), case_id, link_id)
        return done(_("The two cases are no longer linked."), "cases.case", case_id=case_id, _anchor="links")
