"""Letters, minutes and reports: being made, ready, delivered."""

from __future__ import annotations

from flask import render_template
from flask_admin import expose

from admin.base import SchoolPages
from webapp.domain.permissions import Permission


class DocumentPages(SchoolPages):
    """Letters, minutes and reports: being made, ready, delivered."""

    noun = "documents"
    path = "/s/<school>/documents"
    need = Permission.REPORT_LIST

    @expose("/")
    def index(self):
        return render_template("pages/documents/index.html")
