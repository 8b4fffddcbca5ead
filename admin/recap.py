"""How often was what carried out this month, and how many lesson hours is that?"""

from __future__ import annotations

from io import BytesIO

from flask import render_template, request, send_file
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import SchoolPages, actor, done
from webapp.domain.months import Month
from webapp.domain.permissions import Permission
from webapp.http.i18n import current_locale
from webapp.reports import xlsx
from webapp.reports.data import DOCUMENTS
from webapp.services import recap

SHOWN_MONTHS = 13


class RecapPages(SchoolPages):
    """The monthly recap: one's own figures, and for the principal those of every counsellor."""

    noun = "recap"
    path = "/s/<school>/recap"
    need = Permission.RECAP

    @expose("/")
    def index(self) -> str:
        month, locale = _asked(), current_locale()
        months = [Month.of(actor().today)]
        while len(months) < SHOWN_MONTHS:
            months.append(months[-1].previous)
        return render_template(
            "pages/recap.html",
            month=month,
            month_name=month.label(locale),
            months=[(str(one), one.label(locale)) for one in sorted({*months, month})[::-1]],
            recaps=recap.of_month(actor(), month),
        )

    @expose("/<int:user_id>/workbook")
    def workbook(self, user_id: int) -> Response:
        month = _asked()
        locale = current_locale()
        content = recap.workbook(actor(), user_id, month, locale=locale)
        return send_file(
            BytesIO(content),
            mimetype=xlsx.MEDIA_TYPE,
            as_attachment=True,
            download_name=f"{DOCUMENTS[recap.KIND].file_stem.label(locale)}-{month}.xlsx",
            max_age=0,
        )

    @expose("/<int:user_id>/paper", methods=("POST",))
    def paper(self, user_id: int) -> Response:
        report = recap.request(actor(), user_id, _asked(), locale=current_locale())
        message = _("The recap is being made, and stands here when it is ready.")
        return done(message, "documents.index", _anchor=f"document-{report.id}")


def _asked() -> Month:
    """The month that the address or the form names; the present one for nonsense."""
    return Month.parse(request.values.get("month", "")) or Month.of(actor().today)
