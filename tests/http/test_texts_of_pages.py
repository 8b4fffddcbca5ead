"""Texts and templates of pages are found as Jinja and Babel find them, only sooner."""

from __future__ import annotations

import pytest
from flask import render_template_string
from flask_babel import force_locale
from jinja2 import DictLoader, Environment, TemplateNotFound

from webapp.http.loader import RemembersMisses


def test_a_text_is_said_in_the_language_of_the_moment(app):
    for language, said in (("id", "Simpan"), ("en", "Save"), ("id", "Simpan")):
        with app.test_request_context(), force_locale(language):
            assert render_template_string('{{ _("Save") }}') == said
            assert render_template_string("{% trans %}Save{% endtrans %}") == said


def test_what_stands_in_a_text_is_escaped_and_per_cents_are_kept(app):
    with app.test_request_context(), force_locale("en"):
        shown = render_template_string('{{ _("<b>%(who)s</b> has 100 %%", who=name) }}', name="<Sekar>")
        assert shown == "<b>&lt;Sekar&gt;</b> has 100 %"
        assert render_template_string('{{ _("all 100 %%") }}') == "all 100 %"


def test_a_template_that_is_not_there_is_looked_for_once(monkeypatch):
    behind = DictLoader({"there": "x"})
    asked = []
    source = behind.get_source
    monkeypatch.setattr(behind, "get_source", lambda env, name: asked.append(name) or source(env, name))
    templates = Environment(loader=RemembersMisses(behind), autoescape=True)
    for _ in range(3):
        with pytest.raises(TemplateNotFound):
            templates.get_template("missing")
        assert templates.get_template("there").render() == "x"
    assert asked == ["missing", "there"]
