"""Templates that may stand beside a page, and mostly do not."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from jinja2 import BaseLoader, Environment, TemplateNotFound


class RemembersMisses(BaseLoader):
    """Asks `loader`, and for a template that is not there only once: a page of a service asks for a part of
    its own at each step (`ignore missing`), and Jinja would look through the folders every time."""

    def __init__(self, loader: BaseLoader) -> None:
        self._loader = loader
        self._missing: set[str] = set()

    def list_templates(self) -> list[str]:
        return self._loader.list_templates()

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The template's text; TemplateNotFound as of the loader behind."""
        if template in self._missing:
            raise TemplateNotFound(template)
        try:
            return self._loader.get_source(environment, template)
        except TemplateNotFound:
            self._missing.add(template)
            raise


def init_app(app: Flask) -> None:
    """Put it before the loader of this application."""
    loader = app.jinja_env.loader
    assert loader is not None
    app.jinja_env.loader = RemembersMisses(loader)
