"""Two records of one student: who may be double, side by side, and made one."""

from __future__ import annotations

from flask import render_template, request
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin.base import actor, attempt, done, form_error
from webapp.domain import merging
from webapp.domain.errors import DomainError
from webapp.services import student_merges

_FIELD_NAMES = {
    "name": _l("Name"),
    "nisn": "NISN",
    "nipd": "NIPD",
    "sex": _l("Sex"),
    "birth_on": _l("Birth date"),
    "class_name": _l("Class"),
    "left": _l("At the school"),
    "birth_place": _l("Birth place"),
    "address": _l("Street and number"),
    "rt": "RT",
    "rw": "RW",
    "hamlet": _l("Hamlet (dusun)"),
    "village": _l("Village (kelurahan)"),
    "subdistrict": _l("Subdistrict (kecamatan)"),
    "postal_code": _l("Postal code"),
    "phone": _l("Phone"),
    "mobile": _l("Mobile phone"),
    "email": _l("E-mail"),
}


class MergeRoutes:
    """Pages beside the register; StudentPages brings place and permission."""

    @expose("/duplicates")
    def duplicates(self):
        return render_template("pages/students/duplicates.html", pairs=student_merges.candidates(actor()))

    @expose("/<int:student_id>/merge/<int:other_id>", methods=("GET", "POST"))
    def merge(self, student_id: int, other_id: int):
        if request.method == "GET":
            return _page(student_id, other_id)
        chosen = {name: request.form.get(name, "") for name in merging.FIELDS}
        refusal = attempt(lambda: student_merges.merge(actor(), student_id, other_id, chosen=chosen))
        if refusal is not None:
            return _page(student_id, other_id, refusal, chosen)
        return done(_("The two records are one now."), "students.student", student_id=student_id)


def _page(
    student_id: int, other_id: int, refusal: DomainError | None = None, chosen: dict[str, str] | None = None
):
    page = render_template(
        "pages/students/merge.html",
        found=student_merges.compare(actor(), student_id, other_id),
        names=_FIELD_NAMES,
        chosen=chosen or {},
        errors=form_error(refusal),
    )
    return (page, refusal.status) if refusal else page
