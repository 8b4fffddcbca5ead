"""The base of every staff page: permission first, services for every write, one school per request.

A view object is shared by all schools and all requests: no state may stand on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import g
from flask_admin import AdminIndexView, BaseView
from werkzeug import Response

from webapp.domain.errors import Forbidden
from webapp.domain.permissions import Permission, allows
from webapp.http.attempts import attempt, done, form_error
from webapp.tenancy import Actor

__all__ = ["SchoolIndex", "SchoolPages", "actor", "attempt", "done", "form_error"]


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
