"""Those who need more than an e-mail: letters of invitation, WhatsApp texts, reminders to those ticked."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug import Response

from admin.base import actor, attempt
from admin.conference_stage import StagePages
from webapp.domain.errors import DomainError
from webapp.http.errors import say
from webapp.services import letters, reach_view, reminders, whatsapp
from webapp.services.reminders import Reminded


class ReachPages(StagePages):
    """Letters, WhatsApp texts and reminders by hand."""

    noun = "reach"
    first = "reach"

    @expose("/<int:conference_id>/reach")
    def reach(self, conference_id: int):
        """Who has not been reached, and what can be done about it?"""
        return self._page(conference_id)

    def _page(
        self,
        conference_id: int,
        *,
        refusal: DomainError | None = None,
        form: str = "",
        message: whatsapp.Message | None = None,
    ) -> str:
        page = reach_view.view(actor(), conference_id)
        return render_template(
            "pages/conferences/reach.html",
            page=page,
            closed=say(page.closed) if page.closed else None,
            ticked=_ticked(),
            errors={} if refusal is None else {_place(refusal, form): say(refusal)},
            typed=request.form,
            message=message,
        )

    @expose("/<int:conference_id>/letters", methods=("POST",))
    def letters(self, conference_id: int):
        """Issue a letter to each of those ticked, and have it made."""
        mode, number = request.form.get("mode", ""), request.form.get("number", "")
        return self._do(
            conference_id,
            lambda: letters.issue(actor(), conference_id, _ticked(), mode=mode, number=number),
            _("The letters are being made."),
            form="letters",
        )

    @expose("/<int:conference_id>/remind", methods=("POST",))
    def remind(self, conference_id: int):
        """Remind those ticked by e-mail, now."""
        reminded: list[Reminded] = []
        refusal = attempt(lambda: reminded.append(reminders.remind(actor(), conference_id, _ticked())))
        if refusal is not None:
            return self._page(conference_id, refusal=refusal, form="remind"), refusal.status
        for sentence, category in _said(reminded[0]):
            flash(sentence, category)
        return redirect(url_for("reach.reach", conference_id=conference_id), 303)

    @expose("/<int:conference_id>/participants/<int:participant_id>/whatsapp", methods=("POST",))
    def whatsapp(self, conference_id: int, participant_id: int):
        """A text with the guest's own link: shown on this answer alone."""
        texts: list[whatsapp.Message] = []
        refusal = attempt(lambda: texts.append(whatsapp.compose(actor(), conference_id, participant_id)))
        if refusal is not None:
            page = self._page(conference_id, refusal=refusal, form=f"person-{participant_id}")
            return page, refusal.status
        return self._page(conference_id, message=texts[0])

    @expose("/<int:conference_id>/letters/<int:letter_id>/void", methods=("POST",))
    def void(self, conference_id: int, letter_id: int):
        """A letter that must not be handed out; its number stays taken."""
        return self._do(
            conference_id,
            lambda: letters.void(actor(), letter_id),
            _("The letter is voided. Its number stays taken."),
            form="people",
        )

    @expose("/<int:conference_id>/letters/progress")
    def progress(self, conference_id: int) -> Response:
        """How far the letters are, as js/progress.js asks."""
        rows = [row for row in letters.progress(actor(), conference_id) if not row.is_void]
        still = any(row.is_open for row in rows)
        return jsonify(
            done=sum(row.done for row in rows),
            total=sum(row.total for row in rows),
            state="running" if still else "finished",
            label=_("Letters of invitation"),
            text=_("They are being made.") if still else "",
            next=None if still else url_for("reach.reach", conference_id=conference_id),
        )


def _ticked() -> list[int]:
    return [int(text) for text in request.form.getlist("participant") if text.isdecimal() and len(text) < 20]


def _place(refusal: DomainError, form: str) -> str | None:
    """Where on the page a refusal is shown: its field, the list for whom was ticked, else the act's place."""
    return {"participant": "people"}.get(refusal.field or "", refusal.field) or form


def _said(reminded: Reminded) -> list[tuple[str, str]]:
    counts: list[tuple[int, Any, str]] = [
        (
            len(reminded.mailed),
            lambda n: ngettext(
                "%(num)s person is reminded by e-mail.", "%(num)s people are reminded by e-mail.", n
            ),
            "success",
        ),
        (
            len(reminded.had_today),
            lambda n: ngettext(
                "%(num)s person had a reminder today already and gets no second one.",
                "%(num)s people had a reminder today already and get no second one.",
                n,
            ),
            "info",
        ),
        (
            len(reminded.to_phone),
            lambda n: ngettext(
                "%(num)s person has no working e-mail address: phone, or use WhatsApp or a letter.",
                "%(num)s people have no working e-mail address: phone, or use WhatsApp or a letter.",
                n,
            ),
            "warning",
        ),
        (
            len(reminded.answered),
            lambda n: ngettext(
                "%(num)s person has answered already.", "%(num)s people have answered already.", n
            ),
            "info",
        ),
    ]
    return [(sentence(n), category) for n, sentence, category in counts if n]
