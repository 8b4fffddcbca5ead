"""Language and time zone of a request."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, Domain, get_locale, get_translations
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from webapp.domain import dates, words
from webapp.domain.vocabulary import Term

LOCALES = ("id", "en")
TRANSLATIONS = str(Path(__file__).resolve().parent.parent / "translations")
"""Our own texts (messages), and what Flask-Security and WTForms say: neither brings Indonesian itself."""


class FormWords:
    """What WTForms says about a field, in the reader's language; for `Meta.get_translations` of a form."""

    domain = Domain(TRANSLATIONS, domain="wtforms")

    def gettext(self, text: str) -> str:
        words: str = self.domain.get_translations().ugettext(text)
        return words

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        words: str = self.domain.get_translations().ungettext(singular, plural, number)
        return words


def choose_locale() -> str:
    """The guest's or person's own choice, then the browser's, then Indonesian."""
    if not has_request_context():
        return "id"
    if session.get("locale") in LOCALES:
        return session["locale"]
    if "guest_locale" in g:
        return g.guest_locale
    if current_user and current_user.is_authenticated:
        return current_user.locale
    return request.accept_languages.best_match(LOCALES, default="id")


def current_locale() -> str:
    """`id` or `en`."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "id"


@lru_cache(maxsize=16_384)
def _pattern(language: str, markup: bool, text: str) -> str:
    words: str = get_translations().ugettext(text)
    return Markup(words) if markup else words


@lru_cache(maxsize=16_384)
def _plain(language: str, markup: bool, text: str) -> str:
    return _pattern(language, markup, text) % {}


@pass_eval_context
def _text(context: EvalContext, text: str, **variables: Any) -> str:
    """What Jinja's own gettext gives, a fifth of the time: a page asks for hundreds of texts, and looking for
    the catalogue and its entry anew took a third of building it."""
    if not variables:
        return _plain(current_locale(), context.autoescape, text)
    return _pattern(current_locale(), context.autoescape, text) % variables


def init_app(app: Flask, babel: Babel) -> None:
    """Connect Babel and the filters that write dates and words as people read them."""
    app.config["BABEL_DEFAULT_LOCALE"] = "id"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = TRANSLATIONS
    babel.init_app(app, locale_selector=choose_locale)

    app.jinja_env.globals["words"] = words
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = _text

    @app.template_filter("term")
    def term(value: Term) -> str:
        return value.label(current_locale())

    @app.template_filter("on")
    def on(value) -> str:
        return "" if value is None else dates.format_date(value, current_locale())

    @app.template_filter("day")
    def day(value) -> str:
        return "" if value is None else dates.format_day(value, current_locale())

    @app.template_filter("moment")
    def moment(value) -> str:
        return "" if value is None else dates.format_moment(value, g.actor.time_zone, current_locale())

    @app.template_filter("moment_in")
    def moment_in(value, zone: str) -> str:
        return "" if value is None else dates.format_moment(value, zone, current_locale())

    @app.template_filter("decimal")
    def decimal(value) -> str:
        return format_decimal(value, "#,##0.##", current_locale())

    @app.template_filter("file_size")
    def file_size(value: int) -> str:
        # Never "0 kB": a small file is there all the same.
        amount, unit = (value / 1_000_000, "MB") if value >= 1_000_000 else (max(1, value / 1000), "kB")
        return f"{format_decimal(amount, '#,##0.#' if unit == 'MB' else '#,##0', current_locale())} {unit}"

    @app.template_filter("meeting")
    def meeting(value) -> str:
        starts_at, ends_at = value
        return (
            ""
            if starts_at is None
            else dates.format_meeting(starts_at, ends_at, g.actor.time_zone, current_locale())
        )
