"""Case conferences: the list, the request form, and the page of one conference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import SchoolPages, actor
from admin.conference_forms import RequestForm, by_field
from admin.conference_participants import ParticipantPages, answer_fields
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission
from webapp.domain.procedures import FRAMED
from webapp.http import frame
from webapp.http.attempts import attempt, done, form_error
from webapp.http.errors import say
from webapp.models.cases import Case
from webapp.models.conferences import ConferenceRequest
from webapp.reports.data import DOCUMENTS
from webapp.services import (
    access,
    answers,
    cases,
    clashes,
    conduct_view,
    conference_list,
    conference_request,
    conference_view,
    conferences,
    guests,
    participants,
    pledges,
    suspicions,
)
from webapp.uploads import files


class ConferencePages(ParticipantPages, SchoolPages):
    """Case conferences: the list, the request form, and the page of one conference."""

    noun = "conferences"
    path = "/s/<school>/conferences"
    need = Permission.SCHOOL_HOME

    @expose("/")
    def index(self):
        """Upcoming, waiting and past conferences, paged by key."""
        page = conference_list.page(
            actor(), kind=request.args.get("show", "upcoming"), after=request.args.get("after")
        )
        return render_template("pages/conferences/index.html", page=page, framed=FRAMED)

    # --- the request ------------------------------------------------------------------------------

    @expose("/new", methods=("GET", "POST"))
    def new(self):
        """Request a conference in the case named by `case_id`."""
        case_id = request.args.get("case_id", type=int)
        if case_id is None:
            options = cases.open_case_options(actor())
            return render_template("pages/conferences/choose_case.html", options=options)
        case = access.get_case(actor(), case_id, need=Permission.CONFERENCE_REQUEST)
        if request.method == "GET":
            return self._request_page(case, RequestForm())
        return self._save_request(case, lambda draft: conferences.start(actor(), case.id, draft))

    @expose("/<int:conference_id>/edit", methods=("GET", "POST"))
    def edit(self, conference_id: int):
        """Change a draft, or a request that came back."""
        conference = access.get_conference(actor(), conference_id, need=Permission.CONFERENCE_REQUEST)
        case = access.get_case(actor(), conference.case_id, need=Permission.CONFERENCE_REQUEST)
        if request.method == "GET":
            form = RequestForm.stored(
                conference,
                access.get(actor(), ConferenceRequest, conference.id),
                participants.of(actor(), conference.id),
                actor().time_zone,
            )
            return self._request_page(case, form, conference_id=conference.id)
        return self._save_request(
            case, lambda draft: conferences.edit(actor(), conference.id, draft), conference_id=conference.id
        )

    def _save_request(
        self, case: Case, save: Callable[[Any], Any], *, conference_id: int | None = None
    ) -> Response | tuple[str, int]:
        form = RequestForm.typed(request.form)
        saved: list[Any] = []
        clashing: list[clashes.Clash] = []
        sends = request.form.get("act") == "request"

        if lacking := form.lacking(sends=sends):
            return self._request_page(case, form, conference_id=conference_id, errors=lacking), 422

        def act() -> None:
            conference = save(form.draft(actor().time_zone))
            saved.append(conference.id)
            clashing.extend(clashes.of_conference(actor(), conference) if sends else ())
            if sends and not clashing:
                conferences.request(actor(), conference.id, signed_name=request.form.get("signature", ""))

        refusal = attempt(act)
        if refusal is not None:
            page = self._request_page(case, form, conference_id=conference_id, errors=by_field(refusal))
            return page, refusal.status
        sentence = _("The request has been sent to the principal.") if sends else _("The draft is saved.")
        if clashing:
            sentence = _("Saved and not sent yet: look at the other meetings first, then sign and send.")
        return done(sentence, "conferences.show", conference_id=saved[0])

    def _request_page(
        self, case: Case, form: RequestForm, *, conference_id: int | None = None, errors: dict | None = None
    ) -> str:
        return render_template(
            "pages/conferences/edit.html" if conference_id else "pages/conferences/new.html",
            case=case,
            form=form,
            choices=participants.choices(actor(), case),
            is_suspicion=suspicions.in_case(actor(), case.id),
            conference_id=conference_id,
            errors=errors or {},
            typed=request.form,
        )

    # --- one conference ---------------------------------------------------------------------------

    @expose("/<int:conference_id>/")
    def show(self, conference_id: int):
        """Where are we in the procedure, and what does this step need?"""
        return self._page(conference_id)

    def _page(
        self,
        conference_id: int,
        *,
        refusal: DomainError | None = None,
        failed: str = "",
        code: str = "",
        code_for: int | None = None,
    ) -> str:
        conference, view = conference_view.show(actor(), conference_id)
        signed = "signed" in view.parts
        return render_template(
            "pages/conferences/show.html",
            view=view,
            conference=conference,
            conduct=conduct_view.view(actor(), conference) if signed else None,
            clashes=clashes.of_view(actor(), conference, view.parts),
            letters=conference_request.made(actor(), conference) if view.is_team else [],
            documents=DOCUMENTS,
            missing=[say(item) for item in view.missing],
            errors=form_error(refusal),
            accepted=files.ACCEPTED,
            failed=failed,
            typed=request.form,
            code=code,
            code_for=code_for,
            minutes_left=int(guests.CODE_LIFE.total_seconds() // 60),
        )

    def _do(self, conference_id: int, act: Callable[[], Any], sentence: str, *, form: str) -> Any:
        refusal = attempt(act)
        if refusal is not None:
            return self._page(conference_id, refusal=refusal, failed=form), refusal.status
        flash(sentence, "success")
        return redirect(url_for("conferences.show", conference_id=conference_id), 303)

    @expose("/<int:conference_id>/request", methods=("POST",))
    def send_request(self, conference_id: int):
        """Sign and hand in a draft."""
        signature = request.form.get("signature", "")
        return self._do(
            conference_id,
            lambda: conferences.request(actor(), conference_id, signed_name=signature),
            _("The request has been sent to the principal."),
            form="request",
        )

    @expose("/<int:conference_id>/request-letter", methods=("POST",))
    def request_letter(self, conference_id: int):
        """The request as a letter on paper."""
        locale = frame.current_locale()
        return self._do(
            conference_id,
            lambda: conference_request.request(actor(), conference_id, locale=locale),
            _("The document is being made; it appears among the documents."),
            form="on-paper",
        )

    @expose("/<int:conference_id>/withdraw", methods=("POST",))
    def withdraw(self, conference_id: int):
        return self._do(
            conference_id,
            lambda: conferences.withdraw(actor(), conference_id),
            _("The request is a draft again."),
            form="withdraw",
        )

    @expose("/<int:conference_id>/approve", methods=("POST",))
    def approve(self, conference_id: int):
        return self._do(
            conference_id,
            lambda: conferences.approve(actor(), conference_id),
            _("Approved: the invitations are on their way."),
            form="approve",
        )

    @expose("/<int:conference_id>/return", methods=("POST",))
    def return_request(self, conference_id: int):
        reason = request.form.get("reason", "")
        return self._do(
            conference_id,
            lambda: conferences.return_request(actor(), conference_id, reason=reason),
            _("The request has been returned with your reason."),
            form="return",
        )

    @expose("/<int:conference_id>/cancel", methods=("POST",))
    def cancel(self, conference_id: int):
        reason = request.form.get("reason", "")
        return self._do(
            conference_id,
            lambda: conferences.cancel(actor(), conference_id, reason=reason),
            _("The conference is called off."),
            form="cancel",
        )

    # --- one's own part -----------------------------------------------------------------------------

    @expose("/<int:conference_id>/answer", methods=("POST",))
    def answer(self, conference_id: int):
        """One's own answer."""
        given = answer_fields()
        return self._do(
            conference_id,
            lambda: answers.answer(actor(), conference_id, **given),
            _("Your answer is recorded. You can change it until the meeting starts."),
            form="answer",
        )

    @expose("/<int:conference_id>/sign", methods=("POST",))
    def sign(self, conference_id: int):
        """Sign the commitment to confidentiality and readiness to help."""
        name = request.form.get("signature", "")
        return self._do(
            conference_id,
            lambda: pledges.sign(actor(), conference_id, typed_name=name),
            _("You have signed the commitment."),
            form="sign",
        )
