"""Teachers refer a student to the counsellor; counsellors take referrals or answer them."""

from __future__ import annotations

from flask import render_template, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import SchoolPages, actor, attempt, done, form_error
from webapp.domain import words
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission, allows
from webapp.services import access, cases, student_referrals, students

Answer = str | Response | tuple[str, int]


class ReferralPages(SchoolPages):
    """Referrals of students by teachers."""

    noun = "referrals"
    path = "/s/<school>/cases/referrals"
    need = Permission.SCHOOL_HOME

    @expose("/")
    def index(self) -> str:
        state = request.args.get("state", "new")
        state = state if state in words.STUDENT_REFERRAL_STATES else "new"
        takes, refers = (
            allows(need, roles=actor().roles) for need in (Permission.REFERRAL_TAKE, Permission.STUDENT_REFER)
        )
        # Whoever may do neither is refused by the service.
        own = student_referrals.list_own(actor()) if refers or not takes else []
        return render_template(
            "pages/referrals/index.html",
            incoming=student_referrals.list_incoming(actor(), state) if takes else [],
            own=own,
            state=state,
            takes=takes,
            refers=refers,
        )

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> Answer:
        access.require(actor(), Permission.STUDENT_REFER)
        student_id = request.values.get("student", type=int)
        text = request.args.get("q", "")
        refusal: DomainError | None = None
        if request.method == "POST" and student_id is not None:
            body = request.form.get("body", "")
            refusal = attempt(lambda: student_referrals.refer(actor(), student_id=student_id, body=body))
            if refusal is None:
                return done(_("The counsellor is told."), "referrals.index")
        page = render_template(
            "pages/referrals/new.html",
            student=None
            if student_id is None
            else access.get_student(actor(), student_id, need=Permission.STUDENT_LIST),
            hits=students.search(actor(), text) if student_id is None else (),
            text=text,
            errors=form_error(refusal),
        )
        return page if refusal is None else (page, refusal.status)

    @expose("/<int:referral_id>/", methods=("GET", "POST"))
    def referral(self, referral_id: int) -> Answer:
        refusal: DomainError | None = None
        answer = request.form.get("answer", "")
        if request.method == "POST" and request.form.get("act") == "decline":
            refusal = attempt(lambda: student_referrals.decline(actor(), referral_id, answer=answer))
            if refusal is None:
                return done(_("The teacher reads your answer."), "referrals.index")
        elif request.method == "POST":
            case_id = request.form.get("case_id", 0, type=int)
            refusal = attempt(
                lambda: student_referrals.take(actor(), referral_id, case_id=case_id, answer=answer)
            )
            if refusal is None:
                return done(_("The referral stands in the case now."), "cases.case", case_id=case_id)
        view = student_referrals.get_incoming(actor(), referral_id)
        page = render_template(
            "pages/referrals/referral.html",
            referral=view,
            options=cases.open_case_options(actor(), student_id=view.student_id),
            errors=form_error(refusal),
        )
        return page if refusal is None else (page, refusal.status)
