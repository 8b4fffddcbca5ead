"""Behaviours to watch for, on the pages of an activity: named at the step of its promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_admin import expose
from flask_babel import gettext as _

from admin.base import actor
from admin.conference_rows import days
from webapp.domain import dates
from webapp.services import activity_behaviours


class ActivityBehaviours:
    """What the pages of every service do with behaviours."""

    _do: Callable[..., Any]

    @expose("/<int:activity_id>/steps/<path>/behaviours", methods=("POST",))
    def watch(self, activity_id: int, path: str):
        """Watch for a positive behaviour."""
        form = request.form

        def act() -> None:
            until = form.get("watch_until_on", "").strip()
            activity_behaviours.add(
                actor(),
                activity_id,
                path,
                behaviour=form.get("behaviour", ""),
                watch_until_on=dates.parse_date(until, field="watch_until_on") if until else None,
                check_ins=days(form),
            )

        return self._do(activity_id, act, path, _("The behaviour is being watched."), failed=f"{path}~")
