"""The school's own days off, beside the public holidays."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from admin.base import SchoolModelView, actor
from admin.settings import sections
from webapp.domain import dates
from webapp.domain.permissions import Permission
from webapp.http.i18n import current_locale
from webapp.models.schools import SchoolHoliday
from webapp.services import holidays


def _day(view: Any, context: Any, row: SchoolHoliday, column: str) -> str:
    return dates.format_day(row.on, current_locale())


class HolidayPages(SchoolModelView):
    """List, add, change and remove days off."""

    noun = "holidays"
    path = "/s/<school>/settings/holidays"
    need = Permission.SETTINGS_MANAGE
    table = SchoolHoliday

    column_list = ("on", "name")
    column_labels = {"on": _l("Day"), "name": _l("What for")}
    column_sortable_list = ("on", "name")
    title = _l("Days off")
    column_default_sort = ("on", True)
    column_formatters = {"on": _day}
    form_columns = ("on", "name")
    form_overrides = {"name": StringField}
    list_template = "pages/settings/holidays.html"

    def render(self, template: str, **values: Any) -> Any:
        if template == self.list_template:
            values["public"] = holidays.public(actor(), current_locale())
        return super().render(template, sections=sections("holidays.index_view"), **values)

    def add(self, values: dict[str, Any]) -> None:
        holidays.add(actor(), **values)

    def change(self, row_id: int, values: dict[str, Any]) -> None:
        holidays.change(actor(), row_id, **values)

    def remove(self, row_id: int) -> None:
        holidays.remove(actor(), row_id)

    def said(self, act: str) -> str:
        return {
            "add": _("The day off is entered; mails that wait are planned anew."),
            "change": _("The day off is changed; mails that wait are planned anew."),
            "remove": _("It is a school day again; mails that wait are planned anew."),
        }[act]
