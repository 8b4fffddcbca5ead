"""What the pages of a home visit do besides the frame's: ask the family, and keep its written permission."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin import expose
from flask_babel import gettext as _

from admin.activities import ActivityPages
from admin.base import actor
from webapp.domain.errors import N_, Invalid
from webapp.services import attachments, visit_requests
from webapp.services.activity_view import ActivityPage
from webapp.services.visit_requests import STEP
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
        """The answer has been read."""
        return self._do(
            activity_id,
            lambda: visit_requests.note(actor(), activity_id),
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

    def _besides(self, page: ActivityPage) -> dict[str, Any]:
        if page.stage != "planning":
            return {}
        planned = [line.starts_at for line in page.appointments if line.step == STEP]
        return {
            "desk": visit_requests.desk(actor(), page.id, page.case_id, planned),
            "question_form": QUESTION,
            "scan_form": SCAN,
            "file_limits": {"accepted": files.ACCEPTED, "size": files.LARGEST // 1024 // 1024},
            "scans": attachments.of_activity(actor(), page.id),
        }
