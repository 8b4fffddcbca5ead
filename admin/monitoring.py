"""Promises and behaviours that are due, over all cases of whose team one is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin import register_files
from admin.base import SchoolPages, actor, attempt, form_error
from webapp.domain import dates
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission, allows
from webapp.http.i18n import current_locale
from webapp.reports import charts
from webapp.services import behaviours, commitments, monitoring, monitoring_summary, participants

Answer = str | Response | tuple[str, int]


class MonitoringPages(SchoolPages):
    """Promises and behaviours that are due."""

    noun = "monitoring"
    path = "/s/<school>/monitoring"
    need = Permission.MONITORING_SUMMARY

    @expose("/")
    def index(self) -> str:
        """Which promises and behaviours are due or overdue?"""
        return self._page()

    @expose("/board.xlsx", methods=("POST",))
    def export(self) -> Response:
        """What is due, as the board shows it with these filters."""
        filters = _filters(request.args)
        asked = {"show": filters["show"], "case_id": filters.get("case"), "kind": filters["kind"]}
        return register_files.hand_out("monitoring", asked)

    @expose("/promises/<int:promise_id>/report", methods=("POST",))
    def report(self, promise_id: int) -> Answer:
        """Record how a promise goes, as its owner said by phone, on paper or in person."""
        typed = request.form
        return self._do(
            lambda: commitments.report_on_behalf(
                actor(),
                promise_id,
                state=typed.get("state", ""),
                channel=typed.get("channel", ""),
                note=typed.get("note", ""),
            ),
            _("The report is recorded."),
            form=f"commitment-{promise_id}",
        )

    @expose("/behaviours/<int:goal_id>/observe", methods=("POST",))
    def observe(self, goal_id: int) -> Answer:
        """Record what was seen of a behaviour."""
        typed = request.form
        return self._do(
            lambda: behaviours.observe(
                actor(),
                goal_id,
                observed_on=dates.parse_date(typed.get("observed_on", ""), field="observed_on"),
                score=typed.get("score", 0, int),
                note=typed.get("note", ""),
            ),
            _("The observation is recorded."),
            form=f"goal-{goal_id}",
        )

    @expose("/behaviours/<int:goal_id>/close", methods=("POST",))
    def close_goal(self, goal_id: int) -> Answer:
        """Reached, or watched no longer."""
        state, reason = request.form.get("state", ""), request.form.get("reason", "")
        return self._do(
            lambda: behaviours.close(actor(), goal_id, state=state, reason=reason),
            _("Recorded."),
            form=f"goal-{goal_id}",
        )

    @expose("/promises/<int:promise_id>/waive", methods=("POST",))
    def waive(self, promise_id: int) -> Answer:
        """Let a promise go, with a reason."""
        reason = request.form.get("reason", "")
        return self._do(
            lambda: commitments.waive(actor(), promise_id, reason=reason),
            _("The promise is let go; the reason stays with it."),
            form=f"commitment-{promise_id}",
        )

    @expose("/check-ins/<int:check_in_id>/done", methods=("POST",))
    def check_in_done(self, check_in_id: int) -> Answer:
        """Say that one has looked."""
        return self._do(
            lambda: monitoring.finish_check_in(actor(), check_in_id),
            _("The check-in is done."),
            form=request.form.get("item", ""),
        )

    def _do(self, act: Callable[[], Any], sentence: str, *, form: str) -> Answer:
        refusal = attempt(act)
        if refusal is not None:
            return self._page(refusal=refusal, form=form), refusal.status
        flash(sentence, "success")
        return redirect(url_for("monitoring.index", **_filters(request.form)), 303)

    def _page(self, *, refusal: DomainError | None = None, form: str = "") -> str:
        errors = form_error(refusal)
        filters = _filters(request.form if request.method == "POST" else request.args)
        locale, today = current_locale(), actor().today
        board = None
        if allows(Permission.MONITORING_READ, roles=actor().roles):
            board = monitoring.board(
                actor(), show=filters["show"], case_id=filters.get("case"), kind=filters["kind"]
            )
        return render_template(
            "pages/monitoring/index.html",
            board=board,
            summary=monitoring_summary.summary(actor()),
            classes=monitoring_summary.of_own_classes(actor()),
            filters=filters,
            lines={} if board is None else _lines(board, locale),
            channels=participants.ON_BEHALF_CHANNELS,
            choices_of=lambda vocabulary, keys: [vocabulary[key] for key in keys],
            due_words=lambda on: dates.due_words(on, today, locale),
            today=today,
            errors=errors,
            wrong_fields={f"{form}-{field}" if field else "": text for field, text in errors.items()},
            failed=form,
            typed=request.form,
            may_export=allows(Permission.REGISTER_EXPORT, roles=actor().roles),
            may_open=allows(Permission.CASE_OPEN, roles=actor().roles),
        )


def _filters(values: Any) -> dict[str, Any]:
    """The filters of an address or of a form's hidden fields; what is unknown is the default."""
    show, kind = values.get("show", "open"), values.get("kind", "")
    found: dict[str, Any] = {
        "show": show if show in monitoring.SHOWN else "open",
        "kind": kind if kind in monitoring.KINDS else "",
    }
    case_id = values.get("case", type=int)
    return found if case_id is None else found | {"case": case_id}


def _lines(board: monitoring.Board, locale: str) -> dict[int, Any]:
    """A small line per behaviour that was observed."""
    return {
        item.id: charts.sparkline([score for _on, score, _note in item.course], item.text, locale)
        for _section, items in board.sections
        for item in items
        if isinstance(item, monitoring.GoalItem) and item.course
    }
