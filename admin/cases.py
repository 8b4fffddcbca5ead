"""The case register and the page of one case."""

from __future__ import annotations

from flask import render_template
from flask_admin import expose

from admin.base import SchoolPages
from webapp.domain.permissions import Permission


class CasePages(SchoolPages):
    """The case register and the page of one case."""

    noun = "cases"
    path = "/s/<school>/cases"
    need = Permission.CASE_REGISTER

    @expose("/")
    def index(self):
        return render_template("pages/cases/index.html")
