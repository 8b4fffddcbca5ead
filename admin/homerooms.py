"""Homeroom teachers: one per class and school year."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import SelectField

from admin.base import SchoolModelView, actor, attempt, done
from admin.settings import sections
from webapp.domain.permissions import Permission
from webapp.http.errors import say
from webapp.models.schools import HomeroomAssignment
from webapp.services import homerooms, people


def _teacher(view: Any, context: Any, row: HomeroomAssignment, column: str) -> str:
    # The names of the page were asked for at once, in get_list.
    name: str = g.homeroom_names.get(row.user_id, "–")
    may = {user_id for user_id, _name in _candidates()}
    return name if row.user_id in may else _("%(name)s (may not any more)", name=name)


def _candidates() -> list[tuple[int, str]]:
    if "homeroom_candidates" not in g:
        g.homeroom_candidates = homerooms.candidates(actor())
    found: list[tuple[int, str]] = g.homeroom_candidates
    return found


class HomeroomPages(SchoolModelView):
    """List, add, change and remove; fill many classes at once, or take over last year's."""

    noun = "homerooms"
    path = "/s/<school>/settings/homerooms"
    need = Permission.ROSTER_MANAGE
    table = HomeroomAssignment
    routes = SchoolModelView.routes | {"assign_many", "copy_last_year"}

    title = _l("Homeroom teachers")
    column_list = ("class_name", "user_id", "school_year")
    column_labels = {"class_name": _l("Class"), "user_id": _l("Teacher"), "school_year": _l("School year")}
    column_sortable_list = ("class_name",)
    column_default_sort = ("class_name", False)
    column_formatters = {"user_id": _teacher}
    form_columns = ("class_name", "user_id", "school_year")
    form_overrides = {"class_name": SelectField, "user_id": SelectField, "school_year": SelectField}
    form_args = {"user_id": {"coerce": int}}
    list_template = "pages/settings/homerooms.html"

    def get_query(self) -> Any:
        return super().get_query().filter(HomeroomAssignment.school_year == self._year())

    def get_count_query(self) -> Any:
        return super().get_count_query().filter(HomeroomAssignment.school_year == self._year())

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        count, rows = super().get_list(*args, **kwargs)
        g.homeroom_names = people.display_names(actor(), [row.user_id for row in rows])
        return count, rows

    def create_form(self, obj: Any = None) -> Any:
        form = self._offer(super().create_form(obj))
        if request.method == "GET":
            form.school_year.data = self._years()[1]
        return form

    def edit_form(self, obj: Any = None) -> Any:
        return self._offer(super().edit_form(obj))

    def render(self, template: str, **values: Any) -> Any:
        if template == self.list_template:
            years = self._years()
            values |= {
                "years": [
                    {
                        "label": year,
                        "active": year == self._year(),
                        "url": url_for("homerooms.index_view", year=year),
                    }
                    for year in years
                ],
                "unassigned": homerooms.without_teacher(actor()) if self._year() == years[1] else [],
                "candidates": _candidates(),
            }
        return super().render(template, sections=sections("homerooms.index_view"), **values)

    @expose("/assign", methods=("POST",))
    def assign_many(self) -> Any:
        """The classes without a teacher, all in one form; what is left blank stays without."""
        names = request.form.getlist("class_name")
        teachers = dict(zip(names, request.form.getlist("teacher"), strict=False))
        chosen = {name: int(teacher) for name, teacher in teachers.items() if teacher.isdigit()}
        count: list[int] = []
        refusal = attempt(lambda: count.append(homerooms.assign_many(actor(), chosen)))
        if refusal is not None:
            flash(say(refusal), "error")
            return redirect(url_for("homerooms.index_view"), 303)
        return done(
            ngettext("%(num)s class has its teacher.", "%(num)s classes have their teachers.", count[0]),
            "homerooms.index_view",
        )

    @expose("/copy", methods=("POST",))
    def copy_last_year(self) -> Any:
        """Take over last year's teachers where nobody stands yet."""
        count = homerooms.copy_last_year(actor())
        return done(
            ngettext("%(num)s class keeps its teacher.", "%(num)s classes keep their teachers.", count),
            "homerooms.index_view",
        )

    def add(self, values: dict[str, Any]) -> None:
        homerooms.assign(actor(), **values)

    def change(self, row_id: int, values: dict[str, Any]) -> None:
        homerooms.change(actor(), row_id, **values)

    def remove(self, row_id: int) -> None:
        homerooms.remove(actor(), row_id)

    def said(self, act: str) -> str:
        return {
            "add": _("The class has its teacher."),
            "change": _("The homeroom teacher is changed."),
            "remove": _("The class has no homeroom teacher any more."),
        }[act]

    @staticmethod
    def _years() -> list[str]:
        if "homeroom_years" not in g:
            g.homeroom_years = homerooms.school_years(actor())
        years: list[str] = g.homeroom_years
        return years

    def _year(self) -> str:
        years = self._years()
        asked = request.args.get("year", "")
        return asked if asked in years else years[1]

    def _offer(self, form: Any) -> Any:
        form.class_name.choices = [(name, name) for name in homerooms.classes(actor())]
        form.school_year.choices = [(year, year) for year in self._years()]
        form.user_id.choices = _candidates()
        return form
