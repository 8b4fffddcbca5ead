"""The meeting of a conference: who is there, what is said, who takes which task."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin.base import actor, attempt, done, form_error
from admin.conference_rows import brought_scan, days, named, statement_rows, statements
from admin.conference_stage import StagePages
from webapp.domain import dates, words
from webapp.domain.errors import N_, DomainError, Invalid, NotFound
from webapp.domain.minutes import PREREQUISITES
from webapp.domain.vocabulary import TermList
from webapp.http.errors import say
from webapp.http.i18n import current_locale
from webapp.services import (
    behaviours,
    commitments,
    conduct_view,
    content,
    information_conflicts,
    meeting,
    papers,
    participant_changes,
)
from webapp.services.content import Saved
from webapp.uploads import files

UNREADABLE = N_("This page is out of date: load it again.")
EARLY = timedelta(hours=1)
"""How long before its time a meeting is opened only after a question."""

HINTS = {
    "purpose": _l("In neutral words: what the meeting is for."),
    "strengths": _l("First what the student does well, likes, is praised for."),
    "symptoms": _l("What was seen and heard, without judging."),
    "data": _l("Attendance, marks, observations, the home visit; with their dates."),
    "efforts": _l("Who has tried what so far, and with what result."),
    "discussion": _l("Responses and input of those present."),
    "recommendations": _l("What those present advise."),
    "decisions": _l("What was decided together."),
    "alternatives": _l("What to try if that does not work."),
}


class MeetingPages(StagePages):
    """Conduct: opening, description, discussion, roles, conclusion of the meeting."""

    noun = "meetings"
    first = "meeting"

    @expose("/<int:conference_id>/meeting")
    def meeting(self, conference_id: int):
        """What is said, and what does this step need?"""
        return self._page(conference_id)

    def _page(self, conference_id: int, *, refusal: DomainError | None = None, form: str = "") -> str:
        page = conduct_view.conduct(actor(), conference_id)
        return render_template(
            "pages/conferences/meeting.html",
            page=page,
            frame=page.frame,
            hints=HINTS,
            prerequisites=PREREQUISITES,
            names_of=_names_of,
            typed_statements=statement_rows(request.form),
            missing=[say(item) for item in page.missing],
            is_early=page.frame.starts_at is not None and page.frame.starts_at - actor().at > EARLY,
            errors=form_error(refusal),
            accepted=files.ACCEPTED,
            failed=form,
            typed=request.form,
        )

    # --- people -----------------------------------------------------------------------------------

    @expose("/<int:conference_id>/open", methods=("POST",))
    def open(self, conference_id: int):
        """Begin the meeting."""
        return self._do(
            conference_id,
            lambda: meeting.open_meeting(actor(), conference_id),
            _("The meeting is open. Those who have signed can read along."),
            form="people",
        )

    @expose("/<int:conference_id>/attendance", methods=("POST",))
    def attendance(self, conference_id: int):
        """Who is there: one field per participant, `attendance-<id>`."""
        given = {
            int(name.removeprefix("attendance-")): word
            for name, word in request.form.items()
            if name.startswith("attendance-") and name.removeprefix("attendance-").isdigit()
        }
        return self._do(
            conference_id,
            lambda: meeting.record_attendance(actor(), conference_id, given),
            _("Attendance is recorded."),
            form="people",
        )

    @expose("/<int:conference_id>/participants/<int:participant_id>/signature", methods=("POST",))
    def signature(self, conference_id: int, participant_id: int):
        """A signature given on paper or in person."""
        name, channel = request.form.get("signature", ""), request.form.get("channel", "")
        scan = brought_scan(request.files)
        return self._do(
            conference_id,
            lambda: papers.record_commitment(
                actor(), participant_id, typed_name=name, channel=channel, scan=scan
            ),
            _("The signature is recorded."),
            form=f"signature-{participant_id}",
        )

    @expose("/<int:conference_id>/walk-ins", methods=("GET", "POST"))
    def walk_ins(self, conference_id: int):
        """Somebody came who had not been asked."""
        choices = participant_changes.choices(actor(), conference_id)
        refusal = None
        if request.method == "POST":
            refusal = attempt(lambda: meeting.add_walk_in(actor(), conference_id, named(request.form)))
            if refusal is None:
                return done(
                    _("Added. They sign the commitment before they hear more."),
                    "meetings.meeting",
                    conference_id=conference_id,
                    _anchor="people",
                )
        page = render_template(
            "pages/conferences/walk_in.html",
            conference_id=conference_id,
            choices=choices,
            typed=request.form,
            errors=form_error(refusal),
        )
        return page, 200 if refusal is None else refusal.status

    # --- what is said -----------------------------------------------------------------------------

    @expose("/<int:conference_id>/content/<section>", methods=("POST",))
    def save(self, conference_id: int, section: str):
        """Save a section: while it is being written (JSON), or by the form's own button."""
        if section not in words.CONTENT_SECTIONS:
            raise NotFound()
        if request.is_json:
            return self._autosave(conference_id, section)
        saved: list[Saved] = []
        text = request.form.get("text", "")

        def act() -> None:
            version = _version(request.form.get("version"))
            saved.append(content.save(actor(), conference_id, section, text=text, version=version))

        refusal = attempt(act)
        if refusal is not None:
            return self._page(conference_id, refusal=refusal, form=section), refusal.status
        if saved[0].is_stale:
            page = render_template(
                "pages/conferences/choose_text.html",
                conference_id=conference_id,
                section=words.CONTENT_SECTIONS[section],
                mine=text,
                theirs=saved[0],
            )
            return page, 409
        flash(_("Saved."), "success")
        return redirect(url_for("meetings.meeting", conference_id=conference_id, _anchor=section), 303)

    def _autosave(self, conference_id: int, section: str):
        sent = request.get_json(silent=True)
        saved: list[Saved] = []

        def act() -> None:
            if not isinstance(sent, dict) or not isinstance(sent.get("value"), str):
                raise Invalid(UNREADABLE)
            version = _version(sent.get("version"))
            saved.append(content.save(actor(), conference_id, section, text=sent["value"], version=version))

        refusal = attempt(act)
        if refusal is not None:
            # 409 says that somebody else saved meanwhile, and nothing else.
            return jsonify(error=say(refusal)), 422
        answer = {"version": str(saved[0].version)}
        if saved[0].is_stale:
            return jsonify(answer | {"value": saved[0].text}), 409
        return jsonify(answer)

    @expose("/<int:conference_id>/content/<section>/wordings")
    def wordings(self, conference_id: int, section: str):
        """Every earlier wording of a section."""
        wordings = content.history(actor(), conference_id, section)
        names = content.writers(actor(), wordings)
        return render_template(
            "pages/conferences/wordings.html",
            conference_id=conference_id,
            section=words.CONTENT_SECTIONS[section],
            wordings=wordings,
            names=names,
        )

    @expose("/<int:conference_id>/conflicts", methods=("POST",))
    def add_conflict(self, conference_id: int):
        """Information that does not fit together."""
        topic = request.form.get("topic", "")
        return self._do(
            conference_id,
            lambda: information_conflicts.add(
                actor(), conference_id, topic=topic, statements=statements(request.form)
            ),
            _("The conflicting information is recorded."),
            form="conflicts",
        )

    @expose("/<int:conference_id>/conflicts/<int:conflict_id>", methods=("POST",))
    def settle_conflict(self, conference_id: int, conflict_id: int):
        """Clarified, or left open."""
        state, clarification = request.form.get("state", ""), request.form.get("clarification", "")
        return self._do(
            conference_id,
            lambda: information_conflicts.settle(
                actor(), conflict_id, state=state, clarification=clarification
            ),
            _("Recorded."),
            form=f"conflict-{conflict_id}",
        )

    # --- roles ------------------------------------------------------------------------------------

    @expose("/<int:conference_id>/tasks", methods=("POST",))
    def propose(self, conference_id: int):
        """Propose a task to a participant."""
        typed = request.form

        def act() -> None:
            due_on = typed.get("due_on", "").strip()
            commitments.propose(
                actor(),
                conference_id,
                participant_id=typed.get("participant", 0, int),
                what=typed.get("what", ""),
                due_on=dates.parse_date(due_on, field="due_on") if due_on else None,
                check_ins=days(typed),
            )

        return self._do(conference_id, act, _("The task is proposed."), form="tasks")

    @expose("/<int:conference_id>/goals", methods=("POST",))
    def set_goal(self, conference_id: int):
        """Agree on a positive behaviour to watch for."""
        typed = request.form

        def act() -> None:
            until = typed.get("watch_until_on", "").strip()
            behaviours.set_goal(
                actor(),
                conference_id,
                behaviour=typed.get("behaviour", ""),
                watch_until_on=dates.parse_date(until, field="watch_until_on") if until else None,
                check_ins=days(typed),
            )

        return self._do(conference_id, act, _("The behaviour is being watched."), form="goals")

    @expose("/<int:conference_id>/conclude", methods=("POST",))
    def conclude(self, conference_id: int):
        """End the meeting."""
        refusal = attempt(lambda: meeting.conclude(actor(), conference_id))
        if refusal is not None:
            return self._page(conference_id, refusal=refusal, form="conclude"), refusal.status
        return done(
            _("The meeting is concluded. Now everyone present agrees or records a reservation."),
            "conclusions.report",
            conference_id=conference_id,
        )


def _names_of(keys: Sequence[str]) -> str:
    return TermList(words.CONTENT_SECTIONS[key] for key in keys).label(current_locale())


def _version(text: Any) -> int:
    if isinstance(text, str) and text.isdecimal() and len(text) < 10:
        return int(text)
    raise Invalid(UNREADABLE)
