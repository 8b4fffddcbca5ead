"""Documents on the pages of an activity: asked for at the step that names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_admin import expose
from flask_babel import gettext as _

from admin.base import actor
from webapp.http import frame
from webapp.services import activity_documents, activity_letters


class ActivityPapers:
    """What the pages of every service do with documents."""

    _do: Callable[..., Any]

    @expose("/<int:activity_id>/documents", methods=("POST",))
    def make(self, activity_id: int):
        """Ask for a document; a letter is numbered as `mode` says."""
        kind, path = request.form.get("kind", ""), request.form.get("step", "")
        impressions = "with_impressions" in request.form
        return self._do(
            activity_id,
            lambda: activity_documents.request(
                actor(),
                activity_id,
                kind,
                locale=frame.current_locale(),
                with_impressions=impressions,
                mode=request.form.get("mode", "pattern"),
                number=request.form.get("number", ""),
            ),
            path,
            _("The document is being made; it appears among the documents."),
            failed=f"{path}:{kind}",
        )

    @expose("/<int:activity_id>/letters/<int:letter_id>/void", methods=("POST",))
    def void(self, activity_id: int, letter_id: int):
        """A letter that must not be handed out; its number stays taken."""
        return self._do(
            activity_id,
            lambda: activity_letters.void(actor(), activity_id, letter_id),
            "",
            _("The letter is voided. Its number stays taken."),
            failed="letters",
        )
