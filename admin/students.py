"""Students, guardians and imports."""

from __future__ import annotations

from flask import render_template
from flask_admin import expose

from admin.base import SchoolPages
from webapp.domain.permissions import Permission


class StudentPages(SchoolPages):
    """Students, guardians and imports."""

    noun = "students"
    path = "/s/<school>/students"
    need = Permission.STUDENT_LIST

    @expose("/")
    def index(self):
        return render_template("pages/students/index.html")
