"""How far do those whom we invite take part?"""

from __future__ import annotations

from flask import render_template
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import SchoolPages, actor, done
from webapp.domain.involvement import MEASURES
from webapp.domain.permissions import Permission
from webapp.http import involvement_charts
from webapp.http.i18n import current_locale
from webapp.services import involvement, involvement_report


class InvolvementPages(SchoolPages):
    """The school's own involvement over the last twelve months."""

    noun = "involvement"
    path = "/s/<school>/involvement"
    need = Permission.INVOLVEMENT

    @expose("/")
    def index(self) -> str:
        """Figures of the own school, month by month."""
        locale = current_locale()
        figures = involvement.of_school(actor())
        return render_template(
            "pages/involvement.html",
            figures=figures,
            charts=involvement_charts.charts(figures, locale),
            measures=MEASURES,
            cell=involvement_charts.cell,
            month_name=lambda first: involvement_charts.month_name(first, locale),
        )

    @expose("/paper", methods=("POST",))
    def paper(self) -> Response:
        """Ask for the figures as a paper."""
        report = involvement_report.request(actor(), locale=current_locale())
        message = _("The figures are being made as a PDF, which stands here when it is ready.")
        return done(message, "documents.index", _anchor=f"document-{report.id}")
