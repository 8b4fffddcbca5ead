"""What the pages of a home visit do besides the frame's: ask the family, and keep its written permission."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext

from admin.activities import ActivityPages
from admin.base import actor, attempt, done, form_error
from webapp.domain.errors import N_, DomainError, Invalid
from webapp.services import (
    activity_runs,
    attachments,
    visit_appointment_view,
    visit_appointments,
    visit_desk,
    visit_requests,
)
from webapp.services.activity_view import ActivityPage
from webapp.services.visit_permission import STEP
from webapp.uploads import files

QUESTION, SCAN = f"{STEP}?", f"{STEP}^"
"""The forms beside the step's own, by which a refusal is shown."""


class HomeVisitPages(ActivityPages):
    """The frame's pages, and the acts around the family's permission."""

    @expose("/<int:activity_id>/question", methods=("POST",))
    def ask(self, activity_id: int):
        """Ask a guardian by mail whether the school may visit."""
        guardian_id = request.form.get("guardian", type=int)
        locale = request.form.get("locale", "")

        def act() -> None:
            if guardian_id is None:
                raise Invalid(N_("Choose who is asked."), field="guardian")
            visit_requests.ask(actor(), activity_id, guardian_id, locale=locale)

        return self._do(
            activity_id, act, STEP, _("The question is on its way. The answer appears here."), failed=QUESTION
        )

    @expose("/<int:activity_id>/question/withdraw", methods=("POST",))
    def withdraw(self, activity_id: int):
        """Take the question back."""
        return self._do(
            activity_id,
            lambda: visit_requests.withdraw(actor(), activity_id),
            STEP,
            _("The question is taken back: its link no longer works."),
            failed=QUESTION,
        )

    @expose("/<int:activity_id>/question/noted", methods=("POST",))
    def note(self, activity_id: int):
        """The answer has been read, as the page showed it."""
        shown = {name: request.form.get(name, -1, type=int) for name in ("request_id", "answers")}
        return self._do(
            activity_id,
            lambda: visit_requests.note(actor(), activity_id, **shown),
            STEP,
            _("Noted. It no longer stands among what waits."),
            failed=QUESTION,
        )

    @expose("/<int:activity_id>/permission", methods=("POST",))
    def add_scan(self, activity_id: int):
        """Keep the scan of a written permission with the case."""
        upload = request.files.get("file")

        def act() -> None:
            if upload is None or not upload.filename:
                raise Invalid(N_("Choose a file."), field="file")
            attachments.add_permission(actor(), activity_id, name=upload.filename, content=upload.read())

        return self._do(
            activity_id, act, STEP, _("The file is kept with the case and shown here."), failed=SCAN
        )

    # --- the appointment --------------------------------------------------------------------------

    @expose("/<int:activity_id>/appointment")
    def appointment(self, activity_id: int):
        """Who was told when we come, who comes along?"""
        return self._appointment(activity_id)

    @expose("/<int:activity_id>/appointment", methods=("POST",))
    def send_appointment(self, activity_id: int):
        """Send the time to the family and the companions."""
        told: list[int] = []
        refusal = attempt(
            lambda: told.append(
                visit_appointments.send(
                    actor(), activity_id, guardian_ids=_ticked(), locale=request.form.get("locale", "")
                )
            )
        )
        if refusal is not None:
            return self._appointment(activity_id, refusal=refusal, failed="send"), refusal.status
        sentence = ngettext("%(num)s mail is on its way.", "%(num)s mails are on their way.", told[0])
        return done(sentence, "home_visits.appointment", activity_id=activity_id)

    @expose("/<int:activity_id>/appointment/take-back", methods=("POST",))
    def take_back(self, activity_id: int):
        """Nobody's calendar holds the visit any longer."""
        return self._act(
            activity_id,
            lambda: visit_appointments.take_back(actor(), activity_id),
            _("The appointment is taken back; whoever had it is told."),
            failed="send",
        )

    @expose("/<int:activity_id>/companions", methods=("POST",))
    def add_companion(self, activity_id: int):
        """A colleague comes along."""
        user_id = request.form.get("user", type=int) or 0
        return self._act(
            activity_id,
            lambda: visit_appointments.add_companion(actor(), activity_id, user_id),
            _("Added. The colleague is told when you send the appointment."),
            failed="companion",
        )

    @expose("/<int:activity_id>/companions/<int:invitee_id>", methods=("POST",))
    def remove_companion(self, activity_id: int, invitee_id: int):
        """A colleague comes along no more."""
        return self._act(
            activity_id,
            lambda: visit_appointments.remove_companion(actor(), activity_id, invitee_id),
            _("Removed. Whoever had the appointment is told."),
            failed="companion",
        )

    @expose("/<int:activity_id>/guardians/<int:guardian_id>/whatsapp", methods=("POST",))
    def whatsapp(self, activity_id: int, guardian_id: int):
        """The appointment as a text, shown on this answer alone."""
        texts: list[visit_appointments.Text] = []
        locale = request.form.get("locale", "id")
        refusal = attempt(
            lambda: texts.append(
                visit_appointments.compose(actor(), activity_id, guardian_id, locale=locale)
            )
        )
        if refusal is not None:
            page = self._appointment(activity_id, refusal=refusal, failed=f"guardian-{guardian_id}")
            return page, refusal.status
        return self._appointment(activity_id, message=texts[0])

    # --- inside -----------------------------------------------------------------------------------

    def _act(self, activity_id: int, act: Callable[[], Any], sentence: str, *, failed: str) -> Any:
        activity_runs.find(actor(), activity_id, self.procedure)
        refusal = attempt(act)
        if refusal is not None:
            return self._appointment(activity_id, refusal=refusal, failed=failed), refusal.status
        return done(sentence, "home_visits.appointment", activity_id=activity_id)

    def _appointment(
        self,
        activity_id: int,
        *,
        refusal: DomainError | None = None,
        failed: str = "",
        message: visit_appointments.Text | None = None,
    ) -> str:
        return self._render(
            "appointment",
            page=visit_appointment_view.page(actor(), activity_id),
            errors=form_error(refusal),
            failed=failed,
            typed=request.form,
            ticked=_ticked(),
            message=message,
        )

    def _besides(self, page: ActivityPage) -> dict[str, Any]:
        if page.stage != "planning":
            return {}
        planned = next((line for line in page.appointments if line.step == STEP), None)
        starts_at, ends_at = (planned.starts_at, planned.ends_at) if planned else (None, None)
        return {
            "desk": visit_desk.desk(actor(), page.id, page.case_id, starts_at, ends_at),
            "question_form": QUESTION,
            "scan_form": SCAN,
            "file_limits": {"accepted": files.ACCEPTED, "size": files.LARGEST // 1024 // 1024},
            "scans": attachments.of_activity(actor(), page.id),
        }


def _ticked() -> list[int]:
    return [
        int(text) for text in request.form.getlist("guardian") if text.isdecimal() and len(text) < 20
    ]
