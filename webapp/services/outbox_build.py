"""The bytes of a mail, from the facts in its row; inside a worker's scope."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property

from flask import current_app
from sqlalchemy import select

from webapp import tenancy
from webapp.domain.errors import Invalid
from webapp.mail.build import Mailbox, build
from webapp.mail.messages import MAILS, Facts, InvitationFacts, OptionalFacts, render
from webapp.mail.reply_address import is_tagged
from webapp.models.background import OutboxMail
from webapp.models.schools import School


class Builder:
    """Builds mails of one school at one moment."""

    def __init__(self, school_id: int, at: datetime) -> None:
        self._school_id = school_id
        self._at = at

    def build(self, row: OutboxMail) -> bytes:
        """The mail; raises what building raises (Invalid, ValidationError, TemplateError, KeyError) for a row
        that can never be sent."""
        settings = current_app.config["PAMONG"]
        kind = MAILS[row.kind]
        facts = kind.facts.from_json(json.dumps(row.facts))
        name = facts.letterhead.name
        return build(
            render(row.kind, facts, row.locale),
            sender=Mailbox(settings.mail_from, name),
            recipient=Mailbox(row.to_address, row.to_name or ""),
            message_id=row.message_id,
            date=self._at,
            reply_to=self._answers_to(name, facts),
            automatic=kind.automatic,
            list_headers=_list_headers(facts),
        )

    def _answers_to(self, name: str, facts: Facts) -> Mailbox | None:
        own = current_app.config["PAMONG"].reply_address
        if isinstance(facts, InvitationFacts) and is_tagged(facts.organiser_address, own):
            return Mailbox(facts.organiser_address, name)
        if not self._school_address:
            return None
        try:
            return Mailbox(self._school_address, name)
        except Invalid:  # what a school typed as its address must never stop a mail
            return None

    @cached_property
    def _school_address(self) -> str | None:
        return tenancy.session.scalar(select(School.email).where(School.id == self._school_id))


def _list_headers(facts: Facts) -> dict[str, str]:
    """How a mail program may switch an optional mail off by itself; duties carry no such header."""
    if not isinstance(facts, OptionalFacts) or not facts.stop_link:
        return {}
    headers = {"List-Unsubscribe": f"<{facts.stop_link}>"}
    if facts.stop_link.startswith("https:"):  # RFC 8058 knows no other
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
