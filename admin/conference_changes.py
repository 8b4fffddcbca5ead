"""What changes of a meeting that people know of already: time and place, who is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _

from admin.base import actor, attempt, done, form_error
from admin.conference_forms import by_field, times, when
from admin.conference_rows import named
from admin.conference_stage import StagePages
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission
from webapp.services import absences, access, clashes, conferences, participant_changes, pledges


class ChangePages(StagePages):
    """Another time or place; one more person, or one less."""

    noun = "changes"
    first = "reschedule"

    @expose("/<int:conference_id>/reschedule", methods=("GET", "POST"))
    def reschedule(self, conference_id: int):
        """Another time or place: everyone is told, and asked anew. Who is asked elsewhere then is shown once
        before it moves."""
        conference = access.get_conference(actor(), conference_id, need=Permission.CONFERENCE_MANAGE)
        tz = actor().time_zone
        typed = {**when(conference, tz), "place": conference.place or ""}
        refusal: DomainError | None = None
        found: list[clashes.Clash] = []
        if request.method == "POST":
            typed = {name: request.form.get(name, "").strip() for name in ("on", "at", "minutes", "place")}

            def act() -> None:
                starts_at, ends_at = times(typed["on"], typed["at"], typed["minutes"], tz)
                if starts_at is not None and request.form.get("despite") != starts_at.isoformat():
                    found.extend(
                        clashes.of_conference(actor(), conference, starts_at=starts_at, ends_at=ends_at)
                    )
                    typed["despite"] = starts_at.isoformat() if found else ""
                if not found:
                    conferences.reschedule(
                        actor(), conference_id, starts_at=starts_at, ends_at=ends_at, place=typed["place"]
                    )

            refusal = attempt(act)
            if refusal is None and not found:
                sentence = _("The new time is on its way to everyone.")
                return done(sentence, "conferences.show", conference_id=conference_id)
        page = render_template(
            "pages/conferences/reschedule.html",
            conference=conference,
            typed=typed,
            clashes=found,
            errors=by_field(refusal),
        )
        return page, 200 if refusal is None else refusal.status

    @expose("/<int:conference_id>/participants/new", methods=("GET", "POST"))
    def add(self, conference_id: int):
        """One more person is asked after the invitations went out."""
        choices = participant_changes.choices(actor(), conference_id)
        refusal = None
        if request.method == "POST":
            refusal = attempt(lambda: participant_changes.add(actor(), conference_id, named(request.form)))
            if refusal is None:
                return done(
                    _("The invitation is on its way."),
                    "conferences.show",
                    conference_id=conference_id,
                    _anchor="people",
                )
        page = render_template(
            "pages/conferences/add_participant.html",
            conference_id=conference_id,
            choices=choices,
            typed=request.form,
            errors=form_error(refusal),
        )
        return page, 200 if refusal is None else refusal.status

    @expose("/<int:conference_id>/participants/<int:participant_id>/remove", methods=("POST",))
    def remove(self, conference_id: int, participant_id: int):
        """Somebody is asked no more."""
        return _then(
            conference_id,
            lambda: participant_changes.remove(actor(), participant_id),
            _("They are asked no more; their calendar is told."),
        )

    # --- whom the meeting misses ------------------------------------------------------------------

    @expose("/<int:conference_id>/hold-without", methods=("POST",))
    def hold_without(self, conference_id: int):
        """The meeting is held although somebody is missed."""
        reason = request.form.get("reason", "")
        return _then(
            conference_id,
            lambda: absences.hold_without(actor(), conference_id, reason=reason),
            _("Recorded: the meeting is held all the same."),
        )

    @expose("/<int:conference_id>/participants/<int:participant_id>/ask-anew", methods=("POST",))
    def ask_anew(self, conference_id: int, participant_id: int):
        """Somebody who declined the commitment may sign after all."""
        return _then(
            conference_id,
            lambda: absences.ask_anew(actor(), participant_id),
            _("They can sign the commitment again."),
        )

    @expose("/<int:conference_id>/participants/<int:participant_id>/decline", methods=("POST",))
    def decline_on_behalf(self, conference_id: int, participant_id: int):
        """Somebody declines the commitment by phone, on paper or in person."""
        channel = request.form.get("channel", "")
        return _then(
            conference_id,
            lambda: pledges.refuse_on_behalf(actor(), participant_id, channel=channel),
            _("Recorded: they take no part unless they sign after all."),
        )

    @expose("/<int:conference_id>/decline", methods=("POST",))
    def decline(self, conference_id: int):
        """Decline the commitment oneself."""
        return _then(
            conference_id,
            lambda: pledges.refuse(actor(), conference_id),
            _("The counsellor is told that you do not sign. You can change your mind until the meeting."),
        )


def _then(conference_id: int, act: Callable[[], Any], sentence: str) -> Any:
    """Act and go back to the conference; a refusal is a page of its own: nothing typed is lost by it."""
    refusal = attempt(act)
    if refusal is not None:
        raise refusal
    flash(sentence, "success")
    return redirect(url_for("conferences.show", conference_id=conference_id), 303)
