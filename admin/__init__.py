"""The staff pages of a school: Flask-Admin mounted once at /s/<school>/, for all schools."""

from __future__ import annotations

from flask import Flask
from flask_admin import Admin, AdminIndexView
from flask_admin.theme import Bootstrap4Theme

from admin import pages


def mount(app: Flask) -> None:
    """Mount every staff page on the application."""
    index: AdminIndexView = pages.index_view()
    shell = Admin(
        app,
        name="Pamong",
        url="/s/<school>",
        endpoint=index.endpoint,
        index_view=index,
        theme=Bootstrap4Theme(),
        static_url_path="/static/admin",
    )
    for view in pages.views():
        shell.add_view(view)
