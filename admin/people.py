"""Who works here."""

from __future__ import annotations

from flask import render_template
from flask_admin import expose

from admin.base import SchoolPages
from webapp.domain.permissions import Permission


class PeoplePages(SchoolPages):
    """Who works here."""

    noun = "people"
    path = "/s/<school>/people"
    need = Permission.PEOPLE_MANAGE

    @expose("/")
    def index(self):
        return render_template("pages/people/index.html")
