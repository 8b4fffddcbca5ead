"""Students whom an imported list does not name: ticked as having left, or taken back."""

from __future__ import annotations

from flask import render_template, request
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext

from admin.base import actor, attempt, done, form_error
from admin.students import left_kind, left_on
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission, allows
from webapp.http.errors import say
from webapp.services import leavers


class LeaverRoutes:
    """Pages under an import; ImportPages brings permission and place."""

    @expose("/<int:import_id>/leavers", methods=("GET", "POST"))
    def leavers(self, import_id: int):
        if request.method == "GET":
            return _page(import_id)
        chosen = _ids("students")
        refusal = attempt(lambda: leavers.mark(actor(), import_id, chosen, kind=left_kind(), on=left_on()))
        if refusal is not None:
            return _page(import_id, refusal, chosen)
        said = ngettext(
            "One student is marked as having left.",
            "%(num)s students are marked as having left.",
            len(chosen),
        )
        return done(said, "imports.leavers", import_id=import_id)

    @expose("/<int:import_id>/leavers/back", methods=("POST",))
    def leavers_back(self, import_id: int):
        refusal = attempt(lambda: leavers.take_back(actor(), import_id, _ids("marked")))
        if refusal is not None:
            return _page(import_id, refusal)
        return done(_("They are at the school again."), "imports.leavers", import_id=import_id)


def _ids(field: str) -> set[int]:
    return {int(value) for value in request.form.getlist(field) if value.isdecimal()}


def _page(import_id: int, refusal: DomainError | None = None, chosen: set[int] | None = None):
    class_name = request.values.get("class", "")
    proposal = leavers.proposed(actor(), import_id, class_name=class_name)
    if chosen is None:
        # Nobody is ticked beforehand where the list may not be whole, unless a person asks for it.
        ticks = request.args.get("tick") == "all" or not proposal.suspicious
        chosen = {one.id for one in proposal.shown} if ticks else set()
    page = render_template(
        "pages/imports/leavers.html",
        import_id=import_id,
        proposal=proposal,
        class_name=class_name,
        chosen=chosen,
        sees_cases=allows(Permission.STUDENT_CARD, roles=actor().roles),
        left_kind=left_kind(),
        left_on=request.form.get("left_on") or actor().today.isoformat(),
        sentence=say,
        errors=form_error(refusal),
    )
    return (page, refusal.status) if refusal else page
