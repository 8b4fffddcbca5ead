"""The team of a case: joining, handing over, shutting out. Mixed into the case pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import actor, attempt, done, form_error
from webapp.domain.errors import DomainError
from webapp.services import case_page, case_team

Answer = str | Response | tuple[str, int]


class CaseTeamPages:
    """Pages under /cases/<id>/team/."""

    @expose("/<int:case_id>/team/")
    def team(self, case_id: int) -> str:
        return _page(case_id)

    @expose("/<int:case_id>/team/add", methods=("POST",))
    def team_add(self, case_id: int) -> Answer:
        return _act(case_id, case_team.add_member, _("The person is on the team now."))

    @expose("/<int:case_id>/team/remove", methods=("POST",))
    def team_remove(self, case_id: int) -> Answer:
        leaves = request.form.get("user_id", type=int) == actor().person_id
        return _act(
            case_id,
            case_team.remove_member,
            _("The person is off the team."),
            then="cases.index" if leaves else "cases.team",
        )

    @expose("/<int:case_id>/team/owner", methods=("POST",))
    def team_owner(self, case_id: int) -> Answer:
        return _act(case_id, case_team.hand_over, _("The case has a new owner, who is told by mail."))

    @expose("/<int:case_id>/team/shut-out", methods=("POST",))
    def team_shut_out(self, case_id: int) -> Answer:
        return _act(
            case_id,
            case_team.shut_out,
            _("The person sees nothing of this case any more."),
            reason=request.form.get("reason", ""),
        )

    @expose("/<int:case_id>/team/lift", methods=("POST",))
    def team_lift(self, case_id: int) -> Answer:
        return _act(case_id, case_team.lift, _("The person is not shut out any more."))


def _act(
    case_id: int, service: Callable[..., Any], message: str, *, then: str = "cases.team", **values: Any
) -> Answer:
    """One act on the team about the person who was chosen; a refusal is shown in the form it came from."""
    user_id = request.form.get("user_id", 0, type=int)
    refusal = attempt(lambda: service(actor(), case_id, user_id=user_id, **values))
    if refusal is not None:
        if refusal.status == 404:
            raise refusal
        return _page(case_id, refusal, service.__name__), refusal.status
    if then == "cases.team":
        return done(message, then, case_id=case_id)
    return done(message, then)


def _page(case_id: int, refusal: DomainError | None = None, form: str = "") -> str:
    return render_template(
        "pages/cases/team.html",
        head=case_page.head(actor(), case_id, part="team"),
        team=case_team.team(actor(), case_id),
        errors={form: form_error(refusal)} if form else {},
    )
