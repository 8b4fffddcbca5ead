"""The base of every staff page: permission first, services for every write, one school per request.

A view object is shared by all schools and all requests: no state may stand on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import flash, g, redirect, request
from flask_admin import AdminIndexView, BaseView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.form import BaseForm
from sqlalchemy import func, inspect
from werkzeug import Response

from webapp import tenancy
from webapp.domain.errors import DomainError, Forbidden, NotFound
from webapp.domain.permissions import Permission, allows
from webapp.extensions import db
from webapp.http.attempts import attempt, done, form_error
from webapp.http.errors import say
from webapp.http.i18n import FormWords
from webapp.models.base import TenantMixin
from webapp.services import access
from webapp.tenancy import Actor

__all__ = ["SchoolIndex", "SchoolModelView", "SchoolPages", "actor", "attempt", "done", "form_error"]


def actor() -> Actor:
    """The actor of this request."""
    return g.actor


class SchoolPages(BaseView):
    """Pages of work of one noun. `need` is what even the index asks for; services ask again, per row."""

    need: ClassVar[Permission]

    def __init__(self) -> None:
        noun = type(self).noun
        super().__init__(name=noun, endpoint=noun, url=type(self).path, static_folder=None)

    noun: ClassVar[str]
    path: ClassVar[str]

    def is_accessible(self) -> bool:
        return allows(self.need, roles=actor().roles)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Response:
        raise Forbidden()

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Flask-Admin's own catches TypeError and calls again without the view: that hides mistakes.
        return fn(self, *args, **kwargs)


class SchoolIndex(SchoolPages, AdminIndexView):
    """The school's home, in Flask-Admin's index slot."""

    def __init__(self) -> None:
        AdminIndexView.__init__(self, name=type(self).noun, endpoint=type(self).noun, url="/s/<school>")


class SchoolForm(BaseForm):
    """A form whose fields speak the reader's language."""

    class Meta(BaseForm.Meta):
        def get_translations(self, form: Any) -> Any:
            return FormWords()


class SchoolModelView(SchoolPages, ModelView):
    """A register of one table of the school: Flask-Admin lists and draws the forms, services do the writing.

    Flask-Admin by itself lets every column be written, opens rows by any id, and brings export, mass actions,
    look-ups and editing in the list. Here only named columns of the table itself are shown or written, every
    row is asked for through `access`, and no address but list, new, edit and delete exists.
    """

    table: ClassVar[type[TenantMixin]]
    title: ClassVar[object]  # what the list holds, as its pages say it
    routes: ClassVar = frozenset({"index_view", "create_view", "edit_view", "delete_view"})

    form_base_class = SchoolForm
    can_export = False
    can_view_details = False
    can_set_page_size = False
    action_disallowed_list = ("delete",)
    page_size = 50

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {column.key for column in inspect(cls.table).columns}
        for declared in ("column_list", "form_columns"):
            names = cls.__dict__.get(declared)
            if not names:
                raise TypeError(f"{cls.__name__} must name its {declared}: unnamed columns are never open")
            if strange := set(names) - own:
                raise TypeError(f"{cls.__name__}.{declared} names what is no column: {sorted(strange)}")
        if kept := {"id", "school_id"} & set(cls.form_columns):
            raise TypeError(f"{cls.__name__} would let a form write {sorted(kept)}")

    def __init__(self) -> None:
        cls = type(self)
        ModelView.__init__(
            self, cls.table, db, name=cls.noun, endpoint=cls.noun, url=cls.path, static_folder=None
        )
        exposed: list[Any] = self._urls  # type: ignore[has-type]
        self._urls = [entry for entry in exposed if entry[1] in cls.routes]

    def add(self, values: dict[str, Any]) -> None:
        """Make a row: one service call."""
        raise NotImplementedError

    def change(self, row_id: int, values: dict[str, Any]) -> None:
        """Change a row: one service call."""
        raise NotImplementedError

    def remove(self, row_id: int) -> None:
        """Delete a row: one service call."""
        raise NotImplementedError

    def said(self, act: str) -> str:
        """What is said after "add", "change" or "remove"."""
        raise NotImplementedError

    def get_query(self) -> Any:
        return tenancy.session.query(self.model).filter(self.model.school_id == actor().school_id)

    def get_count_query(self) -> Any:
        return (
            tenancy.session.query(func.count())
            .select_from(self.model)
            .filter(self.model.school_id == actor().school_id)
        )

    def get_pk_value(self, model: Any) -> str:
        return str(model.id)

    def get_one(self, id: Any) -> Any:
        if not str(id).isdigit():
            raise NotFound()
        return access.get(actor(), self.model, int(id))

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        return self._form_page(self.create_form(), self.create_template, self.add, "add")

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        row = self.get_one(request.args.get("id", ""))
        return self._form_page(
            self.edit_form(obj=row), self.edit_template, lambda values: self.change(row.id, values), "change"
        )

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> Any:
        row = self.get_one(request.form.get("id", ""))
        refusal = attempt(lambda: self.remove(row.id))
        flash(self.said("remove") if refusal is None else say(refusal), "error" if refusal else "success")
        return redirect(self.get_url(".index_view"), 303)

    def _form_page(self, form: Any, template: str, act: Callable[[dict[str, Any]], None], name: str) -> Any:
        if self.validate_form(form):
            values = {column: form[column].data for column in self.form_columns}
            refusal = attempt(lambda: act(values))
            if refusal is None:
                flash(self.said(name), "success")
                again = name == "add" and "_add_another" in request.form
                return redirect(self.get_url(".create_view" if again else ".index_view"), 303)
            self._show(form, refusal)
        page = self.render(template, form=form, form_opts=None, return_url=self.get_url(".index_view"))
        return page, 422 if form.errors else 200

    @staticmethod
    def _show(form: Any, refusal: DomainError) -> None:
        place = form._fields.get(refusal.field)
        if place is None:
            form.form_errors.append(say(refusal))
        else:
            place.errors = [*place.errors, say(refusal)]
