"""Letterhead, calendar, schedules, numbers."""

from __future__ import annotations

from flask import render_template
from flask_admin import expose

from admin.base import SchoolPages
from webapp.domain.permissions import Permission


class SettingsPages(SchoolPages):
    """Letterhead, calendar, schedules, numbers."""

    noun = "settings"
    path = "/s/<school>/settings"
    need = Permission.SETTINGS_MANAGE

    @expose("/")
    def index(self):
        return render_template("pages/settings/index.html")
