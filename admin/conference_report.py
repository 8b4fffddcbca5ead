"""The report of a conference: agreement by name, signatures, minutes and attendance list."""

from __future__ import annotations

from flask import jsonify, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import actor, attempt, done, form_error
from admin.conference_stage import StagePages
from webapp.domain.errors import DomainError
from webapp.http.errors import say
from webapp.reports.data import DOCUMENTS
from webapp.services import addenda, conclusions, meeting, minutes, report_view


class ConclusionPages(StagePages):
    """Report: the conclusion everyone stands by, signed off, delivered."""

    noun = "conclusions"
    first = "report"

    @expose("/<int:conference_id>/report")
    def report(self, conference_id: int):
        """Who agrees, who has signed, and what was handed out?"""
        return self._page(conference_id)

    def _page(self, conference_id: int, *, refusal: DomainError | None = None, form: str = "") -> str:
        page = report_view.report(actor(), conference_id)
        return render_template(
            "pages/conferences/report.html",
            page=page,
            frame=page.frame,
            documents=DOCUMENTS,
            missing=[say(item) for item in page.missing],
            errors=form_error(refusal),
            failed=form,
            typed=request.form,
        )

    @expose("/<int:conference_id>/opinion", methods=("POST",))
    def opinion(self, conference_id: int):
        """One's own word on the conclusion."""
        given = _opinion_fields()
        return self._do(
            conference_id,
            lambda: conclusions.give_opinion(actor(), conference_id, **given),
            _("Your word on the conclusion is recorded."),
            form="opinion",
        )

    @expose("/<int:conference_id>/participants/<int:participant_id>/opinion", methods=("POST",))
    def opinion_on_behalf(self, conference_id: int, participant_id: int):
        """What somebody present said by phone, on paper or in person."""
        given, channel = _opinion_fields(), request.form.get("channel", "")
        return self._do(
            conference_id,
            lambda: conclusions.give_opinion_on_behalf(actor(), participant_id, channel=channel, **given),
            _("Recorded."),
            form=f"opinion-{participant_id}",
        )

    @expose("/<int:conference_id>/resume", methods=("POST",))
    def resume(self, conference_id: int):
        """Back into the meeting, to change its text."""
        reason = request.form.get("reason", "")
        refusal = attempt(lambda: meeting.resume(actor(), conference_id, reason=reason))
        if refusal is not None:
            return self._page(conference_id, refusal=refusal, form="resume"), refusal.status
        return done(
            _("The meeting is open again. Agreement is asked anew when it is concluded."),
            "meetings.meeting",
            conference_id=conference_id,
        )

    @expose("/<int:conference_id>/sign-off", methods=("POST",))
    def sign_off(self, conference_id: int):
        """Sign the minutes, as counsellor or as principal."""
        part = request.form.get("part", "")
        sentence = (
            _("Signed and locked. The minutes can be made now.")
            if part == "principal"
            else _("Signed. The principal has been asked for the second signature.")
        )
        return self._do(
            conference_id,
            lambda: conclusions.sign_off(actor(), conference_id, part=part),
            sentence,
            form="signatures",
        )

    @expose("/<int:conference_id>/addenda", methods=("POST",))
    def add(self, conference_id: int):
        """Add something to signed minutes."""
        text = request.form.get("addendum", "")
        return self._do(
            conference_id,
            lambda: addenda.write(actor(), conference_id, text=text),
            _("Signed and added. The principal has been asked for the second signature."),
            form="addenda",
        )

    @expose("/<int:conference_id>/addenda/<int:addendum_id>/sign", methods=("POST",))
    def countersign(self, conference_id: int, addendum_id: int):
        """Sign an addendum beside its author."""
        return self._do(
            conference_id,
            lambda: addenda.countersign(actor(), conference_id, addendum_id),
            _("Signed: the addendum belongs to the minutes, and those who took part are told."),
            form="addenda",
        )

    @expose("/<int:conference_id>/minutes", methods=("POST",))
    def make(self, conference_id: int):
        """Have minutes and attendance list made."""
        locale = "en" if request.form.get("locale") == "en" else "id"
        return self._do(
            conference_id,
            lambda: minutes.request(actor(), conference_id, locale=locale),
            _("Minutes and attendance list are being made."),
            form="documents",
        )

    @expose("/<int:conference_id>/minutes/progress")
    def progress(self, conference_id: int) -> Response:
        """How far both documents are, as one bar."""
        sheets = report_view.progress(actor(), conference_id)
        is_open = any(sheet.is_open for sheet in sheets)
        return jsonify(
            done=sum(sheet.done for sheet in sheets),
            total=sum(sheet.total for sheet in sheets),
            # Also when one could not be made: the page says so, and offers to try again.
            state="running" if is_open else "finished",
            label=_("Minutes and attendance list"),
            text=_("They are being made.") if is_open else "",
            next=None
            if is_open
            else url_for("conclusions.report", conference_id=conference_id, _anchor="documents"),
        )

    @expose("/<int:conference_id>/minutes/deliver", methods=("POST",))
    def deliver(self, conference_id: int):
        """Give the documents to the ticked participants."""
        chosen = [int(text) for text in request.form.getlist("participant") if text.isdecimal()]
        return self._do(
            conference_id,
            lambda: minutes.deliver(actor(), conference_id, chosen),
            _("Delivered: they find the documents on their page, and are told by mail."),
            form="documents",
        )


def _opinion_fields() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in ("opinion", "reservation")}
