"""Which mails left, arrived, bounced."""

from __future__ import annotations

from flask import render_template
from flask_admin import expose

from admin.base import SchoolPages
from webapp.domain.permissions import Permission


class OutboxPages(SchoolPages):
    """Which mails left, arrived, bounced."""

    noun = "outbox"
    path = "/s/<school>/outbox"
    need = Permission.OUTBOX_READ

    @expose("/")
    def index(self):
        return render_template("pages/outbox/index.html")
