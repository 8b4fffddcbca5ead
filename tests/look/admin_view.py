"""A Flask-Admin view over made-up rows: what the overrides in templates/admin are tested with."""

from __future__ import annotations

from types import SimpleNamespace

from flask import Flask
from flask_admin import Admin, AdminIndexView
from flask_admin.actions import action
from flask_admin.form import BaseForm
from flask_admin.form.widgets import DatePickerWidget
from flask_admin.model import BaseModelView
from flask_admin.model.filters import BaseFilter
from wtforms import BooleanField, DateField, SelectField, StringField, validators

ROLES = [("counsellor", "Guru BK"), ("principal", "Kepala sekolah")]
ROWS = [
    SimpleNamespace(
        id=number, name=f"Pak Contoh {number}", mail=f"contoh{number}@sekolah.example", active=number % 2 == 0
    )
    for number in range(1, 6)
]


class Equals(BaseFilter):
    def apply(self, query, value):
        return query

    def operation(self):
        return "equals"


class PersonForm(BaseForm):
    name = StringField("Nama", [validators.DataRequired()])
    mail = StringField("E-mail", description="Where invitations go")
    role = SelectField("Role", choices=ROLES)
    born_on = DateField("Born", [validators.Optional()], widget=DatePickerWidget())
    active = BooleanField("Active")


class PeopleView(BaseModelView):
    can_view_details = True
    can_export = True
    title = "People"
    column_list = ("name", "mail", "active")
    column_sortable_list = ("name", "mail")
    column_searchable_list = ("name",)
    column_filters = (Equals("Role", options=ROLES), Equals("Name"))

    def get_pk_value(self, model):
        return model.id

    def scaffold_list_columns(self):
        return list(self.column_list)

    def scaffold_sortable_columns(self):
        return {"name": "name", "mail": "mail"}

    def init_search(self):
        return True

    def scaffold_form(self):
        return PersonForm

    def is_valid_filter(self, filter):
        return isinstance(filter, BaseFilter)

    def get_list(self, page, sort_field, sort_desc, search, filters, page_size=None):
        found = [row for row in ROWS if not search or search in row.name]
        return len(found), found

    def get_one(self, id):
        return next(row for row in ROWS if str(row.id) == id)

    @action("deactivate", "Deactivate", "Their sessions end at once.")
    def deactivate(self, ids):
        self.ticked = ids

    @action("invite", "Invite again")
    def invite(self, ids):
        self.ticked = ids


def mount_people(app: Flask) -> PeopleView:
    """Mount the view at /gallery/admin/people/."""
    admin = Admin(app, name="Gallery", url="/gallery/admin", index_view=AdminIndexView(url="/gallery/admin"))
    view = PeopleView(SimpleNamespace, name="People", endpoint="people", url="/gallery/admin/people")
    admin.add_view(view)
    return view
