"""Students: the register, the card, entries by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _

from admin import register_files
from admin.base import SchoolPages, actor, attempt, done, form_error
from admin.guardians import GuardianRoutes
from admin.merges import MergeRoutes
from webapp.domain import dates, words
from webapp.domain.errors import DomainError, NotFound
from webapp.domain.permissions import Permission, allows
from webapp.domain.procedures import NOUNS
from webapp.domain.transfers import STATES as TRANSFER_STATES
from webapp.http import frame
from webapp.http.errors import say
from webapp.reports import behaviour_charts
from webapp.services import access, student_card, student_entries, students, transfers
from webapp.services.case_timeline import Place
from webapp.services.student_entries import InvalidStudent


class StudentPages(GuardianRoutes, MergeRoutes, SchoolPages):
    """Students and, on their pages, guardians."""

    noun = "students"
    path = "/s/<school>/students"
    need = Permission.STUDENT_LIST

    @expose("/")
    def index(self):
        asked = _asked()
        register = students.register(
            actor(),
            **asked,
            after=request.args.get("after", type=int),
            before=request.args.get("before", type=int),
        )
        kept = {"q": asked["text"], "class": asked["class_name"], "show": "left" if asked["left"] else ""}
        return render_template(
            "pages/students/index.html",
            register=register,
            asked=asked,
            kept={name: value for name, value in kept.items() if value},
            opens_cards=students.may_open_card(actor()),
            may_export=allows(Permission.REGISTER_EXPORT, roles=actor().roles),
            may_enter=allows(Permission.STUDENT_IMPORT, roles=actor().roles),
            may_refer=allows(Permission.STUDENT_REFER, roles=actor().roles),
            may_move=allows(Permission.TRANSFER_SEND, roles=actor().roles),
        )

    @expose("/register.xlsx", methods=("POST",))
    def export(self):
        return register_files.hand_out("students", _asked())

    @expose("/lookup")
    def lookup(self):
        """For pickers: [[id, "name · class · NISN"], …], at most 20."""
        hits = students.search(actor(), request.args.get("query", ""))
        return jsonify(
            [
                [str(hit.id), " · ".join(filter(None, (hit.name, hit.class_name, hit.nisn)))]
                for hit in hits[: request.args.get("limit", students.MOST_HITS, type=int)]
            ]
        )

    @expose("/<int:student_id>/")
    def student(self, student_id: int):
        try:
            return _card(student_id)
        except NotFound:
            kept = students.kept_instead(actor(), student_id)
            if kept is None:
                raise
            return redirect(url_for("students.student", student_id=kept))

    @expose("/new", methods=("GET", "POST"))
    def new(self):
        if request.method == "GET":
            access.require(actor(), Permission.STUDENT_IMPORT)
            return _form({})
        made: list[int] = []
        refusal = attempt(lambda: made.append(student_entries.add_student(actor(), _entries()).id))
        if refusal is not None:
            return _form(_entries(), refusal)
        return done(_("The student was added."), "students.student", student_id=made[0])

    @expose("/<int:student_id>/edit", methods=("GET", "POST"))
    def edit(self, student_id: int):
        entered = student_entries.entered(actor(), student_id)
        if request.method == "GET":
            return _form(entered, student_id=student_id, name=entered["name"])
        refusal = attempt(lambda: student_entries.edit_student(actor(), student_id, _entries()))
        if refusal is not None:
            return _form(_entries(), refusal, student_id=student_id, name=entered["name"])
        return done(_("The changes were saved."), "students.student", student_id=student_id)

    @expose("/<int:student_id>/left", methods=("POST",))
    def left(self, student_id: int):
        refusal = attempt(
            lambda: student_entries.mark_left(actor(), student_id, on=left_on(), kind=left_kind())
        )
        if refusal is not None:
            return _card(student_id, refusal)
        return done(_("The student is marked as having left."), "students.student", student_id=student_id)

    @expose("/<int:student_id>/back", methods=("POST",))
    def back(self, student_id: int):
        student_entries.mark_back(actor(), student_id)
        return done(_("The student is at the school again."), "students.student", student_id=student_id)


def _asked() -> dict[str, Any]:
    """The filters of the register that stand in the address."""
    return {
        "text": request.args.get("q", "").strip(),
        "class_name": request.args.get("class", ""),
        "left": request.args.get("show") == "left",
    }


def left_on() -> date:
    """The day of leaving in the form that was sent; Invalid names the field."""
    return dates.parse_date(request.form.get("left_on", ""), field="left_on")


def left_kind() -> str:
    """How they left, as the form that was sent says it."""
    return request.form.get("left_kind", "")


def _entries() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in student_entries.FIELDS}


def _card(student_id: int, refusal: DomainError | None = None):
    kind = request.args.get("kind", "")
    kind = kind if kind in words.TIMELINE_KINDS else ""
    before = Place.parse(request.args.get("before", ""))
    card = student_card.card(actor(), student_id, kind=kind, before=before)
    locale = frame.current_locale()
    page = render_template(
        "pages/students/student.html",
        student=card.student,
        history=card.history,
        names_cases=card.history.cases if card.history else {},
        courses=behaviour_charts.courses(card.history.behaviours, locale) if card.history else {},
        due_words=lambda due_on: dates.due_words(due_on, actor().today, locale),
        most_lines=student_card.MOST_LINES,
        nouns=NOUNS,
        kind=kind,
        is_newest=before is None,
        moves=transfers.of_student(actor(), student_id) if card.history else (),
        transfer_states=TRANSFER_STATES,
        may_open_case=allows(Permission.CASE_OPEN, roles=actor().roles),
        left_kind=left_kind(),
        left_on=request.form.get("left_on") or actor().today.isoformat(),
        errors=form_error(refusal),
    )
    return (page, refusal.status) if refusal else page


def _form(values: dict[str, str], refusal: DomainError | None = None, **about: Any):
    errors = form_error(refusal)
    if isinstance(refusal, InvalidStudent):
        errors = {name: say(problem) for name, problem in refusal.problems.items()}
    page = render_template("pages/students/form.html", values=values, errors=errors, **about)
    return (page, refusal.status) if refusal else page
