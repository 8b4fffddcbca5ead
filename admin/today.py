"""Today: what must I do today?"""

from __future__ import annotations

from flask import render_template
from flask_admin import expose

from admin.base import SchoolIndex
from webapp.domain.permissions import Permission


class TodayPages(SchoolIndex):
    """The school's home page."""

    noun = "today"
    path = "/"
    need = Permission.SCHOOL_HOME

    @expose("/")
    def index(self):
        return render_template("pages/today.html")
