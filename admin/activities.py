"""Pages of the services that share one frame: the list, the start, and the page of one activity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from jinja2 import Template
from werkzeug import Response

from admin import activity_forms
from admin.activity_behaviours import ActivityBehaviours
from admin.activity_forms import UNREADABLE
from admin.activity_papers import ActivityPapers
from admin.activity_repeats import ActivityRepeats
from admin.base import SchoolPages, actor, attempt, form_error
from admin.conference_rows import days
from webapp.domain import commitments as promise_rules
from webapp.domain import dates, field_values
from webapp.domain.errors import DomainError, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.domain.procedure import Procedure, Step
from webapp.domain.procedures import FRAMED
from webapp.http import frame
from webapp.http.errors import say
from webapp.reports.data import DOCUMENTS
from webapp.services import (
    access,
    activity_documents,
    activity_entries,
    activity_fields,
    activity_list,
    activity_promises,
    activity_runs,
    activity_view,
    cases,
)
from webapp.services.activity_fields import Stale
from webapp.services.activity_view import ActivityPage


class ActivityPages(ActivityPapers, ActivityRepeats, ActivityBehaviours, SchoolPages):
    """Pages of one service; each service is a subclass that names its procedure."""

    need = Permission.SCHOOL_HOME
    procedure: ClassVar[Procedure]

    @expose("/")
    def index(self):
        """Runs of this service in the cases of the actor's teams, paged by key."""
        older_than = request.args.get("older", type=int)
        page = activity_list.page(actor(), self.procedure, older_than=older_than)
        return self._render("index", page=page, is_newest=older_than is None, framed=FRAMED)

    @expose("/new", methods=("GET", "POST"))
    def new(self):
        """Begin a run in the case named by `case_id`."""
        case_id = request.values.get("case_id", type=int)
        if case_id is None:
            return self._render("choose_case", options=cases.open_case_options(actor()))
        earlier = activity_runs.of_case(actor(), case_id, self.procedure)
        refusal = None
        if request.method == "POST":
            made: list[int] = []
            follows = request.form.get("follows", type=int)
            tracks = request.form.getlist("tracks")

            def act() -> None:
                run = activity_runs.start(
                    actor(), case_id, self.procedure, tracks=tracks, follows_id=follows
                )
                made.append(run.id)

            refusal = attempt(act)
            if refusal is None:
                return redirect(self._url("show", activity_id=made[0]), 303)
        case = access.get_case(actor(), case_id, need=Permission.ACTIVITY_RUN)
        page = self._render(
            "new", case=case, earlier=earlier, errors=form_error(refusal), typed=request.form
        )
        return page, 200 if refusal is None else refusal.status

    @expose("/<int:activity_id>/")
    def show(self, activity_id: int):
        """Where are we in the procedure, and what does this step need?"""
        return self._page(activity_id)

    # --- steps ------------------------------------------------------------------------------------

    @expose("/<int:activity_id>/steps/<path>", methods=("POST",))
    def save(self, activity_id: int, path: str):
        """Save a step's form: one field while it is being written (JSON), or all by the form's own button."""
        step = self._step(path)
        if request.is_json:
            return self._autosave(activity_id, path)
        stale: list[Stale] = []

        def act() -> None:
            typed = activity_forms.typed(request.form, step.fields)
            held = activity_forms.versions(request.form, step)
            stale.extend(activity_fields.save(actor(), activity_id, path, typed, held))

        refusal = attempt(act)
        if refusal is not None:
            return self._refused(activity_id, refusal, failed=path)
        if stale:
            page = self._render("choose_text", activity_id=activity_id, path=path, step=step, stale=stale)
            return page, 409
        return self._back(activity_id, path, _("Saved."))

    @expose("/<int:activity_id>/steps/<path>/fields/<key>")
    def wordings(self, activity_id: int, path: str, key: str):
        """Every earlier wording of a field."""
        step = self._step(path)
        found = activity_fields.history(actor(), activity_id, path, key)
        names = activity_fields.writers(actor(), found)
        field = step.field(key)
        found = activity_forms.read_wordings(field, found)
        return self._render(
            "wordings", activity_id=activity_id, path=path, field=field, wordings=found, names=names
        )

    @expose("/<int:activity_id>/steps/<path>/entries", methods=("POST",))
    def add_entry(self, activity_id: int, path: str):
        """Add a finding, a person, an execution."""
        typed = activity_forms.typed(request.form, self._step(path).entry_fields)
        return self._do(
            activity_id,
            lambda: activity_entries.add(
                actor(), activity_id, path, typed, nature=request.form.get("nature")
            ),
            path,
            _("Added."),
            failed=f"{path}+",
        )

    @expose("/<int:activity_id>/steps/<path>/entries/<int:entry_id>", methods=("POST",))
    def change_entry(self, activity_id: int, path: str, entry_id: int):
        """Correct an entry, or take it out with a reason."""
        typed = activity_forms.typed(request.form, self._step(path).entry_fields)

        def act() -> None:
            if request.form.get("act") == "remove":
                reason = request.form.get("reason", "")
                activity_entries.remove(actor(), activity_id, entry_id, reason=reason)
            else:
                nature = request.form.get("nature")
                activity_entries.correct(actor(), activity_id, entry_id, typed, nature=nature)

        return self._do(
            activity_id, act, path, _("Changed; the earlier wording is kept."), failed=f"entry-{entry_id}"
        )

    @expose("/<int:activity_id>/steps/<path>/promises", methods=("POST",))
    def add_promise(self, activity_id: int, path: str):
        """Record what somebody promised."""
        self._step(path)
        form = request.form

        def act() -> None:
            due_on = form.get("due_on", "").strip()
            activity_promises.add(
                actor(),
                activity_id,
                path,
                who=form.get("who", ""),
                relation=form.get("relation", ""),
                what=form.get("what", ""),
                due_on=dates.parse_date(due_on, field="due_on") if due_on else None,
                check_ins=days(form),
            )

        return self._do(activity_id, act, path, _("The promise is recorded."), failed=f"{path}!")

    # --- the run ----------------------------------------------------------------------------------

    @expose("/<int:activity_id>/tracks", methods=("POST",))
    def tracks(self, activity_id: int):
        """Follow one track or both."""
        wanted = request.form.getlist("tracks")
        return self._do(
            activity_id,
            lambda: activity_runs.choose_tracks(actor(), activity_id, wanted),
            "",
            _("Saved."),
            failed="tracks",
        )

    @expose("/<int:activity_id>/complete", methods=("POST",))
    def complete(self, activity_id: int):
        """End it, when every required step is recorded."""
        return self._do(
            activity_id,
            lambda: activity_runs.complete(actor(), activity_id),
            "",
            _("Completed. What was promised is monitored on."),
            failed="complete",
        )

    @expose("/<int:activity_id>/cancel", methods=("POST",))
    def cancel(self, activity_id: int):
        """End it before its last stage, with a reason."""
        kind, reason = request.form.get("kind", ""), request.form.get("reason", "")
        return self._do(
            activity_id,
            lambda: activity_runs.cancel(actor(), activity_id, kind=kind, reason=reason),
            "",
            _("Cancelled. What was recorded stays in the case."),
            failed="cancel",
        )

    @expose("/<int:activity_id>/reopen", methods=("POST",))
    def reopen(self, activity_id: int):
        """Open a completed one again, to correct it."""
        reason = request.form.get("reason", "")
        return self._do(
            activity_id,
            lambda: activity_runs.reopen(actor(), activity_id, reason=reason),
            "",
            _("Open again."),
            failed="reopen",
        )

    # --- inside -----------------------------------------------------------------------------------

    def _step(self, path: str) -> Step:
        try:
            return self.procedure.step(path)
        except KeyError:
            raise NotFound() from None

    def _url(self, name: str, **values: Any) -> str:
        return url_for(f"{type(self).noun}.{name}", **values)

    def _render(self, name: str, **values: Any) -> str:
        # A service may have a page of its own in the place of the frame's.
        own = f"pages/{type(self).noun}/{name}.html"
        templates: list[str | Template] = [own, f"pages/activities/{name}.html"]
        values |= {"shown": field_values.shown, "locale": frame.current_locale()}
        return render_template(templates, procedure=self.procedure, noun=type(self).noun, **values)

    def _page(self, activity_id: int, *, refusal: DomainError | None = None, failed: str = "") -> str:
        path = (request.view_args or {}).get("path") or failed
        stage = path.partition(".")[0] or request.args.get("stage", "")
        page = activity_view.page(actor(), activity_id, self.procedure, stage=stage)
        errors = form_error(refusal)
        return self._render(
            "show",
            page=page,
            errors=errors,
            summary=activity_forms.at_fields(errors, failed),
            failed=failed,
            typed=request.form,
            names_of=activity_forms.names_of,
            keys=field_values.keys,
            document_kinds=DOCUMENTS,
            kinds=activity_documents.kinds(self.procedure),
            numbered=activity_documents.numbered(self.procedure),
            suggested=promise_rules.suggested_check_ins(actor().today),
            **self._besides(page),
        )

    def _besides(self, page: ActivityPage) -> dict[str, Any]:
        """What a service shows on its page besides what all of them do."""
        return {}

    def _do(
        self, activity_id: int, act: Callable[[], Any], path: str, sentence: str, *, failed: str
    ) -> Any:
        activity_runs.find(actor(), activity_id, self.procedure)
        refusal = attempt(act)
        if refusal is not None:
            return self._refused(activity_id, refusal, failed=failed)
        return self._back(activity_id, path, sentence)

    def _refused(self, activity_id: int, refusal: DomainError, *, failed: str) -> tuple[Any, int]:
        if activity_forms.is_kept():
            # The form stands in its page still, and is not sent again for the page to say why.
            errors = activity_forms.at_fields(form_error(refusal), failed)
            return jsonify(error=say(refusal), errors=errors), refusal.status
        return self._page(activity_id, refusal=refusal, failed=failed), refusal.status

    def _back(self, activity_id: int, path: str, sentence: str) -> Response:
        flash(sentence, "success")
        stage = path.partition(".")[0] or None
        url = self._url("show", activity_id=activity_id, stage=stage, _anchor=path or None)
        if activity_forms.is_kept():
            return jsonify(url=url)
        return redirect(url, 303)

    def _autosave(self, activity_id: int, path: str):
        sent = request.get_json(silent=True)
        saved: list[tuple[int, Stale | None]] = []

        def act() -> None:
            if not isinstance(sent, dict) or not isinstance(sent.get("value"), str):
                raise Invalid(UNREADABLE)
            key, held = str(sent.get("field")), activity_forms.version(sent.get("version"))
            saved.append(
                activity_fields.save_one(actor(), activity_id, path, key, sent["value"], held)
            )

        refusal = attempt(act)
        if refusal is not None:
            # 409 says that somebody else saved meanwhile, and nothing else.
            return jsonify(error=say(refusal)), 422
        ((version, stale),) = saved
        if stale is not None:
            return jsonify(version=str(version), value=stale.value), 409
        return jsonify(version=str(version))
