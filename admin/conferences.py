"""Case conferences: the list, and the page of one conference."""

from __future__ import annotations

from flask import render_template
from flask_admin import expose

from admin.base import SchoolPages
from webapp.domain.permissions import Permission


class ConferencePages(SchoolPages):
    """Case conferences: the list, and the page of one conference."""

    noun = "conferences"
    path = "/s/<school>/conferences"
    need = Permission.SCHOOL_HOME

    @expose("/")
    def index(self):
        return render_template("pages/conferences/index.html")
