"""Monitoring of one conference: what was promised, what is observed, and the end of it."""

from __future__ import annotations

from flask import render_template, request
from flask_admin import expose
from flask_babel import gettext as _

from admin.base import actor, attempt, done, form_error
from admin.conference_stage import StagePages
from webapp.domain import dates
from webapp.domain.errors import DomainError
from webapp.http.errors import say
from webapp.services import behaviours, commitments, conclusions, conduct_view


class PromisePages(StagePages):
    """Tasks and behaviours until all are done or waived."""

    noun = "promises"
    first = "monitoring"

    @expose("/<int:conference_id>/monitoring")
    def monitoring(self, conference_id: int):
        """Are the promises kept, and how does the behaviour develop?"""
        return self._page(conference_id)

    def _page(self, conference_id: int, *, refusal: DomainError | None = None, form: str = "") -> str:
        page = conduct_view.monitoring(actor(), conference_id)
        return render_template(
            "pages/conferences/monitoring.html",
            page=page,
            frame=page.frame,
            missing=[say(item) for item in page.missing],
            errors=form_error(refusal),
            failed=form,
            typed=request.form,
            today=actor().today,
        )

    @expose("/<int:conference_id>/tasks/<int:task_id>/answer", methods=("POST",))
    def answer(self, conference_id: int, task_id: int):
        """Accept or decline a task: one's own, or (with a channel) on behalf of a participant."""
        accepts, reason = request.form.get("accepts") == "yes", request.form.get("reason", "")
        channel = request.form.get("channel")

        def act() -> None:
            if channel is None:
                commitments.answer(actor(), task_id, accepts=accepts, reason=reason)
            else:
                commitments.answer_on_behalf(
                    actor(), task_id, accepts=accepts, reason=reason, channel=channel
                )

        sentence = _("The task is accepted.") if accepts else _("The task is declined.")
        return self._do(conference_id, act, sentence, form=f"task-{task_id}")

    @expose("/<int:conference_id>/tasks/<int:task_id>/report", methods=("POST",))
    def report(self, conference_id: int, task_id: int):
        """How a task goes: one's own word, or (with a channel) on behalf of a participant."""
        state, note = request.form.get("state", ""), request.form.get("note", "")
        channel = request.form.get("channel")

        def act() -> None:
            if channel is None:
                commitments.report(actor(), task_id, state=state, note=note)
            else:
                commitments.report_on_behalf(actor(), task_id, state=state, note=note, channel=channel)

        return self._do(conference_id, act, _("Thank you: the report is recorded."), form=f"task-{task_id}")

    @expose("/<int:conference_id>/tasks/<int:task_id>/waive", methods=("POST",))
    def waive(self, conference_id: int, task_id: int):
        """Let a task go, with a reason."""
        reason = request.form.get("reason", "")
        return self._do(
            conference_id,
            lambda: commitments.waive(actor(), task_id, reason=reason),
            _("The task is waived."),
            form=f"task-{task_id}",
        )

    @expose("/<int:conference_id>/goals/<int:goal_id>/observations", methods=("POST",))
    def observe(self, conference_id: int, goal_id: int):
        """What was seen of a behaviour."""
        typed = request.form

        def act() -> None:
            behaviours.observe(
                actor(),
                goal_id,
                observed_on=dates.parse_date(typed.get("observed_on", ""), field="observed_on"),
                score=typed.get("score", 0, int),
                note=typed.get("note", ""),
            )

        return self._do(conference_id, act, _("The observation is recorded."), form=f"goal-{goal_id}")

    @expose("/<int:conference_id>/goals/<int:goal_id>/close", methods=("POST",))
    def close_goal(self, conference_id: int, goal_id: int):
        """Reached, watched no longer, or watched again."""
        state, reason = request.form.get("state", ""), request.form.get("reason", "")
        return self._do(
            conference_id,
            lambda: behaviours.close(actor(), goal_id, state=state, reason=reason),
            _("Recorded."),
            form=f"goal-{goal_id}",
        )

    @expose("/<int:conference_id>/complete", methods=("POST",))
    def complete(self, conference_id: int):
        """End the conference."""
        refusal = attempt(lambda: conclusions.complete(actor(), conference_id))
        if refusal is not None:
            return self._page(conference_id, refusal=refusal, form="complete"), refusal.status
        return done(_("The conference is completed."), "conferences.show", conference_id=conference_id)
