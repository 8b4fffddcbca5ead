"""Guardians, as routes below their student's page."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_admin import expose
from flask_babel import gettext as _

from admin.base import actor, attempt, done, form_error
from webapp.domain.errors import DomainError
from webapp.services import guardians, students


class GuardianRoutes:
    """Enter and change the guardians of one student; part of the student pages."""

    @expose("/<int:student_id>/guardians/new", methods=("GET", "POST"))
    def new_guardian(self, student_id: int):
        if request.method == "GET":
            return _form(student_id, {})
        refusal = attempt(lambda: guardians.add_guardian(actor(), student_id, _entries()))
        if refusal is not None:
            return _form(student_id, _entries(), refusal)
        return done(_("The guardian was added."), "students.student", student_id=student_id)

    @expose("/<int:student_id>/guardians/<int:guardian_id>/", methods=("GET", "POST"))
    def guardian(self, student_id: int, guardian_id: int):
        known = guardians.get_guardian(actor(), student_id, guardian_id)
        if request.method == "GET":
            values = {name: getattr(known, name) for name in guardians.FIELDS}
            return _form(student_id, values, guardian=known)
        refusal = attempt(lambda: guardians.edit_guardian(actor(), student_id, guardian_id, _entries()))
        if refusal is not None:
            return _form(student_id, _entries(), refusal, guardian=known)
        return done(_("The changes were saved."), "students.student", student_id=student_id)

    @expose("/<int:student_id>/guardians/<int:guardian_id>/forbid-contact", methods=("POST",))
    def forbid_contact(self, student_id: int, guardian_id: int):
        return _mark(
            student_id,
            guardian_id,
            lambda: guardians.forbid_contact(actor(), student_id, guardian_id, reason=_reason()),
            _("From now on this guardian is not contacted."),
        )

    @expose("/<int:student_id>/guardians/<int:guardian_id>/allow-contact", methods=("POST",))
    def allow_contact(self, student_id: int, guardian_id: int):
        return _mark(
            student_id,
            guardian_id,
            lambda: guardians.allow_contact(actor(), student_id, guardian_id, reason=_reason()),
            _("This guardian may be contacted again."),
        )


def _reason() -> str:
    return request.form.get("reason", "")


def _entries() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in guardians.FIELDS}


def _mark(student_id: int, guardian_id: int, act, said: str):
    refusal = attempt(act)
    if refusal is not None:
        known = guardians.get_guardian(actor(), student_id, guardian_id)
        values = {name: getattr(known, name) for name in guardians.FIELDS}
        return _form(student_id, values, refusal, guardian=known)
    return done(said, "students.student", student_id=student_id)


def _form(student_id: int, values: dict[str, str], refusal: DomainError | None = None, **about: Any):
    page = render_template(
        "pages/students/guardian.html",
        student=students.named(actor(), student_id),
        values=values,
        reason=_reason(),
        errors=form_error(refusal),
        **about,
    )
    return (page, refusal.status) if refusal else page
