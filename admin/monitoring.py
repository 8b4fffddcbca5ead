"""Promises and behaviours that are due."""

from __future__ import annotations

from flask import render_template
from flask_admin import expose

from admin.base import SchoolPages
from webapp.domain.permissions import Permission


class MonitoringPages(SchoolPages):
    """Promises and behaviours that are due."""

    noun = "monitoring"
    path = "/s/<school>/monitoring"
    need = Permission.MONITORING_SUMMARY

    @expose("/")
    def index(self):
        return render_template("pages/monitoring/index.html")
