"""The case register and the page of one case."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin import register_files
from admin.base import SchoolPages, actor, attempt, done, form_error
from admin.case_files import CaseFilePages
from admin.case_links import CaseLinkPages
from admin.case_team import CaseTeamPages
from webapp.domain import cases as rules
from webapp.domain import dates, words
from webapp.domain.permissions import Permission, allows
from webapp.domain.procedures import FRAMED, NOUNS
from webapp.http import frame
from webapp.models.students import Student
from webapp.reports import behaviour_charts
from webapp.services import (
    access,
    case_notes,
    case_page,
    case_register,
    cases,
    progress,
    student_referrals,
    students,
)
from webapp.services.case_register import ACTIVE, ALL, CaseFilters
from webapp.services.case_timeline import Place
from webapp.uploads import files

CASE_FIELDS = ("field", "source", "severity", "summary")
Answer = str | Response | tuple[str, int]


class CasePages(CaseFilePages, CaseLinkPages, CaseTeamPages, SchoolPages):
    """The case register and the page of one case."""

    noun = "cases"
    path = "/s/<school>/cases"
    # The register asks for its own permission; a case opens to whoever is on its team.
    need = Permission.SCHOOL_HOME

    @expose("/")
    def index(self) -> str:
        filters = _filters()
        page = case_register.list_cases(
            actor(),
            filters,
            older_than=request.args.get("older_than", type=int),
            newer_than=request.args.get("newer_than", type=int),
        )
        takes_referrals = allows(Permission.REFERRAL_TAKE, roles=actor().roles)
        return render_template(
            "pages/cases/index.html",
            page=page,
            filters=filters,
            counts=case_register.count_views(actor()),
            counted_to=case_register.COUNTED_TO,
            owners=case_register.owners(actor()),
            classes=[(name, name) for name in case_register.classes(actor())],
            may_open=allows(Permission.CASE_OPEN, roles=actor().roles),
            may_export=allows(Permission.REGISTER_EXPORT, roles=actor().roles),
            new_referrals=student_referrals.count_new(actor()) if takes_referrals else None,
            address=_register_address(filters),
        )

    @expose("/register.xlsx", methods=("POST",))
    def export(self) -> Response:
        return register_files.hand_out("cases", asdict(_filters()))

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> Answer:
        access.require(actor(), Permission.CASE_OPEN)
        referral_id = request.values.get("referral", type=int)
        referral = None if referral_id is None else student_referrals.get_incoming(actor(), referral_id)
        student_id = request.values.get("student", type=int) if referral is None else referral.student_id
        text = request.args.get("q", "")
        opened: list[int] = []
        refusal = None
        values: dict[str, Any] = {"source": "homeroom" if referral else ""}
        if request.method == "POST" and student_id is not None:
            values = _case_values()

            def open_it() -> None:
                case = cases.open_case(
                    actor(),
                    student_id=student_id,
                    **_case_values(),
                    note=request.form.get("note", ""),
                    note_kind=request.form.get("note_kind", "fact"),
                    referral_id=referral_id,
                )
                opened.append(case.id)

            refusal = attempt(open_it)
            if refusal is None:
                return done(_("The case is open."), "cases.case", case_id=opened[0])
        page = render_template(
            "pages/cases/new.html",
            student=_student(student_id),
            hits=students.search(actor(), text) if student_id is None else (),
            text=text,
            referral=referral,
            known=() if student_id is None else case_register.for_student(actor(), student_id),
            values=values,
            errors=form_error(refusal),
        )
        return page if refusal is None else (page, refusal.status)

    @expose("/<int:case_id>/")
    def case(self, case_id: int) -> str:
        return self.case_page(case_id)

    @expose("/<int:case_id>/notes", methods=("POST",))
    def add_note(self, case_id: int) -> Answer:
        refusal = attempt(lambda: case_notes.add_note(actor(), case_id, **_note_values()))
        if refusal is None:
            return done(
                _("The note stands in the timeline."), "cases.case", case_id=case_id, _anchor="timeline"
            )
        if refusal.status == 404:
            raise refusal
        return self.case_page(case_id, errors=form_error(refusal)), refusal.status

    @expose("/<int:case_id>/notes/<int:note_id>/", methods=("GET", "POST"))
    def note(self, case_id: int, note_id: int) -> Answer:
        refusal = None
        if request.method == "POST":
            wording_id = request.form.get("wording", note_id, type=int)
            refusal = attempt(lambda: case_notes.correct_note(actor(), case_id, wording_id, **_note_values()))
            if refusal is None:
                return done(
                    _("The correction is saved; the earlier wording is kept."), "cases.case", case_id=case_id
                )
            if refusal.status == 404:
                raise refusal
        page = render_template(
            "pages/cases/note.html",
            head=case_page.head(actor(), case_id, part="note"),
            trail=case_notes.note_trail(actor(), case_id, note_id),
            errors=form_error(refusal),
        )
        return page if refusal is None else (page, refusal.status)

    @expose("/<int:case_id>/edit", methods=("GET", "POST"))
    def edit(self, case_id: int) -> Answer:
        refusal = None
        if request.method == "POST":
            refusal = attempt(lambda: cases.edit_case(actor(), case_id, **_case_values()))
            if refusal is None:
                return done(_("The case is changed."), "cases.case", case_id=case_id)
            if refusal.status == 404:
                raise refusal
        head = case_page.head(actor(), case_id, part="edit")
        stored = {name: getattr(head, name) for name in (*CASE_FIELDS, "kinds")}
        page = render_template(
            "pages/cases/edit.html",
            head=head,
            values=_case_values() if refusal else stored,
            errors=form_error(refusal),
        )
        return page if refusal is None else (page, refusal.status)

    @expose("/<int:case_id>/status", methods=("GET", "POST"))
    def status(self, case_id: int) -> Answer:
        refusal = None
        if request.method == "POST":
            refusal = attempt(
                lambda: cases.change_status(
                    actor(), case_id, to=request.form.get("to", ""), reason=request.form.get("reason", "")
                )
            )
            if refusal is None:
                return done(_("The status is changed."), "cases.case", case_id=case_id)
            if refusal.status == 404:
                raise refusal
        head = case_page.head(actor(), case_id, part="status")
        page = render_template(
            "pages/cases/status.html",
            head=head,
            facts=cases.case_facts(actor(), case_id),
            targets=rules.TRANSITIONS[head.status],
            chosen=request.values.get("to", ""),
            errors=form_error(refusal),
        )
        return page if refusal is None else (page, refusal.status)

    @expose("/<int:case_id>/progress-report", methods=("POST",))
    def progress_report(self, case_id: int) -> Answer:
        progress.request(actor(), case_id, locale=frame.current_locale())
        return done(_("The report is being made; it appears among the documents."), "documents.index")

    def case_page(self, case_id: int, *, errors: dict[str, str] | None = None) -> str:
        kind = request.args.get("kind", "")
        kind = kind if kind in words.TIMELINE_KINDS else ""
        page = case_page.page(actor(), case_id, kind=kind, before=Place.parse(request.args.get("before", "")))
        locale = frame.current_locale()
        return render_template(
            "pages/cases/case.html",
            page=page,
            head=page.head,
            kind=kind,
            is_newest="before" not in request.args,
            opens_cards=students.may_open_card(actor()),
            courses=behaviour_charts.courses(page.behaviours, locale),
            framed=FRAMED,
            nouns=NOUNS,
            due_words=lambda due_on: dates.due_words(due_on, actor().today, locale),
            file_limits={"accepted": files.ACCEPTED, "size": files.LARGEST // 1024 // 1024},
            errors=errors or {},
        )


def _student(student_id: int | None) -> Student | None:
    return (
        None if student_id is None else access.get_student(actor(), student_id, need=Permission.STUDENT_LIST)
    )


def _filters() -> CaseFilters:
    args = request.args
    text = args.get("q", "").strip()
    return CaseFilters(
        text=text,
        # Who searches by name or number looks for one case, whatever became of it.
        status=args.get("status") or (ALL if text else ACTIVE),
        mine="mine" in args,
        field=args.get("field", ""),
        kind=args.get("kind", ""),
        severity=args.get("severity", ""),
        owner_id=args.get("owner", type=int),
        class_name=args.get("class", ""),
    )


def _register_address(filters: CaseFilters) -> Any:
    """Address of the register with these filters, changed as given: what a view or a pager links to."""

    def address(
        *,
        endpoint: str = "cases.index",
        older_than: int | None = None,
        newer_than: int | None = None,
        **changes: Any,
    ) -> str:
        wanted = replace(filters, **changes)
        arguments: dict[str, Any] = {
            "q": wanted.text or None,
            "status": wanted.status,
            "mine": "1" if wanted.mine else None,
            "field": wanted.field or None,
            "kind": wanted.kind or None,
            "severity": wanted.severity or None,
            "owner": wanted.owner_id,
            "class": wanted.class_name or None,
            "older_than": older_than,
            "newer_than": newer_than,
        }
        return url_for(endpoint, **arguments)

    return address


def _case_values() -> dict[str, Any]:
    values: dict[str, Any] = {name: request.form.get(name, "") for name in CASE_FIELDS}
    values["kinds"] = request.form.getlist("kinds")
    return values


def _note_values() -> dict[str, Any]:
    typed = request.form.get("happened_on", "")
    return {
        "kind": request.form.get("kind", ""),
        "body": request.form.get("body", ""),
        "happened_on": dates.parse_date(typed, field="happened_on") if typed else actor().today,
    }
