"""What guests do with tasks, conclusion and minutes: routes of their page, each behind link and code."""

from __future__ import annotations

from io import BytesIO

from flask import Response, g, request, send_file
from flask_babel import gettext as _

from webapp.http.guest import act, bp, live
from webapp.services import commitments, conclusions, guests, minutes


@bp.post("/tasks/<int:task_id>/answer")
@live
def answer_task(task_id: int):
    """Accept or decline a task."""
    accepts = request.form.get("accepts") == "yes"
    reason = request.form.get("reason", "")
    sentence = (
        _("Thank you: you have taken the task on.")
        if accepts
        else _("Thank you: the school knows that you cannot.")
    )
    return act(
        lambda: commitments.answer(g.actor, task_id, accepts=accepts, reason=reason),
        sentence,
        form=f"task-{task_id}",
    )


@bp.post("/tasks/<int:task_id>/report")
@live
def report_task(task_id: int):
    """Done, under way or stuck, with a note."""
    state, note = request.form.get("state", ""), request.form.get("note", "")
    return act(
        lambda: commitments.report(g.actor, task_id, state=state, note=note),
        _("Thank you: the school has your report."),
        form=f"task-{task_id}",
    )


@bp.post("/opinion")
@live
def opinion():
    """One's word on the conclusion."""
    own = guests.own_row(g.actor)
    given = {name: request.form.get(name, "") for name in ("opinion", "reservation")}
    return act(
        lambda: conclusions.give_opinion(g.actor, own.conference_id, **given),
        _("Thank you: your word on the conclusion is recorded."),
        form="opinion",
    )


@bp.get("/documents/<int:report_id>")
@live
def document(report_id: int) -> Response:
    """Minutes or attendance list that were delivered to this guest."""
    found = minutes.open_as_guest(g.actor, report_id)
    return send_file(
        BytesIO(found.content), mimetype=found.media_type, download_name=found.file_name, max_age=0
    )
