"""What services put on their way beside invitations: questions, an appointment, letters, a copy delivered."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

from tests.activity_world import Run
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.services import activity_documents, deliveries, reports, visit_appointments, visit_requests

KINDS = ("visit_asked", "visit_appointment", "report_delivered")
"""The mails that one round queues."""
LETTERS = ("visit_notice", "visit_assignment")
QUESTIONS = 3
_BEFORE, _PAPERWORK = "planning.topics_and_roles", "planning.paperwork"
_UNANSWERED = {"permission": "waiting", "permission_channel": "", "permission_on": "", "permission_by": ""}

# By telephone: an answer by link would lapse with the time that it was given for.
_AGREED = {"permission_channel": "phone"}


class Services:
    """Visits of one school: some whose family is asked, one that is agreed on, one that is reported."""

    MAILS = QUESTIONS + 2

    def __init__(self, app: Flask, stage: Stage) -> None:
        self._app, self._stage, self._round = app, stage, 0
        self._asked = [Run(stage, HOME_VISIT).started().filled(until=_BEFORE) for _ in range(QUESTIONS)]
        for visit in self._asked:
            visit.record(_PAPERWORK, **_UNANSWERED)
        self._agreed = Run(stage, HOME_VISIT).started().filled(until=_BEFORE)
        self._agreed.record(_PAPERWORK, **_AGREED)
        reported = Run(stage, HOME_VISIT).started().filled()
        with stage.as_(stage.counsellor, when=datetime.now(UTC)) as actor:
            made = activity_documents.request(actor, reported.activity_id, "visit_report_copy", locale="id")
            self._copy = made.id
        with app.app_context():
            # A worker that runs already may have been faster.
            reports.run(tenancy.system(stage.school.id, datetime.now(UTC)), self._copy)

    def queue(self) -> None:
        """One round: every family is asked anew, the time is moved and sent, a colleague gets the copy."""
        stage, now = self._stage, datetime.now(UTC)
        self._round += 1
        self._agreed.record(_PAPERWORK, visit_from=f"09:{self._round:02}", **_AGREED)
        colleague = stage.world.person(stage.school, "teacher")
        with stage.as_(stage.counsellor, when=now) as actor:
            for visit in self._asked:
                visit_requests.ask(actor, visit.activity_id, stage.guardian_id, locale="id")
            visit_appointments.send(
                actor, self._agreed.activity_id, guardian_ids=[stage.guardian_id], locale="id"
            )
            deliveries.deliver(actor, self._copy, [colleague.user_id])
            for kind in LETTERS:
                activity_documents.request(actor, self._agreed.activity_id, kind, locale="id")
