"""What a repeated service takes over from the one before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_admin import expose
from flask_babel import gettext as _

from admin.base import actor
from webapp.services import activity_repeats


class ActivityRepeats:
    """What the pages of every service do with an earlier run that is repeated."""

    _do: Callable[..., Any]

    @expose("/<int:activity_id>/take-over", methods=("POST",))
    def take_over(self, activity_id: int):
        """Take over what still holds: one group of fields, or the texts of a stage."""
        stage, group = request.form.get("stage", ""), request.form.get("group", "")
        return self._do(
            activity_id,
            lambda: activity_repeats.take_over(actor(), activity_id, stage, group=group),
            stage,
            _("Taken over. Look through it: what no longer holds, write anew."),
            failed=stage,
        )
