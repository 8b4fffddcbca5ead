"""What the case team records of one participant, and gives them: mixed into the conference pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_admin import expose
from flask_babel import gettext as _

from admin.base import actor, attempt
from admin.conference_rows import brought_scan
from webapp.services import guests, invitations, papers


class ParticipantPages:
    """Addresses under /conferences/<id>/participants/<id>/; the forms stand on the page of the conference."""

    _page: Callable[..., str]
    _do: Callable[..., Any]

    @expose("/<int:conference_id>/participants/<int:participant_id>/answer", methods=("POST",))
    def answer_on_behalf(self, conference_id: int, participant_id: int):
        """An answer given by phone, on paper, in person or by e-mail."""
        given, channel = answer_fields(), request.form.get("channel", "")
        scan = brought_scan(request.files)
        return self._do(
            conference_id,
            lambda: papers.record_answer(actor(), participant_id, channel=channel, scan=scan, **given),
            _("The answer is recorded."),
            form=f"behalf-{participant_id}",
        )

    @expose("/<int:conference_id>/participants/<int:participant_id>/commitment", methods=("POST",))
    def signature(self, conference_id: int, participant_id: int):
        """The commitment, given on paper, in person or by phone before the meeting."""
        name, channel = request.form.get("signature", ""), request.form.get("channel", "")
        scan = brought_scan(request.files)
        return self._do(
            conference_id,
            lambda: papers.record_commitment(
                actor(), participant_id, typed_name=name, channel=channel, scan=scan
            ),
            _("The commitment is recorded."),
            form=f"signature-{participant_id}",
        )

    @expose("/<int:conference_id>/participants/<int:participant_id>/contact", methods=("POST",))
    def contact(self, conference_id: int, participant_id: int):
        """Correct a guest's address; another address gets the invitation."""
        email, phone = request.form.get("email", ""), request.form.get("phone", "")
        return self._do(
            conference_id,
            lambda: invitations.readdress(actor(), participant_id, email=email, phone=phone),
            _("The contact is corrected."),
            form=f"contact-{participant_id}",
        )

    @expose("/<int:conference_id>/participants/<int:participant_id>/code", methods=("POST",))
    def code(self, conference_id: int, participant_id: int):
        """A one-time code to read out on the phone: shown on this answer alone."""
        codes: list[str] = []
        refusal = attempt(lambda: codes.append(guests.give_code(actor(), participant_id)))
        if refusal is not None:
            page = self._page(conference_id, refusal=refusal, failed=f"code-{participant_id}")
            return page, refusal.status
        return self._page(conference_id, code=codes[0], code_for=participant_id)


def answer_fields() -> dict[str, str]:
    """An answer as its form sends it."""
    return {name: request.form.get(name, "") for name in ("answer", "message", "proposed_time")}
